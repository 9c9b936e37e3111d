// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ExpLib} from "./ExpLib.sol";

/// @notice The potential of a credit line: the most that one loan can lose, before the growth bound G.
/// @dev φ = max over x ≥ 0 of min(L, U + λx) − k·x, in closed form. Everything is rounded up, k down.
library PhiLib {
    uint256 internal constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    /// @dev WAD per basis point.
    uint256 private constant WAD_BPS = 1e14;

    /// @notice φ(L, U, λ), asset units, rounded up.
    /// @param recovery k, WAD.
    function phi(uint256 limit, uint256 unsecured, uint256 lambdaBps, uint256 recovery)
        internal
        pure
        returns (uint256)
    {
        if (limit <= unsecured) return limit;
        uint256 lambda = lambdaBps * WAD_BPS;
        if (lambda <= recovery) return unsecured;
        return
            unsecured + FixedPointMathLib.fullMulDivUp(limit - unsecured, lambda - recovery, lambda);
    }

    /// @notice What a move of the terms is charged: max(0, φ_new − φ_old).
    function charge(uint256 phiNew, uint256 phiOld) internal pure returns (uint256) {
        return phiNew > phiOld ? phiNew - phiOld : 0;
    }

    /// @notice G = exp(r̄·time), WAD, rounded up; saturates at e⁶⁴.
    /// @param rateBound r̄, WAD per second.
    function growth(uint256 rateBound, uint256 time) internal pure returns (uint256) {
        return ExpLib.growUp(
            WAD, FixedPointMathLib.saturatingMul(rateBound * WAD, time), type(uint128).max
        );
    }

    /// @notice k = (1 − σ)/((1 + β)·G), WAD, rounded down.
    function recoveryOf(uint256 shortfallBps, uint256 bonusBps, uint256 growthBound)
        internal
        pure
        returns (uint256)
    {
        return (BPS - shortfallBps) * WAD * WAD / ((BPS + bonusBps) * growthBound);
    }
}
