// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelStore} from "../interfaces/IModelStore.sol";
import {Forests, ForestLib} from "./ForestLib.sol";
import {Head, HeadLib} from "./HeadLib.sol";
import {LayerLib} from "./LayerLib.sol";
import {ShapeLib, SparseTrees} from "./ShapeLib.sol";

/// @title Programs as contract code.
/// @dev A chunk is `00 ‖ forests`, or `00 00 ‖ rows` of a network, or `00 ff ‖ sparse trees`; a root is `00 ‖ k ‖ k addresses of chunks ‖ the program's beginning`. Both are made
/// by `CREATE2` with salt zero, so that an address says what is there.
contract ModelStore is IModelStore {
    /// @dev What a program remembers of itself once it is complete.
    struct Entry {
        address root;
        bytes32 schemaHash;
    }

    uint256 private constant MAX_CHUNKS = 15;
    uint256 private constant MAX_CODE = 24_576;

    mapping(bytes32 modelId => Entry entry) private _models;
    mapping(address chunk => Forests forests) private _chunks;
    mapping(address chunk => bool stored) private _rows;
    mapping(address chunk => SparseTrees trees) private _sparse;

    /// @inheritdoc IModelStore
    function store(bytes calldata forests) external returns (address chunk) {
        bytes memory code = abi.encodePacked(uint8(0), forests);
        chunk = _addressOf(code);
        if (forests.length != 0 && forests[0] == 0) {
            _storeRows(chunk, code);
            return chunk;
        }
        if (forests.length != 0 && forests[0] == 0xff) {
            _storeSparse(chunk, code);
            return chunk;
        }
        if (_chunks[chunk].count != 0) return chunk;

        uint256 start;
        assembly ("memory-safe") {
            start := add(code, 33)
        }
        (Forests memory read, uint256 next) =
            ForestLib.read(start, start, start + forests.length, type(uint8).max, 64);
        require(read.count != 0, ModelTruncated(0, 1));
        require(next == start + forests.length, ModelTrailingBytes(forests.length, next - start));
        _chunks[chunk] = read;
        emit ChunkStored(chunk, read.count);
        _deploy(code);
    }

    /// @inheritdoc IModelStore
    function register(bytes calldata first, address[] calldata chunks)
        external
        returns (bytes32 modelId, address root)
    {
        require(chunks.length <= MAX_CHUNKS, ChunkCountOutOfRange(chunks.length, MAX_CHUNKS));
        Head memory head = HeadLib.read(first);
        if (head.family == HeadLib.NETWORK) {
            modelId = _checkNetwork(head, first, chunks);
        } else {
            if (head.family == HeadLib.GLM) _checkGlm(head, first, chunks);
            else if (head.family == HeadLib.TREES) _checkTrees(head, first, chunks);
            else _checkSparse(head, first, chunks);
            modelId = _hash(first, chunks, head.family == HeadLib.SPARSE ? 2 : 1);
        }
        root = _models[modelId].root;
        if (root != address(0)) return (modelId, root);

        bytes memory code = abi.encodePacked(uint16(chunks.length));
        for (uint256 i = 0; i < chunks.length; i++) {
            code = abi.encodePacked(code, chunks[i]);
        }
        code = abi.encodePacked(code, first);
        root = _addressOf(code);
        _models[modelId] = Entry(root, head.schemaHash);
        emit ModelRegistered(modelId, root, head.schemaHash);
        _deploy(code);
    }

    /// @inheritdoc IModelStore
    function rootOf(bytes32 modelId) external view returns (address) {
        return _loaded(modelId).root;
    }

    /// @inheritdoc IModelStore
    function schemaHashOf(bytes32 modelId) external view returns (bytes32) {
        return _loaded(modelId).schemaHash;
    }

    /// @inheritdoc IModelStore
    function isLoaded(bytes32 modelId) external view returns (bool) {
        return _models[modelId].root != address(0);
    }

    function _loaded(bytes32 modelId) private view returns (Entry storage entry) {
        entry = _models[modelId];
        require(entry.root != address(0), ModelIncomplete(modelId));
    }

    /// @dev The length, and the range of the margin over all inputs inside the limits.
    function _checkGlm(Head memory head, bytes calldata first, address[] calldata chunks)
        private
        pure
    {
        uint256 length = head.body + 19 * head.features;
        require(first.length >= length, ModelTruncated(first.length, length));
        require(first.length == length, ModelTrailingBytes(first.length, length));
        require(chunks.length == 0, ChunkCountOutOfRange(chunks.length, 0));

        (int256 low, int256 high) = (head.bias, head.bias);
        for (uint256 i = 0; i < head.features; i++) {
            (int256 least, int256 greatest) = _reach(head, first, i);
            low += least;
            high += greatest;
        }
        HeadLib.checkMargin(low, high);
    }

    /// @dev The least and the greatest that one feature of a GLM adds, from a value inside its limits or a missing one.
    function _reach(Head memory head, bytes calldata first, uint256 feature)
        private
        pure
        returns (int256 least, int256 greatest)
    {
        uint256 place = head.body + 8 * feature;
        int256 weight = int64(uint64(bytes8(first[place:place + 8])));
        place += 8 * head.features;
        int256 missing = int64(uint64(bytes8(first[place:place + 8])));
        (least, greatest) = HeadLib.limits(first, head, feature);
        (least, greatest) = (weight * least, weight * greatest);
        if (weight < 0) (least, greatest) = (greatest, least);
        if (missing < least) least = missing;
        if (missing > greatest) greatest = missing;
    }

    /// @dev Slots, then the forests that came with the head, then what is known of those in other chunks.
    function _checkTrees(Head memory head, bytes calldata first, address[] calldata chunks)
        private
        view
    {
        _checkSlots(head, first);
        bytes memory copy = first;
        uint256 start;
        assembly ("memory-safe") {
            start := add(copy, 32)
        }
        (Forests memory all, uint256 next) = ForestLib.read(
            start, start + head.body + head.slots, start + first.length, head.parts, head.slots
        );
        uint256 count = all.count;
        for (uint256 i = 0; i < chunks.length; i++) {
            count += _append(all, chunks[i], head.slots);
        }
        require(count >= head.parts, ModelTruncated(first.length, first.length + 1));
        _checkAllUsed(all.used, head, first);
        bool ended = count == head.parts && next == start + first.length;
        require(ended, ModelTrailingBytes(first.length, next - start));
        HeadLib.checkMargin(head.bias + all.low, head.bias + all.high);
    }

    /// @dev Slots ascend strictly and name features that exist.
    function _checkSlots(Head memory head, bytes calldata first) private pure {
        uint256 length = head.body + head.slots;
        require(first.length >= length, ModelTruncated(first.length, length));
        uint256 previous;
        for (uint256 i = 0; i < head.slots; i++) {
            uint256 slot = uint8(first[head.body + i]);
            uint256 feature = slot & 0x7f;
            require(feature < head.features, FeatureIndexOutOfRange(feature, head.features));
            require(i == 0 || slot > previous, SlotsNotAscending(slot, previous));
            previous = slot;
        }
    }

    /// @dev Joins the forests of a chunk to those before; answers how many.
    function _append(Forests memory all, address chunk, uint256 slots)
        private
        view
        returns (uint256)
    {
        Forests memory more = _chunks[chunk];
        require(more.count != 0, ChunkUnknown(chunk));
        ForestLib.checkOrder(all, more.firstDepth);
        ForestLib.checkSlots(more.used, slots);
        all.used |= more.used;
        all.low += more.low;
        all.high += more.high;
        all.lastDepth = more.lastDepth;
        all.lastFull = more.lastFull;
        return more.count;
    }

    function _checkAllUsed(uint256 used, Head memory head, bytes calldata first) private pure {
        for (uint256 i = 0; i < head.slots; i++) {
            bool read = (used >> (4 * i)) & 1 == 1;
            require(read, SlotUnused(uint8(first[head.body + i])));
        }
    }

    /// @dev Slots, then the trees that came with the head, then what is known of those in other chunks.
    function _checkSparse(Head memory head, bytes calldata first, address[] calldata chunks)
        private
        view
    {
        _checkSlots(head, first);
        uint256 before = head.body + head.slots + 2;
        require(first.length >= before, ModelTruncated(first.length, before));
        uint256 most = uint16(bytes2(first[before - 2:before]));
        require(most != 0, TreeCountOutOfRange(0, type(uint16).max));
        bytes memory copy = first;
        uint256 start;
        assembly ("memory-safe") {
            start := add(copy, 32)
        }
        (SparseTrees memory all, uint256 next) =
            ShapeLib.read(start, start + before, start + first.length, most, head.slots);
        uint256 count = all.count;
        for (uint256 i = 0; i < chunks.length; i++) {
            SparseTrees memory more = _sparse[chunks[i]];
            require(more.count != 0, ChunkUnknown(chunks[i]));
            ForestLib.checkSlots(more.used, head.slots);
            all.used |= more.used;
            all.low += more.low;
            all.high += more.high;
            count += more.count;
        }
        require(count >= most, ModelTruncated(first.length, first.length + 1));
        _checkAllUsed(all.used, head, first);
        bool ended = count == most && next == start + first.length;
        require(ended, ModelTrailingBytes(first.length, next - start));
        HeadLib.checkMargin(head.bias + all.low, head.bias + all.high);
    }

    /// @dev Behind the byte that says so stand whole trees, for as many slots as there can be.
    function _storeSparse(address chunk, bytes memory code) private {
        if (_sparse[chunk].count != 0) return;
        uint256 start;
        assembly ("memory-safe") {
            start := add(code, 33)
        }
        uint256 end = start + code.length - 1;
        (SparseTrees memory read, uint256 next) =
            ShapeLib.read(start, start + 1, end, type(uint16).max, ShapeLib.MAX_SLOTS);
        require(read.count != 0, ModelTruncated(1, 2));
        require(next == end, ModelTrailingBytes(end - start, next - start));
        _sparse[chunk] = read;
        emit ChunkStored(chunk, 0);
        _deploy(code);
    }

    /// @dev Rows are words; what they are is known when the program is whole.
    function _storeRows(address chunk, bytes memory code) private {
        if (_rows[chunk]) return;
        uint256 words = (code.length - 2) / 32;
        require(words != 0, ModelTruncated(code.length - 1, 33));
        uint256 length = 1 + 32 * words;
        require(code.length - 1 == length, ModelTrailingBytes(code.length - 1, length));
        _rows[chunk] = true;
        emit ChunkStored(chunk, 0);
        _deploy(code);
    }

    /// @dev Checks the network as a whole; answers its hash.
    function _checkNetwork(Head memory head, bytes calldata first, address[] calldata chunks)
        private
        view
        returns (bytes32)
    {
        (bytes memory program, uint256[] memory ends) = _join(first, chunks);
        LayerLib.check(program, head, ends);
        return keccak256(program);
    }

    /// @dev The program in one piece, and where each part of it ends.
    function _join(bytes calldata first, address[] calldata chunks)
        private
        view
        returns (bytes memory program, uint256[] memory ends)
    {
        ends = new uint256[](1 + chunks.length);
        ends[0] = first.length;
        for (uint256 i = 0; i < chunks.length; i++) {
            require(_rows[chunks[i]], ChunkUnknown(chunks[i]));
            ends[i + 1] = ends[i] + chunks[i].code.length - 2;
        }
        program = new bytes(ends[chunks.length]);
        assembly ("memory-safe") {
            let at := add(program, 32)
            calldatacopy(at, first.offset, first.length)
            for { let i := 0 } lt(i, chunks.length) { i := add(i, 1) } {
                let end := add(add(program, 32), mload(add(ends, shl(5, add(i, 2)))))
                at := add(add(program, 32), mload(add(ends, shl(5, add(i, 1)))))
                extcodecopy(calldataload(add(chunks.offset, shl(5, i))), at, 2, sub(end, at))
            }
        }
    }

    /// @dev Keccak-256 of the program: what came first, and what the chunks hold behind their marks of so many bytes.
    function _hash(bytes calldata first, address[] calldata chunks, uint256 marks)
        private
        view
        returns (bytes32 modelId)
    {
        assembly ("memory-safe") {
            // Behind the free memory pointer, which stays: nothing is kept but the hash.
            let program := mload(0x40)
            let end := add(program, first.length)
            calldatacopy(program, first.offset, first.length)
            for { let i := 0 } lt(i, chunks.length) { i := add(i, 1) } {
                let chunk := calldataload(add(chunks.offset, shl(5, i)))
                let size := sub(extcodesize(chunk), marks)
                extcodecopy(chunk, end, marks, size)
                end := add(end, size)
            }
            modelId := keccak256(program, sub(end, program))
        }
    }

    function _addressOf(bytes memory code) private view returns (address) {
        bytes32 initHash = keccak256(_initCode(code));
        bytes32 digest = keccak256(abi.encodePacked(hex"ff", address(this), bytes32(0), initHash));
        return address(uint160(uint256(digest)));
    }

    function _deploy(bytes memory code) private {
        require(code.length <= MAX_CODE, ChunkTooLong(code.length, MAX_CODE));
        bytes memory init = _initCode(code);
        address made;
        assembly ("memory-safe") {
            made := create2(0, add(init, 32), mload(init), 0)
        }
        // Only gas can stop it: the size is allowed, and nobody else deploys from here.
        require(made != address(0), DeploymentFailed(code.length));
    }

    /// @dev Code that deploys what follows it: `PUSH2 size DUP1 PUSH1 10 RETURNDATASIZE CODECOPY RETURNDATASIZE RETURN`.
    function _initCode(bytes memory code) private pure returns (bytes memory) {
        return abi.encodePacked(hex"61", uint16(code.length), hex"80600a3d393df3", code);
    }
}
