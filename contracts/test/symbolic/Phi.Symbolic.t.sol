// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PhiLib} from "../../src/lending/PhiLib.sol";

/// @notice Halmos: φ bounds what one loan can lose, whatever the collateral, and grows with every term that is riskier when it grows.
/// @dev Limits in asset units, λ in basis points, k in WAD: the widths are those of a market's terms.
contract PhiSymbolicTest {
    uint256 private constant WAD = 1e18;

    /// K-15: the φ bound: min(L, U + λx) − k·x ≤ φ(L, U, λ) for every collateral x. Scaled by WAD, so that nothing rounds.
    /// @custom:proves PhiLib.phi
    /// @custom:width limit 96, unsecured 96, lambda 16, k 60, collateral 96
    function check_K15_phiBoundsTheLoss(
        uint96 limit,
        uint96 unsecured,
        uint16 lambdaBps,
        uint64 k,
        uint96 x
    ) external pure {
        if (k > WAD || lambdaBps == 0) return;
        uint256 phi = PhiLib.phi(limit, unsecured, lambdaBps, k);
        unchecked {
            uint256 line = uint256(unsecured) * WAD + uint256(lambdaBps) * 1e14 * x;
            uint256 owed = line < limit * WAD ? line : limit * WAD;
            assert(owed <= phi * WAD + uint256(k) * x);
        }
    }

    /// K-15: φ lies between min(L, U) and L.
    /// @custom:proves PhiLib.phi
    /// @custom:width limit 96, unsecured 96, lambda 16, k 60
    function check_K15_phiLiesWithinTheLine(
        uint96 limit,
        uint96 unsecured,
        uint16 lambdaBps,
        uint64 k
    ) external pure {
        if (k > WAD || k == 0) return;
        uint256 phi = PhiLib.phi(limit, unsecured, lambdaBps, k);
        assert(phi <= limit);
        assert(phi >= (limit < unsecured ? limit : unsecured));
    }

    /// L-7: φ rounds up: less than a unit above its closed form.
    /// @custom:proves PhiLib.phi
    /// @custom:width limit 96, unsecured 96, lambda 16, k 60
    function check_L7_phiRoundsUp(uint96 limit, uint96 unsecured, uint16 lambdaBps, uint64 k)
        external
        pure
    {
        uint256 lambda = uint256(lambdaBps) * 1e14;
        if (limit <= unsecured || lambda <= k) return;
        uint256 part = PhiLib.phi(limit, unsecured, lambdaBps, k) - unsecured;
        unchecked {
            uint256 n = uint256(limit - unsecured) * (lambda - k);
            assert(part * lambda >= n && part != 0 && (part - 1) * lambda < n);
        }
    }

    /// K-15: a larger limit never has the smaller φ.
    /// @custom:proves PhiLib.phi
    /// @custom:width limits 96, unsecured 96, lambda 16, k 60
    function check_K15_phiGrowsWithTheLimit(
        uint96 a,
        uint96 b,
        uint96 unsecured,
        uint16 lambdaBps,
        uint64 k
    ) external pure {
        if (a > b) return;
        assert(PhiLib.phi(a, unsecured, lambdaBps, k) <= PhiLib.phi(b, unsecured, lambdaBps, k));
    }

    /// K-15: a larger unsecured part never has the smaller φ.
    /// @custom:proves PhiLib.phi
    /// @custom:width limit 96, unsecured 96, lambda 16, k 60
    function check_K15_phiGrowsWithTheUnsecuredPart(
        uint96 limit,
        uint96 a,
        uint96 b,
        uint16 lambdaBps,
        uint64 k
    ) external pure {
        if (a > b) return;
        assert(PhiLib.phi(limit, a, lambdaBps, k) <= PhiLib.phi(limit, b, lambdaBps, k));
    }

    /// K-15: a larger liquidation threshold never has the smaller φ.
    /// @custom:proves PhiLib.phi
    /// @custom:width limit 96, unsecured 96, lambdas 16, k 60
    function check_K15_phiGrowsWithLambda(
        uint96 limit,
        uint96 unsecured,
        uint16 a,
        uint16 b,
        uint64 k
    ) external pure {
        if (a > b) return;
        assert(PhiLib.phi(limit, unsecured, a, k) <= PhiLib.phi(limit, unsecured, b, k));
    }
}
