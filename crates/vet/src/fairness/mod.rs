//! Fairness: protected attributes are kept for measuring and barred from the features.
//!
//! A decision is favourable to a person or not; a person deserves it or not, by what came later. Per group: how many are favoured
//! (selection rate), how many of the deserving (true positive rate), how many of the others (false positive rate), and whether the
//! probabilities said are those that came. Differences and ratios between groups stand beside them, all with intervals, and gates
//! hold a candidate to limits.

mod gates;
mod groups;
mod interval;
mod measure;
mod proxies;
mod report;
mod reweigh;
mod rules;

pub use gates::{Figure, Gate, Verdict};
pub use groups::{Attribute, Groups, MOST_GROUPS, Texts, outcomes};
pub use interval::{Interval, Share};
pub use measure::{Comparison, Decision, Favourable, Rates};
pub use proxies::{Proxy, association, proxies};
pub use report::{AttributeReport, Report, Stated, assess};
pub use reweigh::reweighed;
pub use rules::Rules;
