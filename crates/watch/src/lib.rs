//! Models in use: scored with proper rules when outcomes arrive, watched for drift, and challenged by candidates trained on newer rows.
//!
//! [`watch`] cuts [`Rows`] into periods and says of each how good the forecasts were beside the reference's mean, with intervals, how
//! far inputs, score and target have moved, and which limits are broken. [`refresh`](refresh::refresh) trains a candidate on a window
//! of rows and compares it with the incumbent on later ones that neither learnt from; it writes nothing and activates nothing.
//!
//! Scores are those of the integer programs. Every score is proper, and smaller is better:
//!
//! ```
//! // A count of 2 under Poisson's law with mean 1.5, and an amount of 3 under an exponential law with mean 2.
//! assert!((mandate_watch::crps::poisson(1.5, 2.0) - 0.4022).abs() < 1e-3);
//! assert!((mandate_watch::crps::gamma(1.0, 2.0, 3.0) - 0.8925).abs() < 1e-3);
//! ```

pub mod crps;
pub mod refresh;

mod alarm;
mod compared;
mod drift;
mod error;
mod limits;
mod murphy;
mod periods;
mod quality;
mod read;
mod rules;
mod special;
mod watching;

pub use alarm::{Alarm, Rung};
pub use compared::{DieboldMariano, long_run_variance};
pub use drift::{Band, ColumnDrift, Part};
pub use error::WatchError;
pub use limits::{Limit, Limits};
pub use murphy::Murphy;
pub use periods::{Every, Period, day, in_order, periods};
pub use quality::{Forecasts, Judge, Quality, ScoreReport};
pub use read::Rows;
pub use rules::{Law, Rule};
pub use watching::{Broken, PeriodReport, Report, Watching, watch};
