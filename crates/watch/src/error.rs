//! Why a model could not be watched or trained again.

use mandate_train::TrainError;
use mandate_vet::VetError;

/// What was given and what is allowed instead.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// A section that is not TOML of the expected shape.
    #[error("[{section}]: {message}")]
    Toml {
        /// Its name.
        section: &'static str,
        /// The parser's reason, in its words.
        message: String,
    },
    /// A setting outside what is allowed.
    #[error("{key} is {given:?}, allowed: {allowed}")]
    Setting {
        /// Name of the setting.
        key: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A description without the section that is needed.
    #[error("the description has no [{section}] section")]
    NoSection {
        /// Its name.
        section: &'static str,
    },
    /// A text that is no moment.
    #[error(
        "the time {given:?} is no day, allowed: YYYY-MM-DD and whatever follows it, or seconds since 1970"
    )]
    Time {
        /// The text.
        given: String,
    },
    /// A model whose output is not what the description's loss predicts.
    #[error("the model's link is {link}, and loss = {loss:?} needs {needed}")]
    Link {
        /// The model's.
        link: String,
        /// The description's loss.
        loss: &'static str,
        /// The link of that loss.
        needed: String,
    },
    /// Rows without outcomes where outcomes are needed.
    #[error("{what} has {given} rows with an outcome, at least {least} needed")]
    TooFew {
        /// What has too few.
        what: &'static str,
        /// Rows with an outcome.
        given: usize,
        /// Rows needed.
        least: usize,
    },
    /// Outcomes that are all alike.
    #[error("all {rows} outcomes of {what} are alike, both kinds or an amount above 0 needed")]
    Alike {
        /// What has them.
        what: &'static str,
        /// How many there are.
        rows: usize,
    },
    /// A law that is too wide to be scored exactly.
    #[error(
        "a row's Tweedie law has {given:.0} amounts in the mean, the ranked probability score is exact up to {most:.0}"
    )]
    TooManyAmounts {
        /// Mean number of amounts.
        given: f64,
        /// Most that are scored.
        most: f64,
    },
    /// A candidate that would take the incumbent's place on the disk.
    #[error("the candidate would be written over the incumbent")]
    Overwrites,
    /// Data or model could not be read, or not be trained on.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The candidate's manifest could not be made.
    #[error(transparent)]
    Vet(#[from] VetError),
    /// The model cannot read a row.
    #[error(transparent)]
    Model(#[from] mandate_model::ModelError),
}

impl WatchError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Toml { .. } | Self::Setting { .. } | Self::NoSection { .. } => {
                "docs/watching.md lists every setting"
            }
            Self::Time { .. } => "name another column of time, or cut periods by rows or by value",
            Self::Link { .. } => "give the description that the model was trained by",
            Self::TooFew { .. } => "bring more rows, or wait until outcomes have arrived",
            Self::Alike { .. } => "bring more rows",
            Self::TooManyAmounts { .. } => {
                "use a smaller power, or another unit of exposure, such as a month for a year"
            }
            Self::Overwrites => "name another folder with --out",
            Self::Train(error) => error.hint(),
            Self::Vet(error) => error.hint(),
            Self::Model(_) => "give data with every column that the model requires",
        }
    }
}
