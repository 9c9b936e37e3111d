// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelStore} from "../interfaces/IModelStore.sol";
import {Head, HeadLib} from "./HeadLib.sol";

/// @notice One hidden layer.
/// @param lanes Units in a word.
/// @param rows Words of units.
/// @param shift Bits by which a positive sum is shifted down.
/// @param inputs Inputs of each unit.
/// @param last Whether each row ends with a word of outputs.
struct Layer {
    uint256 lanes;
    uint256 rows;
    uint256 shift;
    uint256 inputs;
    bool last;
}

/// @notice What the output weights seen so far come to.
/// @param widest The largest that a unit of the last layer can say.
/// @param weights Sum of their magnitudes.
/// @param low The smallest margin, less the bias.
/// @param high The largest margin, less the bias.
struct Outputs {
    uint256 widest;
    uint256 weights;
    int256 low;
    int256 high;
}

/// @title The rules for networks: limits, shapes, cuts, and that no sum leaves its lane.
/// @dev The same rules in Rust: `mandate_model::network`. The loop over weights is assembly, about 170 gas each.
library LayerLib {
    uint256 private constant MIN_LANES = 4;
    uint256 private constant MAX_LANES = 8;
    uint256 private constant MAX_UNITS = 128;

    /// @dev Checks a whole program; `ends` are where what came first and each chunk end in it.
    function check(bytes memory program, Head memory head, uint256[] memory ends) internal pure {
        uint256[] memory bounds = _limits(program, head.features);
        Layer[] memory layers = _shapes(program, head, ends[0]);
        uint256 at = HeadLib.LENGTH + 9 * head.features + 3 * head.parts;
        _checkLength(program.length, at, layers);
        Outputs memory outputs;
        uint256 chunk;
        for (uint256 i = 0; i < layers.length; i++) {
            uint256[] memory next = new uint256[](layers[i].rows * layers[i].lanes);
            for (uint256 row = 0; row < layers[i].rows; row++) {
                uint256 size = _rowBytes(layers[i]);
                chunk = _checkCut(at, at + size, ends, chunk);
                _checkRow(program, at, layers[i], bounds, next, row * layers[i].lanes);
                if (layers[i].last) {
                    _addOutputs(outputs, _word(program, at + size - 32), layers[i].lanes, next, row);
                }
                at += size;
            }
            bounds = next;
        }
        // One multiplication sums a word of units, and in its lower lanes stand sums of other pairings.
        _checkLane(outputs.widest * outputs.weights, layers[layers.length - 1].lanes);
        HeadLib.checkMargin(head.bias + outputs.low, head.bias + outputs.high);
    }

    /// @dev The span of each feature: low is not "missing", high fits 24 bits, missing values count as something inside.
    function _limits(bytes memory program, uint256 features)
        private
        pure
        returns (uint256[] memory spans)
    {
        uint256 length = HeadLib.LENGTH + 9 * features;
        require(program.length >= length, IModelStore.ModelTruncated(program.length, length));
        spans = new uint256[](features);
        for (uint256 i = 0; i < features; i++) {
            uint256 place = HeadLib.LENGTH + 3 * i;
            uint256 low = _word(program, place) >> 232;
            uint256 span = _word(program, place + 3 * features) >> 232;
            uint256 missing = _word(program, place + 6 * features) >> 232;
            bool ordered = low != 0 && low + span < 1 << 24 && missing <= span;
            require(ordered, IModelStore.LimitsOutOfOrder(i));
            spans[i] = span;
        }
    }

    /// @dev The layers as their headers announce them; headers are not cut.
    function _shapes(bytes memory program, Head memory head, uint256 firstEnd)
        private
        pure
        returns (Layer[] memory layers)
    {
        uint256 place = HeadLib.LENGTH + 9 * head.features;
        uint256 length = place + 3 * head.parts;
        require(program.length >= length, IModelStore.ModelTruncated(program.length, length));
        layers = new Layer[](head.parts);
        uint256 inputs = head.features;
        for (uint256 i = 0; i < layers.length; i++) {
            uint256 header = _word(program, place + 3 * i);
            Layer memory layer =
                Layer(header >> 248, uint8(header >> 240), uint8(header >> 232), inputs, false);
            _checkShape(layer);
            inputs = layer.lanes * layer.rows;
            layers[i] = layer;
        }
        layers[layers.length - 1].last = true;
        require(firstEnd >= length, IModelStore.ChunkNotWhole(0));
    }

    function _checkShape(Layer memory layer) private pure {
        bool inside = layer.lanes >= MIN_LANES && layer.lanes <= MAX_LANES;
        require(inside, IModelStore.LaneCountOutOfRange(layer.lanes, MAX_LANES));
        uint256 units = layer.lanes * layer.rows;
        inside = units != 0 && units <= MAX_UNITS;
        require(inside, IModelStore.UnitCountOutOfRange(units, MAX_UNITS));
        uint256 most = 256 / layer.lanes - 2;
        require(layer.shift <= most, IModelStore.ShiftOutOfRange(layer.shift, most));
    }

    function _rowBytes(Layer memory layer) private pure returns (uint256) {
        return 32 * (1 + layer.inputs + (layer.last ? 1 : 0));
    }

    function _checkLength(uint256 given, uint256 length, Layer[] memory layers) private pure {
        for (uint256 i = 0; i < layers.length; i++) {
            length += layers[i].rows * _rowBytes(layers[i]);
        }
        require(given >= length, IModelStore.ModelTruncated(given, length));
        require(given == length, IModelStore.ModelTrailingBytes(given, length));
    }

    /// @dev A chunk ends where a row does; answers which chunk the row is in.
    function _checkCut(uint256 from, uint256 to, uint256[] memory ends, uint256 chunk)
        private
        pure
        returns (uint256)
    {
        if (from == ends[chunk]) chunk++;
        require(to <= ends[chunk], IModelStore.ChunkNotWhole(chunk));
        return chunk;
    }

    /// @dev Every sum of a row stays in its lane; `next` takes what its units can say, from `first` on.
    function _checkRow(
        bytes memory program,
        uint256 at,
        Layer memory layer,
        uint256[] memory bounds,
        uint256[] memory next,
        uint256 first
    ) private pure {
        for (uint256 lane = 0; lane < layer.lanes; lane++) {
            (int256 low, int256 high) = _range(program, at, layer.lanes, lane, bounds);
            _checkLane(uint256(-low > high ? -low : high), layer.lanes);
            next[first + lane] = high > 0 ? uint256(high) >> layer.shift : 0;
        }
    }

    function _checkLane(uint256 given, uint256 lanes) private pure {
        uint256 allowed = (1 << (256 / lanes - 1)) - 1;
        require(given <= allowed, IModelStore.ModelOverflow(given, allowed));
    }

    /// @dev The least and the greatest sum of one unit.
    function _range(
        bytes memory program,
        uint256 at,
        uint256 lanes,
        uint256 lane,
        uint256[] memory bounds
    ) private pure returns (int256 low, int256 high) {
        uint256 halves = _halves(lanes);
        unchecked {
            // Biases are stored with half a lane added; modulo 2^256, as the format says.
            low = _lane(_word(program, at) - halves, lanes, lane);
        }
        int256 bias = low;
        high = low; // the sum of all terms, until it is done
        uint256 below = (256 / lanes) * lane;
        uint256 mask = type(uint256).max >> (lane + 1 == lanes ? below : 256 - 256 / lanes);
        uint256 half = 1 << (256 / lanes - 1);
        assembly ("memory-safe") {
            let word := add(program, add(at, 64)) // behind the length and the biases
            let bound := add(bounds, 32)
            let end := add(bound, shl(5, mload(bounds)))
            for {} lt(bound, end) { bound := add(bound, 32) } {
                let weight := sub(and(shr(below, add(mload(word), halves)), mask), half)
                let term := mul(weight, mload(bound))
                high := add(high, term)
                low := add(low, mul(term, slt(term, 0)))
                word := add(word, 32)
            }
        }
        high = high - low + bias;
    }

    /// @dev Adds the output weights of one row; the highest lane belongs to its first unit.
    function _addOutputs(
        Outputs memory outputs,
        uint256 word,
        uint256 lanes,
        uint256[] memory bounds,
        uint256 row
    ) private pure {
        for (uint256 i = 0; i < lanes; i++) {
            uint256 bound = bounds[row * lanes + i];
            int256 weight = _lane(word, lanes, lanes - 1 - i);
            if (bound > outputs.widest) outputs.widest = bound;
            outputs.weights += uint256(weight < 0 ? -weight : weight);
            if (weight < 0) outputs.low += weight * int256(bound);
            else outputs.high += weight * int256(bound);
        }
    }

    /// @dev One integer of a word: half a lane is added to each, and the last lane has the bits left over.
    function _lane(uint256 word, uint256 lanes, uint256 lane) private pure returns (int256) {
        uint256 bits = 256 / lanes;
        unchecked {
            word = (word + _halves(lanes)) >> (bits * lane); // modulo 2^256 too
        }
        if (lane + 1 < lanes) word &= (1 << bits) - 1;
        return int256(word) - int256(1 << (bits - 1));
    }

    /// @dev Half a lane in each lane: a lane's lowest bit in each, moved up.
    function _halves(uint256 lanes) private pure returns (uint256) {
        uint256 bits = 256 / lanes;
        uint256 ones = (type(uint256).max >> (256 - bits * lanes)) / ((1 << bits) - 1);
        return ones << (bits - 1);
    }

    /// @dev The 32 bytes from `index` on; the caller knows that the program goes on, or drops what lies beyond.
    function _word(bytes memory program, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(program, 32), index))
        }
    }
}
