//! Why bytes are not a model, or an input is not one of its inputs.

use alloy_primitives::B256;

/// A refusal. Variants that the chain can meet have a Solidity error of the same name and fields in `IModelStore` or
/// `IInterpreter`; the last group concerns the file only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "`given` and `allowed` are said by the variant")]
pub enum ModelError {
    /// The bytes end before the structure does.
    #[error("model ends at byte {given}, at least {required} needed")]
    ModelTruncated { given: usize, required: usize },
    /// The bytes go on after the structure has ended.
    #[error("model has {given} bytes, {allowed} belong to it")]
    ModelTrailingBytes { given: usize, allowed: usize },
    /// A format of another time.
    #[error("model version {given}, only {allowed} is known")]
    ModelVersionUnknown { given: u8, allowed: u8 },
    /// Neither a GLM nor trees nor a network nor sparse trees.
    #[error("model family {given}, at most {allowed} is known")]
    ModelFamilyUnknown { given: u8, allowed: u8 },
    /// Not one of identity, logistic, log.
    #[error("link {given}, at most {allowed} is known")]
    LinkUnknown { given: u8, allowed: u8 },
    /// No feature at all, or too many.
    #[error("{given} features, 1 to {allowed} allowed")]
    FeatureCountOutOfRange { given: u8, allowed: u8 },
    /// A margin unit finer than the arithmetic carries.
    #[error("margin shift {given}, at most {allowed} allowed")]
    ShiftOutOfRange { given: u8, allowed: u8 },
    /// Trees without slots, another family with, or too many (feature, missing side) pairs.
    #[error("{given} slots, at most {allowed} allowed")]
    SlotCountOutOfRange { given: u8, allowed: u8 },
    /// A GLM with forests, or trees without.
    #[error("{given} forests, at most {allowed} allowed")]
    ForestCountOutOfRange { given: u8, allowed: u8 },
    /// A network without hidden layers, or with too many.
    #[error("{given} hidden layers, 1 to {allowed} allowed")]
    LayerCountOutOfRange { given: u8, allowed: u8 },
    /// A feature's limits are no values in their order, or what a network counts its missing values as is not between them.
    #[error(
        "limits of feature {feature} are not values in the order low, missing (of a network), high"
    )]
    LimitsOutOfOrder { feature: usize },
    /// Limits that hold no feature at all: a program without limits says the same.
    #[error("none of the {features} limits holds anything")]
    LimitsNotCanonical { features: usize },
    /// Words of a network have four to eight lanes.
    #[error("{given} lanes in a word, 4 to {allowed} allowed")]
    LaneCountOutOfRange { given: u8, allowed: u8 },
    /// A hidden layer without units, or with too many.
    #[error("{given} units in a layer, 1 to {allowed} allowed")]
    UnitCountOutOfRange { given: usize, allowed: usize },
    /// Slots must ascend strictly.
    #[error("slot {given} after slot {previous}")]
    SlotsNotAscending { given: u8, previous: u8 },
    /// A slot that no node reads.
    #[error("slot {given} is read by no node")]
    SlotUnused { given: u8 },
    /// A slot names a feature, or a node a slot, that does not exist.
    #[error("index {given}, below {allowed} allowed")]
    FeatureIndexOutOfRange { given: usize, allowed: usize },
    /// Trees have one to eight levels of nodes, trees of any shape up to 64.
    #[error("tree depth {given}, 1 to {allowed} allowed")]
    TreeDepthOutOfRange { given: u8, allowed: u8 },
    /// No trees, or a forest larger than a forest may be.
    #[error("{given} trees, 1 to {allowed} allowed")]
    TreeCountOutOfRange { given: usize, allowed: usize },
    /// Forests stand in ascending depth, and one is full before the next of its depth begins.
    #[error("forest of depth {given} must not follow the forest of depth {previous}")]
    ForestsNotCanonical { given: u8, previous: u8 },
    /// Padding has one form, and no tree is deeper than it must be.
    #[error("padding in a forest of depth {depth} is not canonical")]
    PaddingNotCanonical { depth: u8 },
    /// A tree of any shape is one whole tree, as long as it says, and each node names the beginning of its false side.
    #[error("sparse tree {tree} is not canonical")]
    TreeNotCanonical { tree: usize },
    /// A tree of any shape that fits no contract.
    #[error("a tree of {given} bytes, {allowed} allowed")]
    TreeBytesOutOfRange { given: usize, allowed: usize },
    /// Some input could carry the margin outside `int64`, or a unit of a network outside its lane.
    #[error("a sum could reach {given}, {allowed} allowed")]
    ModelOverflow { given: u128, allowed: u128 },
    /// Packed features are three bytes for each feature.
    #[error("{given} bytes of features, exactly {allowed} allowed")]
    FeaturesLength { given: usize, allowed: usize },

    /// A value that is no `int24`.
    #[error("feature {feature} is {given}, outside int24")]
    FeatureValueOutOfRange { feature: usize, given: i32 },
    /// A program has a limit for each feature, or none.
    #[error("{given} limits for {allowed} features")]
    LimitsCount { given: usize, allowed: usize },
    /// A builder was given a threshold that no node can hold.
    #[error("threshold {given}, {least} to {greatest} allowed")]
    ThresholdOutOfRange { given: i32, least: i32, greatest: i32 },
    /// A builder was given a leaf that no tree can hold.
    #[error("leaf {given}, {least} to {greatest} allowed")]
    LeafOutOfRange { given: i32, least: i32, greatest: i32 },
    /// A network's parts do not fit each other.
    #[error("network: {reason}")]
    NetworkShape { reason: &'static str },
    /// A weight or bias that its lane cannot hold.
    #[error("weight {given}, at most {allowed} in magnitude allowed")]
    WeightOutOfRange { given: i64, allowed: i64 },
    /// The file does not begin as a model file does.
    #[error("not a model file")]
    FileUnknown,
    /// A part of the file is not the part that the program commits to.
    #[error("{part} hashes to {given}, the program commits to {committed}")]
    CommitmentMismatch { part: &'static str, given: B256, committed: B256 },
    /// Schema and program disagree about the number of features.
    #[error("schema has {given} features, the program {allowed}")]
    SchemaLength { given: usize, allowed: usize },
    /// A schema field outside its range.
    #[error("schema of feature {feature}: {reason}")]
    SchemaInvalid { feature: usize, reason: &'static str },
    /// A schema that goes on after its last feature.
    #[error("schema has {given} bytes, {allowed} belong to it")]
    SchemaTrailingBytes { given: usize, allowed: usize },
    /// A missing value where the schema allows none.
    #[error("feature {feature} is missing, its schema requires a value")]
    ValueRequired { feature: usize },
    /// The file does not begin as a background file does.
    #[error("not a background file")]
    BackgroundUnknown,
    /// A background without rows, or with too many.
    #[error("{given} background rows, 1 to {allowed} allowed")]
    BackgroundRowCount { given: usize, allowed: usize },
    /// A background of another program.
    #[error("a background for program {committed}, the program is {given}")]
    BackgroundOfAnother { given: B256, committed: B256 },
    /// Explanation data that do not fit the program.
    #[error("{given} bytes of explanation data, the program requires {allowed}")]
    ExplainLength { given: usize, allowed: usize },
    /// What ends explanation data is no hash of a manifest.
    #[error("{given} bytes after the explanation data's own, none or {allowed} allowed")]
    ManifestLength { given: usize, allowed: usize },
    /// No manifest has one encoding: nothing at all.
    #[error("a manifest's hash of zero, which no manifest has")]
    ManifestZero,
}
