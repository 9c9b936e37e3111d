// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @dev Programs of a given shape, their numbers drawn from a hash: what they cost does not depend on what they say.
library Programs {
    uint256 private constant FOREST_BYTES = 24_000;

    function head(
        uint8 family,
        uint8 link,
        uint8 features,
        uint8 shift,
        uint8 slots,
        uint8 forests,
        int64 bias
    ) internal pure returns (bytes memory) {
        bytes32 schema = keccak256("schema");
        bytes32 explain = keccak256("explain");
        return abi.encodePacked(
            uint8(1), family, link, features, shift, slots, forests, bias, schema, explain
        );
    }

    function glm(uint8 features) internal pure returns (bytes memory program) {
        program = head(1, 1, features, 40, 0, 0, -1e12);
        for (uint256 i = 0; i < features; i++) {
            program = abi.encodePacked(program, int64(int24(uint24(draw(i)))));
        }
        for (uint256 i = 0; i < features; i++) {
            program = abi.encodePacked(program, int64(int24(uint24(draw(1000 + i)))));
        }
        for (uint256 i = 0; i < features; i++) {
            program = abi.encodePacked(program, uint24(0));
        }
    }

    /// @dev The same program with limits behind its head, the same for each feature: `low` is biased to unsigned.
    function limited(bytes memory first, uint24 low, uint24 span)
        internal
        pure
        returns (bytes memory)
    {
        uint8 features = uint8(first[3]);
        bytes memory before = part(first, 0, 79);
        before[1] |= 0x80;
        return bytes.concat(
            before, repeat(low, features), repeat(span, features), part(first, 79, first.length)
        );
    }

    function part(bytes memory whole, uint256 from, uint256 to)
        internal
        pure
        returns (bytes memory out)
    {
        out = new bytes(to - from);
        assembly ("memory-safe") {
            mcopy(add(out, 32), add(add(whole, 32), from), mload(out))
        }
    }

    /// @dev First what `register` takes, then what `store` takes, one forest each.
    function trees(uint8 features, uint256 count, uint256 depth)
        internal
        pure
        returns (bytes memory first, bytes[] memory chunks)
    {
        uint256 full = FOREST_BYTES / ((6 << depth) - 4);
        uint256 forests = (count + full - 1) / full;
        first = head(2, 1, features, 12, features, uint8(forests), 100);
        for (uint256 i = 0; i < features; i++) {
            first = abi.encodePacked(first, uint8(i));
        }
        first = abi.encodePacked(first, forest(count < full ? count : full, depth, features, 0));
        chunks = new bytes[](forests - 1);
        for (uint256 i = 1; i < forests; i++) {
            uint256 left = count - i * full;
            chunks[i - 1] = forest(left < full ? left : full, depth, features, i);
        }
    }

    function forest(uint256 count, uint256 depth, uint256 slots, uint256 seed)
        internal
        pure
        returns (bytes memory out)
    {
        uint256 nodes = count * ((1 << depth) - 1);
        uint256 leaves = count << depth;
        out = new bytes(3 + 4 * nodes + 2 * leaves);
        (out[0], out[1], out[2]) =
        (bytes1(uint8(depth)), bytes1(uint8(count >> 8)), bytes1(uint8(count)));
        uint256 at = 3;
        for (uint256 i = 0; i < nodes; i++) {
            uint256 random = draw(seed << 32 | i);
            // A threshold between the extremes, and an address: four times a slot.
            uint256 node = ((random % 0xfffffe) + 1) << 8 | 4 * ((random >> 64) % slots);
            for (uint256 k = 4; k > 0; k--) {
                out[at++] = bytes1(uint8(node >> (8 * (k - 1))));
            }
        }
        for (; at < out.length; at++) {
            out[at] = bytes1(uint8(draw(seed << 33 | at)));
        }
    }

    /// @dev Trees of so many leaves, of any shape, as boosting by leaves makes them: first what `register` takes, then what
    /// `store` takes.
    function sparse(uint8 features, uint256 count, uint256 leaves)
        internal
        pure
        returns (bytes memory first, bytes[] memory chunks)
    {
        first = head(4, 1, features, 20, features, 0, 100);
        for (uint256 i = 0; i < features; i++) {
            first = abi.encodePacked(first, uint8(i));
        }
        first = abi.encodePacked(first, uint16(count));
        bytes[] memory parts = new bytes[](15);
        uint256 used;
        for (uint256 i = 0; i < count; i++) {
            bytes memory tree = sparseTree(leaves, features, i);
            tree = abi.encodePacked(uint16(tree.length), tree);
            if (used == 0 && first.length + tree.length <= FOREST_BYTES) {
                first = bytes.concat(first, tree);
                continue;
            }
            if (used == 0 || parts[used - 1].length + tree.length > FOREST_BYTES) {
                parts[used++] = hex"ff";
            }
            parts[used - 1] = bytes.concat(parts[used - 1], tree);
        }
        chunks = new bytes[](used);
        for (uint256 i = 0; i < used; i++) {
            chunks[i] = parts[i];
        }
    }

    /// @dev Each node shares its leaves out at random.
    function sparseTree(uint256 leaves, uint256 slots, uint256 seed)
        internal
        pure
        returns (bytes memory)
    {
        uint256 random = draw(seed << 8 | 1);
        if (leaves == 1) return abi.encodePacked(int24(uint24(random)), uint8(252));
        uint256 onTrue = 1 + (random >> 128) % (leaves - 1);
        bytes memory one = sparseTree(onTrue, slots, uint256(keccak256(abi.encode(seed, true))));
        bytes memory other =
            sparseTree(leaves - onTrue, slots, uint256(keccak256(abi.encode(seed, false))));
        return abi.encodePacked(
            uint24(random % 0xfffffe) + 1,
            uint8(4 * ((random >> 64) % slots)),
            uint16(6 + one.length),
            one,
            other
        );
    }

    /// @dev A network of one or more hidden layers, whole. Every unit reads all it can; no feature is held in narrower limits
    /// than `span` wide around zero.
    function network(
        uint8 features,
        uint8[] memory units,
        uint8 lanes,
        uint256 bits,
        uint256 span,
        uint8 shift
    ) internal pure returns (bytes memory program) {
        program = head(3, 1, features, 40, 0, uint8(units.length), 100);
        program = bytes.concat(
            program,
            repeat(uint24(2 ** 23 - span / 2), features),
            repeat(uint24(span), features),
            repeat(uint24(span / 2), features)
        );
        for (uint256 i = 0; i < units.length; i++) {
            program = abi.encodePacked(program, lanes, units[i] / lanes, shift);
        }
        uint256 inputs = features;
        for (uint256 i = 0; i < units.length; i++) {
            uint256 words = 1 + inputs + (i + 1 == units.length ? 1 : 0);
            program = bytes.concat(program, rows(units[i] / lanes, words, lanes, bits, i));
            inputs = units[i];
        }
    }

    /// @dev Rows of a layer: biases, which have half a lane added, then weights, and outputs where `words` counts them.
    function rows(uint256 count, uint256 words, uint8 lanes, uint256 bits, uint256 seed)
        internal
        pure
        returns (bytes memory out)
    {
        out = new bytes(32 * count * words);
        for (uint256 i = 0; i < count * words; i++) {
            uint256 drawn;
            for (uint256 lane = 0; lane < lanes; lane++) {
                uint256 weight = draw(seed << 32 | i << 8 | lane);
                int256 value = int256(weight) >> (256 - bits);
                uint256 half = i % words == 0 ? 1 << (256 / lanes - 1) : 0;
                unchecked {
                    drawn += (uint256(value) + half) << (256 / lanes * lane);
                }
            }
            assembly ("memory-safe") {
                mstore(add(add(out, 32), shl(5, i)), drawn)
            }
        }
    }

    function repeat(uint24 value, uint256 count) internal pure returns (bytes memory out) {
        for (uint256 i = 0; i < count; i++) {
            out = abi.encodePacked(out, value);
        }
    }

    function input(uint256 count, uint256 seed) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < count; i++) {
            packed = abi.encodePacked(packed, uint24(draw(seed << 40 | i) | 1));
        }
    }

    function draw(uint256 seed) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }
}
