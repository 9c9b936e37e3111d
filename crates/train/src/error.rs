//! Everything that can go wrong between a CSV file and a model file.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a file, both counted from one; in a CSV file `column` is the number of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named by the caller.
    pub file: PathBuf,
    /// Line on which the record or the setting starts.
    pub line: u64,
    /// Field of a CSV record, character of a TOML line.
    pub column: u64,
}

impl Place {
    /// A place, boxed as errors carry it.
    pub(crate) fn of(file: &Path, line: u64, column: u64) -> Box<Self> {
        Box::new(Self { file: file.to_owned(), line, column })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// Why data could not be read or a model not be made.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file concerned.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A description that is not TOML of the expected shape.
    #[error("{place}: {message}")]
    Toml {
        /// Where.
        place: Box<Place>,
        /// The parser's reason, in its words.
        message: String,
    },
    /// A setting outside what is allowed.
    #[error("{place}: {key} is {given}, allowed: {allowed}")]
    Setting {
        /// Where.
        place: Box<Place>,
        /// Dotted name of the setting.
        key: String,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// A data file without a header.
    #[error("{place}: the file has no header line", place = file.display())]
    NoHeader {
        /// The file.
        file: PathBuf,
    },
    /// A data file with a header and nothing below it.
    #[error("{place}: {rows} rows, at least {least} needed", place = file.display())]
    TooFewRows {
        /// The file.
        file: PathBuf,
        /// Rows found.
        rows: usize,
        /// Rows needed.
        least: usize,
    },
    /// A data file with more rows than fit.
    #[error("{place}: more than {most} rows", place = file.display())]
    TooManyRows {
        /// The file.
        file: PathBuf,
        /// Rows allowed.
        most: usize,
    },
    /// A row, or a header, that does not end soon enough.
    #[error("{place}: a record of more than {allowed} bytes, no more are read")]
    RecordTooLong {
        /// Where it starts.
        place: Box<Place>,
        /// Bytes allowed.
        allowed: u64,
    },
    /// Two columns of one name.
    #[error("{place}: column {name:?} stands twice, first in column {first}")]
    DuplicateColumn {
        /// The second one.
        place: Box<Place>,
        /// Its name.
        name: String,
        /// Number of the first one.
        first: u64,
    },
    /// A column that the description needs and the header lacks.
    #[error("{place}: no column {name:?} in the header; it has {header}", place = file.display())]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// The name looked for.
        name: String,
        /// The names that stand there.
        header: String,
    },
    /// A row with more or fewer fields than the header.
    #[error("{place}: {found} fields, the header has {expected}")]
    Ragged {
        /// Where; the column is the first one missing or too many.
        place: Box<Place>,
        /// Fields found.
        found: u64,
        /// Fields of the header.
        expected: u64,
    },
    /// Bytes that are not UTF-8.
    #[error("{place}: not UTF-8")]
    NotUtf8 {
        /// Where.
        place: Box<Place>,
    },
    /// A field that is not a number.
    #[error("{place}: {name} is {text:?}, not a number")]
    NotANumber {
        /// Where.
        place: Box<Place>,
        /// Column name.
        name: String,
        /// The text, shortened.
        text: String,
    },
    /// A field that is not whole in a column declared so.
    #[error("{place}: {name} is {text:?}, not a whole number")]
    NotWhole {
        /// Where.
        place: Box<Place>,
        /// Column name.
        name: String,
        /// The text, shortened.
        text: String,
    },
    /// A number that cannot be carried.
    #[error("{place}: {name} is {value}, allowed {min} to {max}")]
    OutOfRange {
        /// Where.
        place: Box<Place>,
        /// Column name.
        name: String,
        /// The number.
        value: f64,
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
    /// A missing value in a column whose rule refuses it.
    #[error("{place}: {name} is missing and its rule refuses that")]
    MissingValue {
        /// Where.
        place: Box<Place>,
        /// Column name.
        name: String,
    },
    /// A target that is none of the outcomes that its law knows.
    #[error("{place}: target {name} is {text:?}, allowed {allowed}")]
    BadTarget {
        /// Where.
        place: Box<Place>,
        /// Column name.
        name: String,
        /// The text, shortened.
        text: String,
        /// The outcomes.
        allowed: String,
    },
    /// A target with one value only in a part that must have both.
    #[error("the {part} part has {positives} positives in {rows} rows, both outcomes needed")]
    ConstantTarget {
        /// `training` or `test`, of the data or of a fold.
        part: &'static str,
        /// Rows with outcome one.
        positives: usize,
        /// Rows of the part.
        rows: usize,
    },
    /// Counts or amounts that are all zero.
    #[error("the {part} part has no outcome above 0 in {rows} rows, at least one needed")]
    NoOutcome {
        /// `training` or `test`.
        part: &'static str,
        /// Rows of the part.
        rows: usize,
    },
    /// An outcome where nothing was under watch.
    #[error("{place}: {name} is 0 where the target is {outcome}, above 0 needed")]
    NoExposure {
        /// Where.
        place: Box<Place>,
        /// Column of the exposure.
        name: String,
        /// The outcome.
        outcome: f64,
    },
    /// Too few groups or moments for so many folds.
    #[error("{folds} folds of {given} {what} in training, at least {least} needed")]
    Folds {
        /// Folds asked for.
        folds: usize,
        /// `groups` or `moments`.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many are needed.
        least: usize,
    },
    /// A direction for a family that keeps none.
    #[error("{name} is monotone and the family is {family}, trees needed")]
    Monotone {
        /// Feature name.
        name: String,
        /// The family.
        family: &'static str,
    },
    /// A setting under which one row of the data could move every bag.
    #[error("{key} is {given}, allowed: {allowed}")]
    Certified {
        /// Dotted name of the setting.
        key: String,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// A model that these settings did not make.
    #[error("the model's {what} is {given}, [certified] makes {needed}")]
    NotCertified {
        /// What differs.
        what: &'static str,
        /// What the model has.
        given: String,
        /// What the settings make.
        needed: String,
    },
    /// Margins that say nothing about rows outside their training.
    #[error("calibration's slope is {slope}, above 0 needed")]
    Calibration {
        /// The slope.
        slope: f64,
    },
    /// A feature without a single known value in the training part.
    #[error("feature {name} has no value in the training part, at least one needed")]
    NoValues {
        /// Feature name.
        name: String,
    },
    /// Trees that found no question worth asking.
    #[error("no tree splits the {rows} training rows under these limits, at least one needed")]
    NoSplit {
        /// Rows of the training part.
        rows: usize,
    },
    /// A scale that does not suit the values.
    #[error("scale of {name} is {given}, allowed: {allowed}")]
    Scale {
        /// Feature name.
        name: String,
        /// The scale.
        given: f64,
        /// What is allowed.
        allowed: String,
    },
    /// A leaf or weight that no margin unit can carry.
    #[error("{what} of {given} cannot be carried by the integer program")]
    Unrepresentable {
        /// What it is.
        what: &'static str,
        /// Its value.
        given: f64,
    },
    /// A model that cannot be gone on from.
    #[error("no warm start: {given}, allowed: {allowed}")]
    Warm {
        /// What stands in the way.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The integer program was refused.
    #[error(transparent)]
    Model(#[from] mandate_model::ModelError),
    /// The training library refused.
    #[error("{family} training failed: {message}")]
    Fit {
        /// `trees`, `glm` or `network`.
        family: &'static str,
        /// The library's reason, in its words.
        message: String,
    },
}

impl TrainError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::InvalidData => {
                "save the file anew, or save it as CSV"
            }
            Self::Io { .. } => {
                "check the path; `--data FILE` names the data, `--out FILE` the result"
            }
            Self::Toml { .. } | Self::Setting { .. } => {
                "correct the description; docs/training.md lists every key"
            }
            Self::NoHeader { .. } | Self::MissingColumn { .. } | Self::DuplicateColumn { .. } => {
                "the first line must name every column once, in the spelling of the description"
            }
            Self::Ragged { .. } => {
                "give the row as many fields as the header; quote fields with commas"
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::NotANumber { .. } => {
                "write numbers with a decimal point and no thousands marks; leave unknown ones empty, NA or NaN"
            }
            Self::NotWhole { .. } => "correct the field, or set type = \"real\" for the column",
            Self::OutOfRange { .. } => {
                "correct the field; where the column is a feature, its min and max can be widened"
            }
            Self::MissingValue { .. } => {
                "fill the field in, or set missing = \"allow\" or a number for the column"
            }
            Self::BadTarget { .. } => {
                "set positive and negative under [target] to the texts in the file, or another loss under [model]"
            }
            Self::NoExposure { .. } => "correct the exposure or the target of the row",
            Self::Folds { .. } => "lower folds under [cross_validation], or bring more rows",
            Self::Monotone { .. } => "leave monotone away, or train trees",
            Self::Certified { .. } => {
                "correct the setting, or leave [certified] away; docs/training.md lists every key"
            }
            Self::NotCertified { .. } => {
                "give the description that the model was trained by, and the model that it trained"
            }
            Self::Calibration { .. } => {
                "set calibration = \"shift\", or train a model that ranks new rows better than chance"
            }
            Self::RecordTooLong { .. } => {
                "close the quotation mark that was opened there, or name a table of numbers"
            }
            Self::TooFewRows { .. } | Self::TooManyRows { .. } => {
                "bring another sample of the data"
            }
            Self::ConstantTarget { .. } | Self::NoOutcome { .. } | Self::NoValues { .. } => {
                "bring more rows, or split them in another way"
            }
            Self::NoSplit { .. } => "lower min_leaf_weight or l2, bring more rows, or train a glm",
            Self::Scale { .. } => "leave the scale away to have one chosen",
            Self::Unrepresentable { .. } => "raise l2 or lower learning_rate",
            Self::Warm { .. } => "set mode = \"window\" under [refresh], which trains from scratch",
            Self::Model(_) => "use fewer or shallower trees, or fewer features",
            Self::Fit { .. } => "check the settings under [model]",
        }
    }
}
