//! Data sets, training, quantisation and metrics.
//!
//! A [`Description`] (TOML) says what the columns of a CSV file mean; [`Dataset::read_csv`] reads it or says which line
//! and field is wrong; [`fit`] trains in floats, quantises to a [`mandate_model::Model`], and measures both on rows that
//! training never saw:
//!
//! ```
//! use mandate_train::{TrainConfig, TreeLimits, fit, pack_row, synth};
//!
//! let data = synth::applicants(1, 2_000).data;
//! let trees = TreeLimits { trees: 20, ..TreeLimits::default() };
//! let trained = fit(&data, &TrainConfig { trees, ..TrainConfig::default() })?;
//! assert!(trained.report.difference().abs() < 0.001);
//!
//! let packed = pack_row(trained.model.schema(), data.row(0))?;
//! let probability_wad = trained.model.program().run(&packed)?;
//! assert!((0..=mandate_model::WAD).contains(&probability_wad));
//! # Ok::<(), mandate_train::TrainError>(())
//! ```
//!
//! Floats end here: a model file has none.

mod blocks;
mod calibrate;
pub mod certified;
mod chance;
mod config;
mod cross;
mod csv_file;
mod dataset;
mod decimal;
mod description;
mod error;
mod export;
mod family;
mod fit;
mod glm;
mod lesson;
mod loss;
pub mod metrics;
mod moments;
mod monotone;
mod network;
mod quantise;
mod report;
mod resample;
mod schema;
mod score;
pub mod split;
mod survey;
pub mod synth;
mod trees;
pub mod tune;
mod warm;

pub use blocks::in_time;
pub use chance::says_chance;
pub use config::{
    Calibrate, ClassWeight, Family, GlmLimits, NetworkLimits, Split, TrainConfig, TreeLimits,
};
pub use cross::{Crossed, blind_outputs};
pub use csv_file::{LARGEST_VALUE, MOST_ROWS, Outcomes, Row, Seen, Table, is_missing};
pub use dataset::{Dataset, Feature, Kind, Missing, Monotone};
pub use decimal::value as decimal_value;
pub use description::{Description, MOST_FEATURES, Target};
pub use error::{Place, TrainError};
pub use export::export;
pub use family::FloatModel;
pub use fit::{Step, Trained, certified_model, fit, fit_parts, fit_with, parts};
pub use glm::FloatGlm;
pub use loss::Loss;
pub use network::{
    FloatInput, FloatNetwork, FloatUnit, QuantisedNetwork, TrainedNetwork,
    quantise as quantise_network,
};
pub use quantise::Moved;
pub use report::{Affine, Figures, Report, Side};
pub use resample::{Interval, Resampling};
pub use schema::pack_row;
pub use score::{Score, Scores, column_of};
pub use survey::survey;
pub use trees::{FloatTrees, Node, Tree};
pub use warm::fit_warm;
