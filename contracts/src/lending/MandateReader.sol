// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Reads from a mandate's code the few figures that the lending economy needs; the layout is the spine's section 4.
/// @dev Never reverts: an absent, short or foreign mandate reads as zeros.
library MandateReader {
    uint256 private constant WINDOW_AT = 27;
    uint256 private constant TAU_AT = 39;
    uint256 private constant COUNTS_AT = 49;
    uint256 private constant AGENTS_AT = 53;
    uint256 private constant AGENT_SIZE = 20;
    uint256 private constant CLASS_SIZE = 23;
    uint256 private constant DELAY_AT = 15;
    uint256 private constant COMPONENT_SIZE = 51;

    /// @notice Rules of a class with one component.
    /// @param delay Seconds between riskier moves.
    /// @param min Corridor.
    /// @param max Corridor.
    /// @param step Greatest riskier move.
    struct Scalar {
        uint256 delay;
        uint256 min;
        uint256 max;
        uint256 step;
    }

    /// @notice How long a decision that does not fit the instant lane waits, seconds.
    function window(address code) internal view returns (uint32) {
        return uint32(_word(code, WINDOW_AT) >> 224);
    }

    /// @notice Heartbeat τ and slew τ_r, seconds.
    function ramp(address code) internal view returns (uint32 tau, uint32 tauR) {
        uint256 word = _word(code, TAU_AT);
        return (uint32(word >> 224), uint32(word >> 192));
    }

    /// @notice The first component of `class`; zeros when the mandate has no such class.
    function scalar(address code, uint8 class) internal view returns (Scalar memory s) {
        uint256 counts = _word(code, COUNTS_AT);
        uint256 cursor = AGENTS_AT + (counts >> 248) * AGENT_SIZE;
        uint256 classes = uint8(counts >> 240);
        for (; classes != 0; --classes) {
            uint256 head = _word(code, cursor);
            if (head >> 248 != class) {
                cursor += CLASS_SIZE + uint8(head >> 232) * COMPONENT_SIZE;
                continue;
            }
            s.delay = uint32(_word(code, cursor + DELAY_AT) >> 224);
            cursor += CLASS_SIZE + 3; // offset, width, kind
            s.min = _word(code, cursor) >> 160;
            s.max = _word(code, cursor + 12) >> 160;
            s.step = _word(code, cursor + 24) >> 160;
            return s;
        }
    }

    /// @dev 32 bytes of the mandate from `offset`; the code begins with a zero byte that is not part of it.
    function _word(address code, uint256 offset) private view returns (uint256 word) {
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(code, 0, add(offset, 1), 32)
            word := mload(0)
        }
    }
}
