//! What is wrong with data before a model is trained on them.
//!
//! Each check measures [`Figure`]s, one for each column or part that it looks at; [`Rules`] (the `[vet]` section) say which checks run,
//! where a figure is worth a warning, and where data are refused. [`vet`] brings them together in a [`Report`].

mod alone;
mod constant;
mod duplicates;
mod examine;
mod figure;
mod identifier;
mod impossible;
mod labels;
mod leakage;
mod moved;
mod report;
mod rules;
mod subject;
mod time;

pub use examine::{Examined, examine};
pub use figure::{Check, Figure, Measured};
pub use impossible::{Impossible, impossible};
pub use labels::{Labels, Suspect};
pub use report::{Judged, NotApplied, Report, Verdict, vet};
pub use rules::Rules;
pub use subject::{Subject, Times};
