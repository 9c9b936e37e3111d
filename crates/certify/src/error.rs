//! What is wrong with a file of prices.

/// Why prices could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The file is no TOML, or a key or value in it is unknown.
    #[error("{place}: {reason}")]
    Malformed {
        /// Line and column.
        place: String,
        /// What the reader says.
        reason: String,
    },
    /// A feature that the model does not have.
    #[error("feature `{given}` is priced but not in the model; it has {allowed}")]
    FeatureUnknown {
        /// The name in the file.
        given: String,
        /// The names in the model.
        allowed: String,
    },
    /// An amount that is negative, not finite, too large or too fine.
    #[error("feature `{feature}`: {key} = {given}, allowed are 0 to {allowed} in billionths")]
    AmountOutOfRange {
        /// The feature.
        feature: String,
        /// The key.
        key: &'static str,
        /// The amount in the file.
        given: String,
        /// The largest amount.
        allowed: u64,
    },
    /// Keys that do not go with a price.
    #[error("feature `{feature}`: `{key}` goes with price = \"costly\" only")]
    NotCostly {
        /// The feature.
        feature: String,
        /// The key.
        key: &'static str,
    },
    /// A costly feature without an amount.
    #[error("feature `{feature}`: price = \"costly\" needs `fixed`, `per_unit` or both")]
    NoAmount {
        /// The feature.
        feature: String,
    },
}

impl PriceError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "see the example in `mandate model certify --help`",
            Self::FeatureUnknown { .. } => "name features as `mandate model inspect` prints them",
            Self::AmountOutOfRange { .. } => {
                "choose a larger unit of money, or price the feature as impossible or free"
            }
            Self::NotCostly { .. } => "write price = \"costly\", or leave the key out",
            Self::NoAmount { .. } => "give an amount, or write price = \"free\"",
        }
    }
}
