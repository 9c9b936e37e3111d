// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {Band, ILendingActuator} from "../interfaces/ILendingActuator.sol";
import {TermsLib} from "./TermsLib.sol";

/// @notice The policy's bands, kept as contract code: `upTo` 24 | `forecast` 24 | `terms` 160 bits each, big-endian.
library BandsLib {
    uint256 private constant SIZE = 26;
    uint24 private constant CERTAIN = 1_000_000;

    /// @notice Checks that a worse forecast never earns riskier terms, and writes the bands.
    function store(Band[] memory bands) internal returns (address pointer) {
        bytes memory data;
        for (uint256 i; i < bands.length; ++i) {
            Band memory b = bands[i];
            if (i != 0) {
                Band memory last = bands[i - 1];
                bool ascends = b.upTo > last.upTo && b.forecast >= last.forecast;
                if (!ascends || TermsLib.riskier(last.terms, b.terms)) {
                    revert ILendingActuator.BandNotMonotone(i);
                }
            }
            if (b.forecast > CERTAIN) revert ILendingActuator.BandNotMonotone(i);
            data = abi.encodePacked(data, b.upTo, b.forecast, b.terms);
        }
        uint24 covered = bands.length == 0 ? 0 : bands[bands.length - 1].upTo;
        if (covered != CERTAIN) revert ILendingActuator.BandsIncomplete(covered, CERTAIN);
        return SSTORE2.write(data);
    }

    /// @notice The stored bands.
    function load(address pointer) internal view returns (Band[] memory bands) {
        bytes memory data = SSTORE2.read(pointer);
        bands = new Band[](data.length / SIZE);
        for (uint256 i; i < bands.length; ++i) {
            uint256 word;
            // Safe: the last band's word starts 26 bytes before the data's end, and memory beyond is only shifted out.
            assembly ("memory-safe") {
                word := mload(add(add(data, 32), mul(i, SIZE)))
            }
            bands[i] = Band(uint24(word >> 232), uint24(word >> 208), uint160(word >> 48));
        }
    }

    /// @notice The first band that a forecast falls into.
    function find(Band[] memory bands, uint256 ppm) internal pure returns (Band memory) {
        for (uint256 i; i < bands.length - 1; ++i) {
            if (ppm <= bands[i].upTo) return bands[i];
        }
        return bands[bands.length - 1];
    }

    /// @notice The forecast that stands for `terms`, or `otherwise` when they are no band's.
    function forecastOf(Band[] memory bands, uint160 terms, uint24 otherwise)
        internal
        pure
        returns (uint24)
    {
        for (uint256 i; i < bands.length; ++i) {
            if (bands[i].terms == terms) return bands[i].forecast;
        }
        return otherwise;
    }
}
