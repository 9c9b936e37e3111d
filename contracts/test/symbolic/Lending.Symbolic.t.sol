// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PhiLib} from "../../src/lending/PhiLib.sol";
import {PolicyLib} from "../../src/lending/PolicyLib.sol";
import {TermsLib} from "../../src/lending/TermsLib.sol";

/// @notice Halmos: charges telescope and cover the growth of φ*, direction is total, proposals keep step and corridor.
contract LendingSymbolicTest {
    /// K-23: charges of a way split anywhere are at least the direct charge.
    /// @custom:proves PhiLib.charge
    /// @custom:width 96, the harm unit's
    function check_K23_chargeTelescopes(uint96 a, uint96 b, uint96 c) external pure {
        assert(PhiLib.charge(b, a) + PhiLib.charge(c, b) >= PhiLib.charge(c, a));
    }

    /// K-15: φ* grows by no more than the charge: max(new, loan) ≤ max(old, loan) + charge.
    /// @custom:proves PhiLib.charge
    /// @custom:width 128
    function check_K15_riskGrowsByNoMoreThanTheCharge(uint128 old, uint128 fresh, uint128 loan)
        external
        pure
    {
        uint256 before = old > loan ? old : loan;
        uint256 now_ = fresh > loan ? fresh : loan;
        assert(now_ <= before + PhiLib.charge(fresh, old));
    }

    /// K-16: "riskier" is never blind: equal terms are not riskier, and a move each way is riskier one way at least when it moves.
    /// @custom:proves TermsLib.riskier
    /// @custom:width 160
    function check_K16_directionIsTotal(uint160 a, uint160 b) external pure {
        assert(!TermsLib.riskier(a, a));
        if (a != b) assert(TermsLib.riskier(a, b) || TermsLib.riskier(b, a));
    }

    /// K-16: packing loses nothing.
    /// @custom:proves TermsLib.pack, TermsLib.unpack
    /// @custom:width 160
    function check_K16_packingIsExact(uint160 a) external pure {
        assert(TermsLib.pack(TermsLib.unpack(a)) == a);
    }

    /// K-3: a proposed multiplier stays in its corridor, and a riskier one within the step.
    /// @custom:proves PolicyLib.steer, PolicyLib.steersAway
    /// @custom:width 96
    function check_K3_steerStaysWithinStepAndCorridor(uint96 target, uint96 present, uint96 step)
        external
        pure
    {
        if (present < 0.5e18 || present > 2e18) return;
        uint256 to = PolicyLib.steer(target, present, step, 0.5e18, 2e18);
        assert(to >= 0.5e18 && to <= 2e18);
        uint256 moved = to > present ? to - present : present - to;
        if (PolicyLib.steersAway(present, to)) assert(moved <= step);
    }
}
