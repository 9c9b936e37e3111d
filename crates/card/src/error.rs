//! Why there is no card.

use std::io::ErrorKind;
use std::path::PathBuf;

use mandate_certify::PriceError;
use mandate_import::ImportError;
use mandate_model::ModelError;
use mandate_train::TrainError;
use mandate_vet::VetError;

/// Why a card could not be made, or is refused.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file concerned.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A request or a card that is not of the expected shape.
    #[error("{path}: {reason}", path = path.display())]
    Malformed {
        /// The file concerned.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// A setting outside what is allowed.
    #[error("{key} is {given}, allowed: {allowed}")]
    Setting {
        /// Dotted name of the setting.
        key: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A model file that is none.
    #[error("{path}: {source}", path = path.display())]
    Model {
        /// The file concerned.
        path: PathBuf,
        /// The reason.
        source: ModelError,
    },
    /// Data or a description.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model of another library.
    #[error("{path}: {source}", path = path.display())]
    Import {
        /// The file concerned.
        path: PathBuf,
        /// The reason.
        source: ImportError,
    },
    /// Prices.
    #[error("{path}: {source}", path = path.display())]
    Prices {
        /// The file concerned.
        path: PathBuf,
        /// The reason.
        source: PriceError,
    },
    /// Protected attributes.
    #[error(transparent)]
    Vet(#[from] VetError),
    /// Training again made another model.
    #[error("{path}: training makes model {made}, not {given}", path = path.display())]
    NotReproduced {
        /// The description.
        path: PathBuf,
        /// The model that came out.
        made: String,
        /// The model on the card.
        given: String,
    },
    /// Importing again made another program.
    #[error("{path}: importing makes another program than {given}", path = path.display())]
    NotImported {
        /// The file of the other library.
        path: PathBuf,
        /// The model on the card.
        given: String,
    },
    /// The text of a positive outcome stands in no row.
    #[error("{path}: no row's {target} is {given:?}; it is {found}", path = path.display())]
    NoPositive {
        /// The data.
        path: PathBuf,
        /// The column.
        target: String,
        /// The text that was given.
        given: String,
        /// Texts that stand there.
        found: String,
    },
    /// The files are not those that the model commits to.
    #[error(
        "{path}: its files make manifest {made}, the model commits to {given}",
        path = path.display()
    )]
    OtherData {
        /// The description.
        path: PathBuf,
        /// The manifest of the files.
        made: String,
        /// The manifest that the model commits to.
        given: String,
    },
    /// Gas could not be measured.
    #[error("gas cannot be measured: {0}")]
    Gas(String),
}

impl CardError {
    /// An error about a file that the request names.
    pub(crate) fn of_file(error: TrainError) -> Self {
        match error {
            TrainError::Io { path, source } if source.kind() != ErrorKind::InvalidData => {
                Self::Io { path, source }
            }
            other => Self::Train(other),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Io { .. } => "check the path; a request's paths start from its own folder".into(),
            Self::Malformed { .. } => "see the example in `mandate model card --help`".into(),
            Self::Setting { .. } => "correct the request".into(),
            Self::Model { .. } => "give a file that `mandate model train` or `import` wrote".into(),
            Self::Train(error) => error.hint().to_owned(),
            Self::NotImported { .. } => {
                "name in [origin] the data, trees, depth and limits that it was imported with".into()
            }
            Self::NoPositive { .. } => "correct data.positive in the request".into(),
            Self::Import { source, .. } => source.hint().to_string(),
            Self::Prices { source, .. } => source.hint().to_owned(),
            Self::Vet(error) => error.hint().to_owned(),
            Self::OtherData { .. } => {
                "name the very files that the model was trained on; `mandate model vet` says what differs".into()
            }
            Self::NotReproduced { .. } => {
                "name the description, the data and the seed that the model was trained with".into()
            }
            Self::Gas(_) => "report it: the model was accepted, so that it should run".into(),
        }
    }
}

impl From<ModelError> for CardError {
    fn from(source: ModelError) -> Self {
        Self::Model { path: PathBuf::from("the model"), source }
    }
}
