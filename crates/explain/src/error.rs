//! Why nothing could be explained.

/// What was asked and cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Path-dependent attributions weigh by how many rows went each way, and the model's file does not say.
    #[error("{place} has no covers, path-dependent attributions need one for each leaf")]
    CoversMissing {
        /// The tree, as its file names it.
        place: String,
    },
    /// A model whose attributions are not defined in floats.
    #[error("a model of {given} has no {asked} attributions in floats, allowed: {allowed}")]
    FamilyUnsupported {
        /// The family of the model.
        given: &'static str,
        /// The kind of attribution.
        asked: &'static str,
        /// Families that have it.
        allowed: &'static str,
    },
    /// A file of words that is not TOML of the expected shape.
    #[error("line {line}: {message}")]
    Toml {
        /// Where.
        line: usize,
        /// The parser's reason, in its words.
        message: String,
    },
    /// Something a person could change that the model does not read.
    #[error("no feature {given:?} in the model, allowed: {allowed}")]
    FeatureUnknown {
        /// The name given.
        given: String,
        /// The model's features.
        allowed: String,
    },
    /// A setting of something that a person could change.
    #[error("actionable {feature}: {key} is {given}, allowed: {allowed}")]
    Actionable {
        /// The feature.
        feature: String,
        /// The key.
        key: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// Nothing was said of what a person can change.
    #[error("0 features are actionable, at least 1 required")]
    NothingActionable,
    /// The integer program refused.
    #[error(transparent)]
    Model(#[from] mandate_model::ModelError),
    /// A background without rows.
    #[error("the background has 0 rows, at least 1 required")]
    BackgroundEmpty,
}

impl ExplainError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::CoversMissing { .. } => "give background rows for interventional attributions",
            Self::FamilyUnsupported { .. } => {
                "import the model and explain its integer program, which has attributions"
            }
            Self::Toml { .. } | Self::Actionable { .. } => "correct the file given with --words",
            Self::FeatureUnknown { .. } => {
                "name features as the model does; `mandate model inspect` lists them"
            }
            Self::NothingActionable => {
                "name a file with --words that has an [[actionable]] for each feature that a person can change"
            }
            Self::Model(_) => "give rows of the model's own features",
            Self::BackgroundEmpty => "give a file with at least one row below its header",
        }
    }
}
