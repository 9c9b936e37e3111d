// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Programs kept as contract code, identified by content, checked before they can be used.
/// @dev Permissionless: what a program is follows from its bytes alone, and storing it twice changes nothing. The rules
/// and the names of refusals are those of `mandate_model::Program::decode`; `docs/model-format.md` is the normative text.
interface IModelStore {
    /// @notice The bytes end before the structure does.
    error ModelTruncated(uint256 given, uint256 required);
    /// @notice The bytes go on after the structure has ended.
    error ModelTrailingBytes(uint256 given, uint256 allowed);
    /// @notice A format of another time.
    error ModelVersionUnknown(uint256 given, uint256 allowed);
    /// @notice Neither a GLM nor trees nor a network nor sparse trees.
    error ModelFamilyUnknown(uint256 given, uint256 allowed);
    /// @notice Not one of identity, logistic, log.
    error LinkUnknown(uint256 given, uint256 allowed);
    /// @notice No feature at all, or too many.
    error FeatureCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice A margin unit finer than the arithmetic carries.
    error ShiftOutOfRange(uint256 given, uint256 allowed);
    /// @notice Trees without slots, another family with, or too many (feature, missing side) pairs.
    error SlotCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice A GLM with forests, or trees without.
    error ForestCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice A network without hidden layers, or with too many.
    error LayerCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice A feature's limits are no values in their order, or what a network counts its missing values as is not
    /// between them.
    error LimitsOutOfOrder(uint256 feature);
    /// @notice Limits that hold no feature at all: a program without limits says the same.
    error LimitsNotCanonical(uint256 features);
    /// @notice Words of a network have four to eight lanes.
    error LaneCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice A hidden layer without units, or with too many.
    error UnitCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice Slots must ascend strictly.
    error SlotsNotAscending(uint256 given, uint256 previous);
    /// @notice A slot that no node reads.
    error SlotUnused(uint256 given);
    /// @notice A slot names a feature, or a node a slot, that does not exist.
    error FeatureIndexOutOfRange(uint256 given, uint256 allowed);
    /// @notice Trees have one to eight levels of nodes, trees of any shape up to 64.
    error TreeDepthOutOfRange(uint256 given, uint256 allowed);
    /// @notice No trees, or a forest larger than a forest may be.
    error TreeCountOutOfRange(uint256 given, uint256 allowed);
    /// @notice Forests stand in ascending depth, and one is full before the next of its depth begins.
    error ForestsNotCanonical(uint256 given, uint256 previous);
    /// @notice Padding has one form, and no tree is deeper than it must be.
    /// @param depth Depth of the forest in which it was found.
    error PaddingNotCanonical(uint256 depth);
    /// @notice A tree of any shape is one whole tree, as long as it says, and each node names the beginning of its false side.
    /// @param tree Which of those that were given.
    error TreeNotCanonical(uint256 tree);
    /// @notice A tree of any shape that fits no contract.
    error TreeBytesOutOfRange(uint256 given, uint256 allowed);
    /// @notice Some input could carry the margin outside `int64`, or a unit of a network outside its lane.
    error ModelOverflow(uint256 given, uint256 allowed);
    /// @notice Nothing of this identity has been registered: at most some of its chunks are there.
    error ModelIncomplete(bytes32 modelId);
    /// @notice A chunk that `store` has not made.
    error ChunkUnknown(address chunk);
    /// @notice More chunks than a root can name.
    error ChunkCountOutOfRange(uint256 given, uint256 allowed);

    /// @notice A chunk of a network, or what comes before it, ends inside a row.
    /// @param index Which chunk; zero is what `register` takes first.
    error ChunkNotWhole(uint256 index);
    /// @notice A chunk that is larger than a contract may be.
    error ChunkTooLong(uint256 given, uint256 allowed);
    /// @notice A chunk could not be deployed with the gas given.
    /// @param size Bytes of the chunk; each costs 200 gas.
    error DeploymentFailed(uint256 size);

    /// @notice A chunk has been stored and checked as far as it can be by itself; one of rows or of sparse trees has no forests.
    event ChunkStored(address indexed chunk, uint256 forests);
    /// @notice A program is complete and can be run.
    event ModelRegistered(bytes32 indexed modelId, address root, bytes32 schemaHash);

    /// @notice Stores forests, rows of a network, or sparse trees, that continue a program. A program that fits one contract needs none
    /// of this.
    /// @param forests One or more whole forests, as they stand in the program; or a zero byte, then whole rows; or
    /// a byte of ones, then whole sparse trees.
    /// @return chunk Where they are; the same for the same bytes, whoever stores them.
    function store(bytes calldata forests) external returns (address chunk);

    /// @notice Checks a whole program and makes it usable.
    /// @param first The program's bytes up to the first forest, row or sparse tree that stands in a chunk of its own.
    /// @param chunks Where the others are, in the program's order; at most 15.
    /// @return modelId Keccak-256 of the program.
    /// @return root What the interpreter runs.
    function register(bytes calldata first, address[] calldata chunks)
        external
        returns (bytes32 modelId, address root);

    /// @notice What the interpreter runs for a program; reverts unless it has been registered.
    function rootOf(bytes32 modelId) external view returns (address root);

    /// @notice Hash of the schema that the program commits to; reverts unless it has been registered.
    function schemaHashOf(bytes32 modelId) external view returns (bytes32 schemaHash);

    /// @notice Whether a program has been registered.
    function isLoaded(bytes32 modelId) external view returns (bool loaded);
}
