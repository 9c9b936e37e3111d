//! Why a model could not be vetted.

/// What was given and what is allowed instead.
#[derive(Debug, thiserror::Error)]
pub enum VetError {
    /// A `[fairness]` section that is not TOML of the expected shape.
    #[error("[fairness]: {0}")]
    Toml(String),
    /// A `[vet]` section that is not TOML of the expected shape.
    #[error("[vet]: {0}")]
    Section(String),
    /// A `[canary]` section that is not TOML of the expected shape.
    #[error("[canary]: {0}")]
    CanaryToml(String),
    /// A setting of `[canary]` outside what is allowed.
    #[error("canary.{key} is {given}, allowed: {allowed}")]
    Canary {
        /// Name of the setting.
        key: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Canary rows that have one outcome only.
    #[error("{positives} of {rows} canary rows have the outcome, some and not all needed")]
    CanaryRows {
        /// Rows with the outcome.
        positives: usize,
        /// Rows in all.
        rows: usize,
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
    /// A protected attribute with one group only, or with too many to compare.
    #[error(
        "{attribute} has {given} groups, allowed: 2 to {most}; cut numbers into ranges, such as \"{attribute}:25,60\""
    )]
    Groups {
        /// The column.
        attribute: String,
        /// Groups found.
        given: usize,
        /// Most groups compared.
        most: usize,
    },
    /// A protected attribute that is not a number where ranges are asked for.
    #[error("{attribute} is {given:?} in row {row}, a number is needed for ranges")]
    NotANumber {
        /// The column.
        attribute: String,
        /// The text.
        given: String,
        /// The row, from one.
        row: usize,
    },
    /// No group of an attribute is large enough to say anything.
    #[error("{attribute} has {given} groups of at least {least} rows, 2 are needed to compare")]
    Small {
        /// The column.
        attribute: String,
        /// Groups of that size.
        given: usize,
        /// Rows a group needs.
        least: usize,
    },
    /// An outcome that is neither of its two texts.
    #[error("the outcome is {given:?} in row {row}, allowed: {allowed}")]
    Outcome {
        /// The text.
        given: String,
        /// The row, from one.
        row: usize,
        /// The two texts.
        allowed: String,
    },
    /// Data that are not those of the file.
    #[error("{given} rows were read, the file holds {found}")]
    Rows {
        /// Rows read, and left out.
        given: usize,
        /// Rows of the file.
        found: usize,
    },
    /// Data or model could not be read, or not be trained on.
    #[error(transparent)]
    Train(#[from] mandate_train::TrainError),
}

impl VetError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Section(_) => "docs/vetting.md lists every setting",
            Self::Setting { key, .. } if is_vets(key) => "docs/vetting.md lists every setting",
            Self::Toml(_) | Self::Setting { .. } => "docs/fairness.md lists every setting",
            Self::CanaryToml(_) | Self::Canary { .. } => "docs/training.md lists every key",
            Self::CanaryRows { .. } => "bring canary rows of both outcomes",
            Self::Groups { .. } | Self::NotANumber { .. } => {
                "name values or ranges behind the column, as docs/fairness.md shows"
            }
            Self::Outcome { .. } => "name the two texts with --positive and --negative",
            Self::Rows { .. } => "try again once nothing writes to the data file",
            Self::Small { .. } => "bring more rows, or join groups",
            Self::Train(error) => error.hint(),
        }
    }
}

/// Whether a key stands in a `[vet]` section.
const fn is_vets(key: &str) -> bool {
    matches!(key.as_bytes(), [b'v', b'e', b't', b'.', ..])
}
