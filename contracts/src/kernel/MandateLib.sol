// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMandateErrors as E} from "../interfaces/IKernel.sol";

/// @notice One component of a parameter's value, and what it may do.
/// @param offset Lowest bit.
/// @param width Bits.
/// @param kind 0 `UP`, 1 `DOWN`, 2 `TWO_SIDED`, 3 `FROZEN`.
/// @param min Least value.
/// @param max Greatest value.
/// @param step Greatest riskier move.
/// @param safeStep Greatest safer move.
struct Component {
    uint256 offset;
    uint256 width;
    uint256 kind;
    uint256 min;
    uint256 max;
    uint256 step;
    uint256 safeStep;
}

/// @title The mandate's bytes
/// @dev Big-endian and packed, as docs/design/0001-spine.md lays them out. Readers take bytes that `validate` has
/// accepted; a class, a predicate or a component is named by the memory address of its first byte.
library MandateLib {
    uint256 internal constant UP = 0;
    uint256 internal constant DOWN = 1;
    uint256 internal constant TWO_SIDED = 2;
    uint256 internal constant FROZEN = 3;

    uint8 internal constant MARKET_WIDE = 1;
    uint8 internal constant RESIDUAL = 2;
    uint8 internal constant NEEDS_SCORE = 4;

    uint256 internal constant HEAD = 53;
    uint256 internal constant CLASS = 23;
    uint256 internal constant COMPONENT = 51;
    uint256 internal constant TERM = 46;
    uint256 internal constant MOST_AGENTS = 16;
    uint256 internal constant MOST_CLASSES = 8;
    uint256 internal constant MOST_COMPONENTS = 8;
    uint256 internal constant MOST_LINEAR = 8;
    uint256 internal constant MOST_VIEWS = 2;
    uint256 internal constant MOST_NAME = 32;

    // ── head ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    function market(bytes memory m) internal pure returns (address) {
        return address(uint160(_head(m, 2, 20)));
    }

    function expiry(bytes memory m) internal pure returns (uint256) {
        return _head(m, 22, 5);
    }

    function window(bytes memory m) internal pure returns (uint256) {
        return _head(m, 27, 4);
    }

    function grace(bytes memory m) internal pure returns (uint256) {
        return _head(m, 31, 4);
    }

    function finality(bytes memory m) internal pure returns (uint256) {
        return _head(m, 35, 4);
    }

    function tau(bytes memory m) internal pure returns (uint256) {
        return _head(m, 39, 4);
    }

    function tauR(bytes memory m) internal pure returns (uint256) {
        return _head(m, 43, 4);
    }

    function exitReserveBps(bytes memory m) internal pure returns (uint256) {
        return _head(m, 47, 2);
    }

    function agents(bytes memory m) internal pure returns (uint256) {
        return _head(m, 49, 1);
    }

    function classes(bytes memory m) internal pure returns (uint256) {
        return _head(m, 50, 1);
    }

    function linears(bytes memory m) internal pure returns (uint256) {
        return _head(m, 51, 1);
    }

    function views(bytes memory m) internal pure returns (uint256) {
        return _head(m, 52, 1);
    }

    function agentAt(bytes memory m, uint256 index) internal pure returns (address) {
        return address(uint160(_head(m, HEAD + 20 * index, 20)));
    }

    /// @notice Index of an agent plus one, or zero.
    function indexOf(bytes memory m, address agent) internal pure returns (uint256 index) {
        uint256 n = agents(m);
        assembly ("memory-safe") {
            let place := add(m, 85)
            for { let i := 0 } lt(i, n) { i := add(i, 1) } {
                if eq(shr(96, mload(add(place, mul(i, 20)))), shr(96, shl(96, agent))) {
                    index := add(i, 1)
                    break
                }
            }
        }
    }

    // ── classes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    // Getters read a word and shift by constants: a class is looked at many times in a decision.

    /// @notice Where the first class begins.
    function firstClass(bytes memory m) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := add(m, add(85, mul(20, byte(17, mload(add(m, 64)))))) // 32 + HEAD, and 20 an agent
        }
    }

    /// @notice Where the class after this one, or the first predicate, begins.
    function nextClass(uint256 place) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            next := add(add(place, 23), mul(51, byte(2, mload(place))))
        }
    }

    /// @notice Where class `id` begins, or zero.
    function findClass(bytes memory m, uint8 id) internal pure returns (uint256 place) {
        uint256 left = classes(m);
        place = firstClass(m);
        assembly ("memory-safe") {
            for {} left { left := sub(left, 1) } {
                let head := mload(place)
                if eq(byte(0, head), and(id, 0xff)) { break }
                place := add(add(place, 23), mul(51, byte(2, head)))
            }
            place := mul(place, iszero(iszero(left)))
        }
    }

    /// @notice How many classes stand before the one at `place`.
    function indexOfClass(bytes memory m, uint256 place) internal pure returns (uint256 index) {
        uint256 at = firstClass(m);
        assembly ("memory-safe") {
            for {} lt(at, place) { index := add(index, 1) } {
                at := add(add(at, 23), mul(51, byte(2, mload(at))))
            }
        }
    }

    function classId(uint256 place) internal pure returns (uint8 x) {
        assembly ("memory-safe") {
            x := byte(0, mload(place))
        }
    }

    function flags(uint256 place) internal pure returns (uint8 x) {
        assembly ("memory-safe") {
            x := byte(1, mload(place))
        }
    }

    function components(uint256 place) internal pure returns (uint256 x) {
        assembly ("memory-safe") {
            x := byte(2, mload(place))
        }
    }

    function modelSlot(uint256 place) internal pure returns (uint32) {
        return uint32(_word(place) >> 200);
    }

    function signerSet(uint256 place) internal pure returns (uint32) {
        return uint32(_word(place) >> 168);
    }

    function greatestAge(uint256 place) internal pure returns (uint256) {
        return uint32(_word(place) >> 136);
    }

    function delay(uint256 place) internal pure returns (uint256) {
        return uint32(_word(place) >> 104);
    }

    function averaging(uint256 place) internal pure returns (uint256) {
        return uint32(_word(place) >> 72);
    }

    function marketWide(uint256 place) internal pure returns (bool) {
        return flags(place) & MARKET_WIDE != 0;
    }

    function residual(uint256 place) internal pure returns (bool) {
        return flags(place) & RESIDUAL != 0;
    }

    /// @notice The component of class `place` with this index.
    function component(uint256 place, uint256 index) internal pure returns (Component memory c) {
        assembly ("memory-safe") {
            let at_ := add(add(place, 23), mul(51, index))
            let first := mload(at_)
            let second := mload(add(at_, 27))
            mstore(c, byte(0, first))
            mstore(add(c, 32), byte(1, first))
            mstore(add(c, 64), byte(2, first))
            mstore(add(c, 96), and(shr(136, first), 0xffffffffffffffffffffffff))
            mstore(add(c, 128), and(shr(40, first), 0xffffffffffffffffffffffff))
            mstore(add(c, 160), shr(160, second))
            mstore(add(c, 192), and(shr(64, second), 0xffffffffffffffffffffffff))
        }
    }

    /// @notice Whether a component of the class is two-sided, so that its moves are measured from the fallback.
    function twoSided(uint256 place) internal pure returns (bool found) {
        assembly ("memory-safe") {
            let end := add(place, mul(51, byte(2, mload(place))))
            for {} lt(place, end) { place := add(place, 51) } {
                // The kind is the component's third byte, 23 + 2 behind the class's first.
                if eq(byte(25, mload(place)), 2) { found := 1 }
            }
        }
    }

    /// @notice Kind, least and greatest value of the component that begins at `at`.
    function corridor(uint256 at) internal pure returns (uint256 kind, uint256 min, uint256 max) {
        assembly ("memory-safe") {
            let word := mload(at)
            kind := byte(2, word)
            min := and(shr(136, word), 0xffffffffffffffffffffffff)
            max := and(shr(40, word), 0xffffffffffffffffffffffff)
        }
    }

    /// @notice Greatest riskier and safer move of the component that begins at `at`.
    function steps(uint256 at) internal pure returns (uint256 step, uint256 safeStep) {
        assembly ("memory-safe") {
            let word := mload(add(at, 27))
            step := shr(160, word)
            safeStep := and(shr(64, word), 0xffffffffffffffffffffffff)
        }
    }

    /// @notice The part of a packed value that the component which begins at `at` covers.
    function part(uint160 value, uint256 at) internal pure returns (uint256 x) {
        assembly ("memory-safe") {
            let word := mload(at)
            x := and(shr(byte(0, word), value), sub(shl(byte(1, word), 1), 1))
        }
    }

    /// @notice The component's part of a packed value.
    function part(uint160 value, Component memory c) internal pure returns (uint256) {
        unchecked {
            return uint256(value) >> c.offset & (1 << c.width) - 1; // a width is at most 96
        }
    }

    // ── predicates ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Where the first linear predicate begins.
    function firstLinear(bytes memory m) internal pure returns (uint256 place) {
        uint256 n = classes(m);
        place = firstClass(m);
        for (uint256 i; i < n; ++i) {
            place = nextClass(place);
        }
    }

    function terms(uint256 place) internal pure returns (uint256) {
        return _read(place, 1);
    }

    function bound(uint256 place) internal pure returns (int256) {
        return int128(uint128(_read(place + 1, 16)));
    }

    function term(uint256 place, uint256 index)
        internal
        pure
        returns (uint8 class, bytes32 subject, uint256 component_, int256 coefficient)
    {
        place += 17 + TERM * index;
        class = uint8(_read(place, 1));
        subject = bytes32(_word(place + 1));
        component_ = _read(place + 33, 1);
        coefficient = int96(uint96(_read(place + 34, 12)));
    }

    /// @notice Where the linear predicate after this one, or the first view, begins.
    function nextLinear(uint256 place) internal pure returns (uint256) {
        return place + 17 + TERM * terms(place);
    }

    function viewAt(uint256 place)
        internal
        pure
        returns (address target, uint256 stipend, string memory name)
    {
        target = address(uint160(_read(place, 20)));
        stipend = _read(place + 20, 4);
        name = _text(place + 25, _read(place + 24, 1));
    }

    function nextView(uint256 place) internal pure returns (uint256) {
        return place + 25 + _read(place + 24, 1);
    }

    // ── validation ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Reverts unless the bytes are a canonical mandate that this kernel can keep.
    /// @param minDelay D_m, in seconds: no window may be longer.
    function validate(bytes memory m, uint256 minDelay) internal pure {
        require(m.length >= HEAD, E.MandateLength(m.length, HEAD));
        _validateHead(m, minDelay);
        uint256 end = _end(m);
        uint256 place = firstClass(m);
        _within(place, end, m);
        uint256 previous;
        for (uint256 i; i < classes(m); ++i) {
            _within(place + CLASS, end, m);
            _within(nextClass(place), end, m);
            require(classId(place) > previous, E.NotAscending(classId(place), previous));
            previous = classId(place);
            _validateClass(place);
            place = nextClass(place);
        }
        for (uint256 i; i < linears(m); ++i) {
            _within(place + 17, end, m);
            _within(nextLinear(place), end, m);
            _validateLinear(m, place);
            place = nextLinear(place);
        }
        for (uint256 i; i < views(m); ++i) {
            _within(place + 25, end, m);
            _within(nextView(place), end, m);
            _count(_read(place + 24, 1), 1, MOST_NAME);
            place = nextView(place);
        }
        require(place == end, E.MandateLength(m.length, m.length - (end - place)));
    }

    function _validateHead(bytes memory m, uint256 minDelay) private pure {
        uint8 version = uint8(m[0]);
        require(version == 1, E.MandateVersion(version));
        require(uint8(m[1]) == 1, E.MandateMode(uint8(m[1])));
        uint256 window_ = window(m);
        require(window_ <= minDelay, E.WindowTooLong(window_, minDelay));
        require(grace(m) <= window_ / 4, E.GraceTooLong(grace(m), window_ / 4));
        require(finality(m) >= window_, E.FinalityTooShort(finality(m), window_));
        require(exitReserveBps(m) <= 10_000, E.ReserveTooLarge(exitReserveBps(m), 10_000));
        _count(agents(m), 0, MOST_AGENTS);
        _count(classes(m), 1, MOST_CLASSES);
        _count(linears(m), 0, MOST_LINEAR);
        _count(views(m), 0, MOST_VIEWS);
        uint256 end = _end(m);
        _within(firstClass(m), end, m);
        uint256 previous;
        for (uint256 i; i < agents(m); ++i) {
            uint256 agent = uint160(agentAt(m, i));
            require(agent > previous, E.NotAscending(agent, previous));
            previous = agent;
        }
    }

    function _validateClass(uint256 place) private pure {
        require(flags(place) < 8, E.ClassFlags(flags(place)));
        _count(components(place), 1, MOST_COMPONENTS);
        require(delay(place) > 0, E.ZeroDelay(classId(place)));
        // A decision without a report of its own is counted by epochs.
        require(
            averaging(place) > 0 || !(marketWide(place) || signerSet(place) == 0),
            E.NoAveraging(classId(place))
        );
        uint256 free;
        for (uint256 i; i < components(place); ++i) {
            Component memory c = component(place, i);
            require(c.offset >= free, E.NotAscending(c.offset, free));
            require(
                c.width > 0 && c.width <= 96 && c.offset + c.width <= 160,
                E.ComponentWidth(c.offset + c.width, 160)
            );
            free = c.offset + c.width;
            require(c.kind <= FROZEN, E.UnknownKind(uint8(c.kind)));
            require(c.min <= c.max, E.CorridorEmpty(c.min, c.max));
            require(c.max >> c.width == 0, E.CorridorTooWide(c.max, c.width));
        }
        if (residual(place)) _validateResidual(place);
    }

    function _validateResidual(uint256 place) private pure {
        Component memory c = component(place, 0);
        bool fits = marketWide(place) && components(place) == 1 && c.offset == 0
            && c.kind == TWO_SIDED && c.min <= 1e18 && c.max >= 1e18;
        require(fits, E.ResidualShape(classId(place)));
    }

    function _validateLinear(bytes memory m, uint256 place) private pure {
        _count(terms(place), 1, 255);
        for (uint256 i; i < terms(place); ++i) {
            (uint8 class,, uint256 index,) = term(place, i);
            uint256 spec = findClass(m, class);
            require(spec != 0, E.UnknownTerm(class));
            _count(index, 0, components(spec) - 1);
        }
    }

    function _count(uint256 given, uint256 least, uint256 most) private pure {
        require(given >= least && given <= most, E.MandateCount(given, least, most));
    }

    /// @dev Reverts when `place`, where something would end, lies behind the bytes.
    function _within(uint256 place, uint256 end, bytes memory m) private pure {
        require(place <= end, E.MandateLength(m.length, m.length + place - end));
    }

    function _end(bytes memory m) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            end := add(add(m, 32), mload(m))
        }
    }

    // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function _head(bytes memory m, uint256 offset, uint256 size) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            x := shr(sub(256, shl(3, size)), mload(add(add(m, 32), offset)))
        }
    }

    function _read(uint256 place, uint256 size) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            x := shr(sub(256, shl(3, size)), mload(place))
        }
    }

    function _word(uint256 place) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            x := mload(place)
        }
    }

    function _text(uint256 place, uint256 length) private pure returns (string memory text) {
        bytes memory buffer = new bytes(length);
        for (uint256 i; i < length; ++i) {
            buffer[i] = bytes1(uint8(_read(place + i, 1)));
        }
        return string(buffer);
    }
}
