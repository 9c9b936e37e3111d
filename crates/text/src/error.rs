//! Why a text, a lexicon or a model of texts is refused: what stands where, and what is allowed instead.

/// Why texts could not be read, scored or learnt from.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A text longer than any post or article.
    #[error("the text has {given} bytes, at most {allowed} are scored")]
    TextTooLong {
        /// Bytes of the text.
        given: usize,
        /// Bytes that are scored.
        allowed: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("line {line}: not UTF-8")]
    NotUtf8 {
        /// Line of the file, from one.
        line: u64,
    },
    /// A record that does not end where records end.
    #[error("line {line}: the record goes on after {allowed} bytes, no more are read")]
    RecordTooLong {
        /// Line on which the record starts.
        line: u64,
        /// Bytes read of one record.
        allowed: u64,
    },
    /// A record with more or fewer fields than the header.
    #[error("line {line}: {given} fields, the header has {required}")]
    Ragged {
        /// Line on which the record starts.
        line: u64,
        /// Fields of the record.
        given: usize,
        /// Fields of the header.
        required: usize,
    },
    /// A file without the column that is asked for, or with two of them.
    #[error("the header has {given} columns {name:?}, one is needed; it has {header}")]
    Column {
        /// The name looked for.
        name: String,
        /// How many columns have it.
        given: usize,
        /// The names that stand there.
        header: String,
    },
    /// More rows than are kept in memory.
    #[error("more than {allowed} rows, no more are read")]
    TooManyRows {
        /// Rows read.
        allowed: usize,
    },
    /// A field that is not what its column holds.
    #[error("line {line}: {name} is {given:?}, allowed: {allowed}")]
    Field {
        /// Line on which the record starts.
        line: u64,
        /// Column name.
        name: String,
        /// The field, shortened.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// A lexicon file that breaks its form.
    #[error("lexicon, line {line}: {given:?}, allowed: {allowed}")]
    Lexicon {
        /// Line of the file, from one.
        line: usize,
        /// What stands there, shortened.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Bytes that are no sentiment model.
    #[error("sentiment model: {what} is {given}, allowed: {allowed}")]
    Model {
        /// Which part.
        what: &'static str,
        /// Its value.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// A setting out of its range.
    #[error("{name} is {given}, allowed: {min} to {max}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        given: u64,
        /// Smallest allowed.
        min: u64,
        /// Largest allowed.
        max: u64,
    },
    /// A class that no row of the training part has.
    #[error("class {class:?} has {given} rows to learn from, at least {least} needed")]
    ClassRows {
        /// Its label.
        class: String,
        /// Rows found.
        given: usize,
        /// Rows needed.
        least: usize,
    },
    /// The system would not read.
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
}

impl TextError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TextTooLong { .. } => "score an article by its paragraphs",
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::RecordTooLong { .. } => "close the quotes, or take the record out",
            Self::Ragged { .. } => {
                "quote texts with commas or line ends; double quotes inside them"
            }
            Self::Column { .. } => "name the columns of the file in its first line, each once",
            Self::TooManyRows { .. } => "split the file by time",
            Self::Field { .. } => "correct the field, or name another column",
            Self::Lexicon { .. } => "write a token, a tab and its valence on each line",
            Self::Model { .. } => {
                "give a file that `mandate model sentiment train` wrote, copied whole"
            }
            Self::Setting { .. } => "choose a value in the range",
            Self::ClassRows { .. } => "check the labels, or bring more rows",
            Self::Io(_) => "check the path",
        }
    }
}

/// The first characters of what was given, as much as a message needs.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    let mut out: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}
