//! Models of other libraries, read exactly and turned into integer programs.
//!
//! [`read`] takes the bytes of a LightGBM, XGBoost or ONNX file and gives a [`FloatModel`]: every comparison, missing
//! direction, base score and link as the library has them. [`Sample`] is data for it; [`import`] quantises the model to what the
//! data need and says how far the integer program is from the original. What cannot be expressed is refused by name and
//! place in the file: [`ImportError`].
//!
//! Files come from strangers: whatever they hold, reading ends in a model or a typed error, with memory and time in
//! proportion to the file.

mod compare;
mod cuts;
mod error;
mod grid;
mod import;
mod lightgbm;
mod linear;
mod model;
mod onnx;
mod placed;
mod program;
mod read;
mod sample;
mod tree;
mod whole_tree;
mod words;
mod xgboost;

pub use compare::{Answers, Comparison, Figures};
pub use cuts::Cuts;
pub use error::ImportError;
pub use import::{Bound, Imported, Size, Take, Trade, import, trades};
pub use linear::Linear;
pub use model::{Body, FloatModel, FloatNetwork, Format, Link};
pub use program::{MOST_CHUNKS, Quantised, quantise};
pub use read::{LARGEST_FILE, read};
pub use sample::{Columns, Sample};
pub use tree::{DEEPEST, Node, Tree, Trees};
pub use words::SchemaWords;
