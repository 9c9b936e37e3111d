// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {console2} from "forge-std/Test.sol";
import {AttackPlays, Aim, Outcome, Plan} from "./AttackPlays.sol";
import {Dice, DiceLib} from "./Designs.sol";

/// @notice One line of the table.
/// @param runs Plays that were held to this bound.
/// @param sum Ratios of all of them, parts per million.
/// @param ppm Best ratio of harm found to bound, parts per million.
/// @param bound The bound of the best, loan-asset units.
/// @param found The harm of the best.
/// @param seed Seed of the best.
/// @param violations Plays that exceeded it.
struct Row {
    uint256 runs;
    uint256 sum;
    uint256 ppm;
    uint256 bound;
    uint256 found;
    uint256 seed;
    uint256 violations;
}

/// @notice Runs plays, keeps the best, and prints what they found.
/// @dev ATTACK_SEED is the first seed; run i has seed + i, so one run is played again with ATTACK_SEED=its seed and one run.
abstract contract AttackSearch is AttackPlays {
    using DiceLib for Dice;

    uint256 internal constant PPM = 1_000_000;

    string[6] private NAMES =
        ["creditOpen", "creditSeen", "supRate", "borRate", "baseline", "supplierLoss"];
    string[3] private HORIZONS = ["an hour", "a day", "a week"];

    Row[6][3] internal rows;
    uint256 internal violations;
    bool private _stopWhenFound;

    /// @dev ATTACK_MUTANT chooses the rule that a mutated copy of the contracts leaves out (tools/attack_mutations.py); the real
    /// contracts never look at the coinbase. A mutant is done with once it is found.
    function _start() internal {
        uint256 mutant = vm.envOr("ATTACK_MUTANT", uint256(0));
        vm.coinbase(address(uint160(mutant)));
        _stopWhenFound = mutant != 0;
        vm.pauseGasMetering();
    }

    function _done() private view returns (bool) {
        return _stopWhenFound && violations != 0;
    }

    function _seed() internal view returns (uint256) {
        return vm.envOr("ATTACK_SEED", uint256(1_000_000));
    }

    // ── one play ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function _outcome(bytes memory answer) internal pure returns (Outcome memory o) {
        if (bytes4(answer) != Played.selector) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        assembly ("memory-safe") {
            let size := sub(mload(answer), 4)
            answer := add(answer, 4)
            mstore(answer, size)
        }
        return abi.decode(answer, (Outcome));
    }

    function _played(uint256 seed, Plan memory plan) internal returns (Outcome memory) {
        try this.play(seed, plan) {}
        catch (bytes memory answer) {
            return _outcome(answer);
        }
        revert("a play that does not end");
    }

    function _playedRandom(uint256 seed) internal returns (Outcome memory) {
        try this.playRandom(seed) {}
        catch (bytes memory answer) {
            return _outcome(answer);
        }
        revert("a play that does not end");
    }

    /// @dev Books an outcome under a horizon: best ratios, violations, broken rules.
    function _score(uint256 seed, uint256 class, Outcome memory o) internal {
        for (uint256 i; i < 6; ++i) {
            if (o.bound[i] == 0 && o.most[i] == 0) continue;
            Row storage row = rows[class][i];
            ++row.runs;
            // A write-off rounds one loan's debt up by a unit; no bound of money counts that.
            if (o.most[i] > o.bound[i] + o.slack) {
                ++row.violations;
                _complain(seed, i, o);
            }
            uint256 ppm = _ratio(o, i);
            row.sum += ppm;
            if (ppm <= row.ppm) continue;
            (row.ppm, row.bound, row.found, row.seed) = (ppm, o.bound[i], o.found[i], seed);
        }
        if (bytes(o.broken).length == 0) return;
        ++violations;
        console2.log("VIOLATION seed", seed, o.broken);
    }

    function _complain(uint256 seed, uint256 i, Outcome memory o) private {
        ++violations;
        if (violations > 20) return;
        console2.log(string.concat("VIOLATION ", NAMES[i], ": seed"), seed);
        console2.log("  found, bound", o.most[i], o.bound[i]);
    }

    function _ratio(Outcome memory o, uint256 i) internal pure returns (uint256) {
        return o.bound[i] == 0 ? 0 : o.found[i] * PPM / o.bound[i];
    }

    // ── searches ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function _searchRandomly(uint256 runs) internal {
        for (uint256 i; i < runs && !_done(); ++i) {
            Outcome memory o = _playedRandom(_seed() + i);
            _score(_seed() + i, o.class, o);
        }
    }

    /// @dev In each world a plan, then the best plan with some knobs turned.
    function _searchGreedily(Aim aim, uint256 component, uint256 worlds, uint256 steps) internal {
        for (uint256 class; class < 3; ++class) {
            for (uint256 i; i < worlds; ++i) {
                _climb(aim, component, class, _seed() + i, steps);
            }
        }
    }

    function _climb(Aim aim, uint256 component, uint256 class, uint256 seed, uint256 steps)
        private
    {
        Dice memory dice = Dice(uint256(keccak256(abi.encode("plan", seed, class, aim))));
        Plan memory best = _plan(aim, class);
        uint256 top;
        for (uint256 step; step < steps && !_done(); ++step) {
            Plan memory plan = step == 0 ? best : _turned(best, dice);
            Outcome memory o = _played(seed, plan);
            _score(seed, class, o);
            uint256 ratio = _ratio(o, component);
            if (ratio > top) (top, best) = (ratio, plan);
        }
    }

    function _plan(Aim aim, uint256 class) private pure returns (Plan memory p) {
        uint256[3] memory horizons = [uint256(1 hours), 1 days, 7 days];
        uint256[3] memory ticks = [uint256(4), 24, 42];
        uint256 over = aim == Aim.CREDIT_SEEN ? 60 : 120;
        p = Plan(aim, horizons[class], ticks[class], over, 60, 0, 0, 0);
    }

    /// @dev The plan with one or two knobs turned.
    function _turned(Plan memory best, Dice memory dice) private pure returns (Plan memory p) {
        p = Plan(
            best.aim,
            best.horizon,
            best.ticks,
            best.over,
            best.stockAt,
            best.head,
            best.first,
            dice.roll(1, 1e9)
        );
        for (uint256 n = dice.roll(1, 2); n != 0; --n) {
            uint256 knob = dice.roll(0, 4);
            if (knob == 0) p.over = dice.roll(20, 300);
            else if (knob == 1) p.stockAt = dice.roll(0, 100);
            else if (knob == 2) p.head = dice.roll(0, 100);
            else if (knob == 3) p.first = dice.roll(0, 2);
            else p.ticks = dice.roll(2, 2 * best.ticks);
        }
    }

    // ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _print(string memory search) internal view {
        for (uint256 i; i < 6; ++i) {
            _printComponent(search, i);
        }
    }

    function _printComponent(string memory search, uint256 i) internal view {
        for (uint256 class; class < 3; ++class) {
            if (rows[class][i].runs != 0) _printRow(search, class, i);
        }
    }

    function _printRow(string memory search, uint256 class, uint256 i) private view {
        Row memory r = rows[class][i];
        string memory line = string.concat(
            "| ", search, " | ", NAMES[i], " | ", HORIZONS[class], " | ", vm.toString(r.bound)
        );
        line = string.concat(line, " | ", vm.toString(r.found), " | ", _percent(r.ppm));
        line = string.concat(line, " | ", _percent(r.sum / r.runs), " | ", vm.toString(r.runs));
        line = string.concat(line, " | ", vm.toString(r.seed), " | ", vm.toString(r.violations));
        console2.log(string.concat(line, " |"));
    }

    function _percent(uint256 ppm) private pure returns (string memory) {
        uint256 tenths = ppm / 1_000;
        return string.concat(vm.toString(tenths / 10), ".", vm.toString(tenths % 10), " %");
    }

    /// @dev The best over all horizons, parts per million.
    function _best(uint256 component) internal view returns (uint256 ppm) {
        for (uint256 class; class < 3; ++class) {
            if (rows[class][component].ppm > ppm) ppm = rows[class][component].ppm;
        }
    }
}
