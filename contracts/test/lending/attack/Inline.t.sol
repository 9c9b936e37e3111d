// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Verdict} from "../../../src/interfaces/IKernel.sol";
import {Aim, Outcome} from "./AttackPlays.sol";
import {Designs, Dice, DiceLib} from "./Designs.sol";
import {InlineWorld} from "./InlineWorld.sol";

/// @notice K-15 in the inline lane: the reports are true, and the thief chooses whom to bring, when, and what to keep quiet. The ratio is
/// reported; only the bound itself must hold.
contract InlineTest is InlineWorld {
    using DiceLib for Dice;

    function _worlds() private view returns (uint256) {
        return vm.envOr("ATTACK_WORLDS", uint256(1));
    }

    /// @dev Everybody who scores well is an accomplice.
    function test_K15_inline_accomplices() public {
        _search("inline, accomplices", 0);
    }

    function test_K15_inline_hundredApplicantsADay() public {
        _search("inline, 100 a day", 100);
    }

    function test_K15_inline_fiveHundredApplicantsADay() public {
        _search("inline, 500 a day", 500);
    }

    /// @dev The thief steers as often as the kernel lets him, at what the model says then.
    function test_K15_inline_rate() public {
        _start();
        for (uint256 i; i < 4 * _worlds(); ++i) {
            _playInlineRate(_seed() + i, true);
            _playInlineRate(_seed() + i, false);
        }
        _print("inline");
        assertEq(violations, 0, "violations");
    }

    function _search(string memory name, uint256 applicants) private {
        _start();
        for (uint256 i; i < _worlds(); ++i) {
            _playInline(_seed() + i, applicants, true);
            _playInline(_seed() + i, applicants, false);
        }
        _print(name);
        assertEq(violations, 0, "violations");
    }

    function _playInline(uint256 seed, uint256 applicants, bool seen) private {
        try this.playInline(seed, applicants, seen) {}
        catch (bytes memory answer) {
            _score(seed, 1, _outcome(answer));
        }
    }

    function _playInlineRate(uint256 seed, bool idle) private {
        try this.playInlineRate(seed, idle) {}
        catch (bytes memory answer) {
            _score(seed, 1, _outcome(answer));
        }
    }

    /// @notice A day with a stolen key: of those who apply, whoever will default and scores best comes first.
    /// @param applicants How many apply a day; zero means that everybody is an accomplice.
    /// @param seen Whether the guardian reacts at the day's end, or just before the window closes.
    function playInline(uint256 seed, uint256 applicants, bool seen) external {
        vm.warp(START);
        _build(Designs.credit(Dice(seed)));
        (price, crowd) = (design.quantum * 1e18, seed);
        vm.warp(block.timestamp + design.driftTime);
        _setPrice(price);
        uint256 horizon = 1 days;
        if (seen) horizon = FixedPointMathLib.min(horizon, design.window - 1);
        _begin(horizon, horizon);
        uint256 from = block.timestamp;
        for (uint256 tick; tick <= 24; ++tick) {
            _passCovered(from + horizon * tick / 24);
            _executeAll();
            _bring(applicants);
            _drain();
        }
        if (seen) {
            vm.prank(guardian);
            kernel.revokeMandate(address(actuator));
        }
        revert Played(_reckon(seen ? Aim.CREDIT_SEEN : Aim.CREDIT_OPEN));
    }

    /// @dev Brings as many as the instant lane takes and as the queue may let through, at most an hour's applicants.
    function _bring(uint256 applicants) private {
        uint256 tries = applicants == 0 ? 40 : (applicants + 23) / 24;
        uint256 stalled;
        for (uint256 i; i < tries && stalled < 3; ++i) {
            address who = address(uint160(0xc00000 + _next++));
            bool good = _probability(who, false) <= (applicants == 0 ? 0.25e18 : 0.75e18);
            if (!good || (applicants != 0 && !_defaults(who))) continue;
            uint256 waits = waiting.length;
            uint8 verdict = _decideTerms(_enrol(who), 0);
            if (verdict == Verdict.APPLIED) _drawMost(who);
            else if (waiting.length != waits) ++stalled;
        }
    }

    /// @notice Everybody who may borrow borrows, honestly; the thief beats as often as he likes, at what the model says then.
    /// @param idle Whether as much again lies idle as is lent, which calls for a lower rate.
    function playInlineRate(uint256 seed, bool idle) external {
        vm.warp(START);
        _build(Designs.rate(Dice(seed)));
        (price, crowd) = (design.quantum * 1e18, seed);
        for (uint256 i; i < 60; ++i) {
            address who = address(uint160(0xc00000 + _next++));
            if (_probability(who, false) > 0.75e18) continue;
            _decideTerms(_enrol(who), 0);
            _drawMost(who);
        }
        if (idle) market.deposit(market.totalDebt(), address(this));
        else _drain();
        _pass(10 days);
        _begin(1 days, 1 days);
        uint256 beat = FixedPointMathLib.min(design.rateDelay, design.tau);
        uint256 end = block.timestamp + 1 days;
        while (true) {
            _decideRate(0);
            if (block.timestamp == end) break;
            _pass(FixedPointMathLib.min(end - block.timestamp, beat));
        }
        _pass(design.tau);
        _pass(design.tauR);
        revert Played(_only(idle ? 2 : 3, _reckon(idle ? Aim.SUP_RATE : Aim.BOR_RATE)));
    }

    /// @dev What the play was after; the other components have lines of their own.
    function _only(uint256 i, Outcome memory all) private pure returns (Outcome memory o) {
        (o.bound[i], o.found[i], o.most[i]) = (all.bound[i], all.found[i], all.most[i]);
        (o.slack, o.broken) = (all.slack, all.broken);
    }
}
