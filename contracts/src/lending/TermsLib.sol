// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice A borrower's terms, unpacked. L and U in quanta, c, λ and σ in basis points, tenor in hours.
struct Terms {
    uint48 limit;
    uint48 unsecured;
    uint16 factorBps;
    uint16 lambdaBps;
    uint16 spreadBps;
    uint16 tenorHours;
}

/// @notice The packing of terms: L 48 | U 48 | c 16 | λ 16 | σ 16 | tenor 16, lowest bit first.
library TermsLib {
    /// @notice Reads packed terms.
    function unpack(uint160 packed) internal pure returns (Terms memory t) {
        t.limit = uint48(packed);
        t.unsecured = uint48(packed >> 48);
        t.factorBps = uint16(packed >> 96);
        t.lambdaBps = uint16(packed >> 112);
        t.spreadBps = uint16(packed >> 128);
        t.tenorHours = uint16(packed >> 144);
    }

    /// @notice Writes terms.
    function pack(Terms memory t) internal pure returns (uint160) {
        return uint160(t.limit) | uint160(t.unsecured) << 48 | uint160(t.factorBps) << 96
            | uint160(t.lambdaBps) << 112 | uint160(t.spreadBps) << 128 | uint160(t.tenorHours)
            << 144;
    }

    /// @notice Whether any component of `to` is riskier than in `from`: a lower spread, or more of anything else.
    function riskier(uint160 from, uint160 to) internal pure returns (bool) {
        Terms memory a = unpack(from);
        Terms memory b = unpack(to);
        return b.limit > a.limit || b.unsecured > a.unsecured || b.factorBps > a.factorBps
            || b.lambdaBps > a.lambdaBps || b.spreadBps < a.spreadBps || b.tenorHours > a.tenorHours;
    }

    /// @notice Whether a market with these greatest values can carry the terms: an open line needs λ > c and a tenor.
    function carried(Terms memory t, uint256 maxLambda, uint256 maxSpread, uint256 maxTenor)
        internal
        pure
        returns (bool)
    {
        if (t.limit == 0) return true;
        return t.factorBps < t.lambdaBps && t.lambdaBps <= maxLambda && t.spreadBps <= maxSpread
            && t.tenorHours != 0 && t.tenorHours <= maxTenor;
    }
}
