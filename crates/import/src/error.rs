//! Why a file is not imported: what stands where, and what is allowed instead.

use std::fmt::Display;

/// Why a model of another library could not be read or not be made an integer program.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file larger than any model that could become a program.
    #[error("the file has more than {allowed} bytes, no more are read")]
    TooLarge {
        /// Bytes read at most.
        allowed: usize,
    },
    /// Bytes that are none of the known formats.
    #[error("{given}, known are LightGBM text, XGBoost JSON and UBJSON, and ONNX")]
    FormatUnknown {
        /// What the bytes look like.
        given: String,
    },
    /// The file breaks its own format.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where in the file.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// The file is sound and says something that the integer program cannot.
    #[error("{place}: {what} cannot be expressed; {help}")]
    Unsupported {
        /// Where in the file.
        place: String,
        /// What stands there.
        what: String,
        /// What could be done instead.
        help: String,
    },
    /// More of something than is read.
    #[error("{place}: {given} {what}, at most {allowed} allowed")]
    TooMany {
        /// Where in the file.
        place: String,
        /// Of what.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many are read.
        allowed: usize,
    },
    /// The data do not have the columns that the model reads.
    #[error("{given}; the model reads {required}")]
    Columns {
        /// What the data have.
        given: String,
        /// What the model reads.
        required: String,
    },
    /// Something asked for that means nothing for this model and these data.
    #[error("{key} is {given}, allowed: {allowed}")]
    Setting {
        /// What was set.
        key: &'static str,
        /// To what.
        given: String,
        /// What it may be.
        allowed: String,
    },
    /// Words for the schema that cannot be read.
    #[error("line {line}: {reason}")]
    Words {
        /// Line of the file of words.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] mandate_train::TrainError),
    /// The integer program was refused.
    #[error("the integer program: {0}")]
    Program(#[from] mandate_model::ModelError),
}

impl ImportError {
    pub(crate) fn malformed(place: impl Display, reason: impl Display) -> Self {
        Self::Malformed { place: place.to_string(), reason: reason.to_string() }
    }

    pub(crate) fn unsupported(place: impl Display, what: impl Display, help: &str) -> Self {
        Self::Unsupported {
            place: place.to_string(),
            what: what.to_string(),
            help: help.to_owned(),
        }
    }

    /// Refuses more than `allowed` of something.
    pub(crate) fn at_most(
        place: impl Display,
        what: &'static str,
        given: usize,
        allowed: usize,
    ) -> Result<(), Self> {
        if given <= allowed {
            return Ok(());
        }
        Err(Self::TooMany { place: place.to_string(), what, given, allowed })
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "save fewer or smaller trees",
            Self::FormatUnknown { .. } => {
                "save the model with save_model (LightGBM: .txt, XGBoost: .json or .ubj) or as ONNX"
            }
            Self::Malformed { .. } => "save the model anew and copy the file whole",
            Self::Unsupported { .. } => {
                "change the model as said, or train another with `mandate model train`"
            }
            Self::TooMany { .. } => "save a smaller model",
            Self::Columns { .. } => {
                "name the columns as in the model, or give just the model's columns in its order; --target and --ignore name the others"
            }
            Self::Setting { .. } => "give one of these, or leave it away",
            Self::Words { .. } => "`mandate model import --help` shows a file of words",
            Self::Data(error) => error.hint(),
            Self::Program(_) => "take fewer trees with --trees or cut them with --depth",
        }
    }
}
