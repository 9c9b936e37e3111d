// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Verdict} from "../../../src/interfaces/IKernel.sol";
import {Position} from "../../../src/interfaces/ILendingMarket.sol";
import {AttackActs} from "./AttackActs.sol";
import {Design, Designs, Dice, DiceLib} from "./Designs.sol";

/// @notice How a play attacks.
enum Aim {
    CREDIT_OPEN,
    CREDIT_SEEN,
    SUP_RATE,
    BOR_RATE,
    BASELINE,
    CHURN,
    RANDOM
}

/// @notice A greedy play's knobs, which local search turns.
/// @param aim What it is after.
/// @param horizon H, and R where the guardian reacts; seconds.
/// @param ticks How often it acts within the horizon.
/// @param over How much more than fits is queued, percent.
/// @param stockAt When decisions queued before t₀ become ripe, percent of the horizon.
/// @param head How far m stands from 1 at t₀, percent of the corridor.
/// @param first First band to try.
/// @param noise Seed of the small choices.
struct Plan {
    Aim aim;
    uint256 horizon;
    uint256 ticks;
    uint256 over;
    uint256 stockAt;
    uint256 head;
    uint256 first;
    uint256 noise;
}

/// @notice What a play found: realised harm beside what `worstCase` said at t₀, and rules that did not hold.
/// @param bound Components in the order of `Aim`, then supplierLoss in place 5.
/// @param found The same, in loan-asset units.
/// @param most What `found` is at most, where it is an integral taken between two sums.
/// @param slack Write-offs, each of which rounds a debt up to a whole unit.
/// @param class Horizon: up to an hour, a day, a week.
/// @param broken A rule that did not hold.
struct Outcome {
    uint256[6] bound;
    uint256[6] found;
    uint256[6] most;
    uint256 slack;
    uint256 class;
    string broken;
}

/// @notice Whole attacks: a world, a start state, the attack until the horizon, and then time until all has come due.
abstract contract AttackPlays is AttackActs {
    using DiceLib for Dice;

    /// @dev Every play ends so: the answer survives, the world does not.
    error Played(Outcome outcome);

    uint256 internal constant MOST_LINES = 160;
    uint256 internal constant SUPPLIER_LOSS = 5;

    uint256 internal _next;

    // ── greedy ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Plays `plan` in the world of `seed`, and reverts with what it found.
    function play(uint256 seed, Plan calldata plan) external {
        vm.warp(START);
        Dice memory dice = Dice(seed);
        bool rate = plan.aim == Aim.SUP_RATE || plan.aim == Aim.BOR_RATE;
        if (rate) _build(Designs.rate(dice));
        else if (plan.aim == Aim.CHURN) _build(Designs.churn(dice));
        else _build(Designs.credit(dice));
        price = design.quantum * 1e18;
        dice.state = plan.noise;
        uint256 horizon = plan.horizon;
        // As late as the window, the guardian sees nothing in time, and the bound is creditOpen's.
        if (plan.aim == Aim.CREDIT_SEEN) {
            horizon = FixedPointMathLib.min(horizon, design.window - (plan.noise + 1) % 2);
        }
        if (rate) _attackRate(plan, dice);
        else if (plan.aim == Aim.BASELINE) _attackNothing(dice);
        else _attackCredit(plan, horizon);
        revert Played(_reckon(plan.aim));
    }

    function _attackCredit(Plan calldata plan, uint256 horizon) private {
        bool seen = plan.aim == Aim.CREDIT_SEEN;
        vm.warp(block.timestamp + design.driftTime);
        _setPrice(price);
        uint256 lead = FixedPointMathLib.min(horizon, design.window) * plan.stockAt / 100;
        if (plan.aim != Aim.CHURN) _stock(plan, FixedPointMathLib.min(horizon, design.window));
        _passCovered(block.timestamp + design.window - lead);
        _begin(horizon, horizon);
        uint256 from = block.timestamp;
        for (uint256 tick; tick <= plan.ticks; ++tick) {
            _passCovered(from + horizon * tick / plan.ticks);
            if (plan.aim == Aim.CHURN) {
                _defaultAll();
                _reopenAll(plan);
            }
            _executeAll();
            uint256 left = from + horizon - block.timestamp;
            _instants(plan);
            if (!seen && left >= design.window) _stock(plan, design.window);
            if (plan.aim == Aim.CHURN) _drawAll();
            _drain();
        }
        if (seen) {
            vm.prank(guardian);
            kernel.revokeMandate(address(actuator));
        }
    }

    /// @dev Queues what will fit into drift by the time it is ripe, and `over` percent of it.
    function _stock(Plan calldata plan, uint256 ahead) private {
        (uint256 room,, uint256 leak) = _free();
        room = (room + (leak * ahead >> 32)) * plan.over / 100;
        uint256 pending = _pending();
        uint256 band = plan.first;
        while (band < 3 && _next < MOST_LINES) {
            uint256 phi = _phi(band);
            if (phi == 0 || pending + phi > room) {
                ++band;
                continue;
            }
            address who = _borrower(_next++);
            uint8 verdict = _decideTerms(who, band);
            if (verdict == 0) return;
            if (verdict == Verdict.APPLIED) _drawMost(who);
            else waiting[waiting.length - 1].quote = phi;
            pending += phi;
        }
    }

    function _pending() private view returns (uint256 sum) {
        for (uint256 i; i < waiting.length; ++i) {
            if (!waiting[i].done) sum += waiting[i].quote;
        }
    }

    /// @dev Fills what the instant lane lets through now; once more than it should.
    function _instants(Plan calldata plan) private {
        uint256 band = plan.first;
        while (band < 3 && _next < MOST_LINES) {
            (uint256 drift, uint256 instant,) = _free();
            uint256 phi = _phi(band);
            if (phi == 0 || phi > FixedPointMathLib.min(drift, instant)) {
                ++band;
                continue;
            }
            address who = _borrower(_next++);
            if (_decideTerms(who, band) != Verdict.APPLIED) break;
            _drawMost(who);
        }
        if (_next >= MOST_LINES) return;
        address last = _borrower(_next++);
        if (_decideTerms(last, plan.first % 3) == Verdict.APPLIED) _drawMost(last);
    }

    function _executeAll() internal {
        for (uint256 i; i < waiting.length; ++i) {
            if (waiting[i].done) continue;
            if (_execute(i) && waiting[i].who != address(0)) _drawMost(waiting[i].who);
        }
    }

    /// @dev Lines that a default closed are asked for again, before anybody new gets one.
    function _reopenAll(Plan calldata plan) private {
        for (uint256 i; i < borrowers.length; ++i) {
            address who = borrowers[i];
            if (_termsOf(who).limit != 0 || market.position(who).shares != 0) continue;
            if (_decideTerms(who, plan.first) != Verdict.APPLIED) return;
            _drawMost(who);
        }
    }

    function _drawAll() private {
        for (uint256 i; i < borrowers.length; ++i) {
            _drawMost(borrowers[i]);
        }
    }

    /// @dev Whoever is late is put into default, at the worst price that σ allows.
    function _defaultAll() private {
        for (uint256 i; i < borrowers.length; ++i) {
            Position memory p = market.position(borrowers[i]);
            if (p.shares != 0 && block.timestamp > uint256(p.due) + design.grace) {
                _end(borrowers[i]);
            }
        }
    }

    // ── the rate ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function _attackRate(Plan calldata plan, Dice memory dice) private {
        _lendAll();
        bool down = plan.aim == Aim.SUP_RATE;
        uint256 edge = down ? design.low : design.high;
        uint256 start =
            down ? WAD - (WAD - edge) * plan.head / 100 : WAD + (edge - WAD) * plan.head / 100;
        for (uint256 i; i < 64 && plan.head != 0; ++i) {
            if (_steerTowards(start, start)) break;
            _pass(design.rateDelay);
        }
        if (plan.head != 0) _pass(design.rateDelay);
        _begin(plan.horizon, plan.horizon);
        uint256 from = block.timestamp;
        uint256 beat = FixedPointMathLib.min(design.rateDelay, design.tau);
        while (true) {
            _steerTowards(down ? design.minMultiplier : design.maxMultiplier, edge);
            uint256 left = from + plan.horizon - block.timestamp;
            if (left == 0) break;
            _pass(FixedPointMathLib.min(left, beat + dice.roll(0, plan.noise % 3)));
        }
        _pass(design.tau);
        _pass(design.tauR);
    }

    /// @dev One move of m: as far as wished, else to the corridor's edge, else one step. Whether it stands at the edge now.
    function _steerTowards(uint256 wished, uint256 edge) internal returns (bool) {
        uint256 m = kernel.valueOf(address(actuator), RATE, 0);
        if (_decideRate(wished) == 0 && (wished == edge || _decideRate(edge) == 0)) {
            uint256 to = edge > m
                ? FixedPointMathLib.min(edge, m + design.step)
                : FixedPointMathLib.max(edge, FixedPointMathLib.zeroFloorSub(m, design.step));
            if (_decideRate(to) == 0) _decideRate(m); // a null move is a heartbeat
        }
        return kernel.valueOf(address(actuator), RATE, 0) == edge;
    }

    /// @dev Borrowers draw all that the cap allows, and the curve climbs to r_cap.
    function _lendAll() internal {
        for (uint256 i; i < 8; ++i) {
            address who = _borrower(_next++);
            _decideTerms(who, 0);
            _drawMost(who);
        }
        _drain();
        _pass(10 days);
        for (uint256 i; i < 100 && market.borrowRate() < design.rateCap; ++i) {
            _pass(10 days);
        }
    }

    // ── no attack ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Lines are opened and drawn, and the agent does nothing from t₀ on: what is lost is the baseline.
    function _attackNothing(Dice memory dice) private {
        vm.warp(block.timestamp + design.driftTime);
        _setPrice(price);
        for (uint256 i; i < 40; ++i) {
            address who = _borrower(_next++);
            if (_decideTerms(who, dice.roll(0, 2)) == Verdict.APPLIED) {
                if (dice.maybe(90)) _drawMost(who);
                // A line that is cut under an open loan lends nothing more, and the loan is what it was.
                if (dice.maybe(30)) _decideTerms(who, 3);
            }
        }
        _drain();
        _begin(1 hours, 1 hours);
        _drawAll();
        _drain();
    }

    // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev All loans come due; what is left of them is weighed.
    function _reckon(Aim aim) internal returns (Outcome memory o) {
        for (uint256 n; n < 2 * MOST_LINES; ++n) {
            (address who, uint256 due) = _earliest();
            if (who == address(0)) break;
            _ripen(who, due);
        }
        _weigh(o, aim);
    }

    /// @dev Passes time up to `to`; loans that come to the end of T_liq on the way are ended there, as T_liq assumes.
    function _passCovered(uint256 to) internal {
        uint256 late = uint256(design.grace) + design.liquidationTime;
        while (firstDue + late <= to) {
            (address who, uint256 due) = _earliest();
            firstDue = due;
            if (who != address(0) && due + late <= to) _ripen(who, due);
        }
        if (block.timestamp < to) _pass(to - block.timestamp);
    }

    /// @dev Ends a loan T_liq after due and grace, at the worst price that σ allows.
    function _ripen(address who, uint256 due) private {
        uint256 at_ = due + design.grace;
        if (block.timestamp < at_) _pass(at_ - block.timestamp);
        uint256 edge = _edge(who);
        uint256 end = at_ + design.liquidationTime;
        if (block.timestamp < end) _pass(end - block.timestamp);
        _finish(who, edge);
        require(market.position(who).shares == 0, "a loan past T_liq stays open");
    }

    function _earliest() private view returns (address who, uint256 due) {
        due = type(uint128).max;
        for (uint256 i; i < borrowers.length; ++i) {
            Position memory p = market.position(borrowers[i]);
            if (p.shares != 0 && p.due < due) (who, due) = (borrowers[i], p.due);
        }
    }

    function _end(address who) internal {
        _finish(who, _edge(who));
    }

    /// @dev The lowest price at which the position is healthy now.
    function _edge(address who) private view returns (uint256) {
        Position memory p = market.position(who);
        uint256 bare = p.unsecured * design.quantum;
        uint256 debt = market.debtOf(who);
        if (p.collateral == 0 || p.lambdaBps == 0 || debt <= bare) return 1;
        uint256 value = FixedPointMathLib.fullMulDivUp(debt - bare, 10_000, p.lambdaBps) + 1;
        return FixedPointMathLib.fullMulDivUp(value, 1e36, p.collateral);
    }

    /// @dev Default at the shocked price: the shortfall counts from the last healthy price.
    function _finish(address who, uint256 edge) private {
        if (market.position(who).collateral == 0) return _declare(who);
        uint256 shocked = edge * (10_000 - design.shortfallBps) / 10_000;
        _setPrice(shocked == 0 ? 1 : shocked);
        _liquidate(who, type(uint256).max);
        if (market.position(who).shares != 0) _declare(who);
        _setPrice(price);
    }

    // ── random ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice A random world, a random start state, random acts of everybody; reverts with what was found.
    function playRandom(uint256 seed) external {
        vm.warp(START);
        Dice memory dice = Dice(seed);
        _build(_anyDesign(dice));
        price = design.quantum * 1e18;
        uint256 lines = dice.roll(2, 20);
        for (uint256 n = dice.roll(0, 20); n != 0; --n) {
            _act(dice, lines, block.timestamp + dice.roll(1, 1 days));
        }
        (uint256 horizon, bool seen) = _horizon(dice);
        _begin(horizon, horizon);
        uint256 end = block.timestamp + horizon;
        for (uint256 n = dice.roll(6, 36); n != 0; --n) {
            _act(dice, lines, end);
        }
        _passCovered(end);
        if (seen) _stop(dice);
        for (uint256 n = dice.roll(0, 8); n != 0; --n) {
            _borrow(dice, lines, block.timestamp + 1 days);
        }
        _passCovered(block.timestamp + design.tau);
        _passCovered(block.timestamp + design.tauR);
        Outcome memory o = _reckon(seen ? Aim.CREDIT_SEEN : Aim.CREDIT_OPEN);
        o.class = horizon <= 1 hours ? 0 : horizon <= 1 days ? 1 : 2;
        revert Played(o);
    }

    function _anyDesign(Dice memory dice) private pure returns (Design memory) {
        uint256 family = dice.roll(0, 9);
        if (family < 5) return Designs.random(dice);
        if (family < 7) return Designs.credit(dice);
        return family < 8 ? Designs.churn(dice) : Designs.rate(dice);
    }

    function _horizon(Dice memory dice) private view returns (uint256 horizon, bool seen) {
        uint256[3] memory most = [uint256(1 hours), 1 days, 7 days];
        uint256 class = dice.roll(0, 2);
        horizon = dice.roll(class == 0 ? 10 minutes : most[class - 1], most[class]);
        seen = dice.maybe(40);
        if (seen) horizon = FixedPointMathLib.min(horizon, design.window);
    }

    /// @dev One act of anybody, at or before `end`.
    function _act(Dice memory dice, uint256 lines, uint256 end) private {
        uint256 kind = dice.roll(0, 99);
        if (kind < 30) {
            address who = _borrower(dice.roll(0, lines));
            uint8 verdict = _decideTerms(who, dice.maybe(25) ? 3 : dice.roll(0, 2));
            if (verdict == Verdict.APPLIED && dice.maybe(70)) _drawMost(who);
        } else if (kind < 33) {
            _tighten(_borrower(dice.roll(0, lines)), dice.roll(1, 3));
        } else if (kind < 45) {
            _steerSomehow(dice);
        } else if (kind < 57) {
            if (waiting.length == 0) return;
            uint256 i = dice.roll(0, waiting.length - 1);
            if (_execute(i) && waiting[i].who != address(0)) _drawMost(waiting[i].who);
        } else {
            _borrow(dice, lines, end);
        }
    }

    function _steerSomehow(Dice memory dice) private {
        uint256 m = kernel.valueOf(address(actuator), RATE, 0);
        uint256 kind = dice.roll(0, 4);
        if (kind == 0) {
            _decideRate(dice.roll(design.low, design.high));
        } else if (kind == 1) {
            _decideRate(FixedPointMathLib.zeroFloorSub(m, design.step));
        } else if (kind == 2) {
            _decideRate(m + design.step);
        } else {
            _steerTowards(
                kind == 3 ? design.minMultiplier : design.maxMultiplier,
                kind == 3 ? design.low : design.high
            );
        }
    }

    /// @dev An act of borrowers, liquidators, suppliers or the market's price, or the passing of time.
    function _borrow(Dice memory dice, uint256 lines, uint256 end) private {
        address who = _borrower(dice.roll(0, lines));
        uint256 kind = dice.roll(0, 9);
        if (kind < 2) {
            _drawMost(who);
        } else if (kind == 2) {
            _drawUpTo(who, _termsOf(who), design.quantum * dice.roll(1, design.drift / 8));
        } else if (kind == 3) {
            _movePrice(_nextPrice(dice));
        } else if (kind == 4) {
            _repaySome(dice, who);
        } else if (kind == 5) {
            _withdrawCollateral(who, market.position(who).collateral / dice.roll(1, 10));
        } else if (kind == 6) {
            _drain();
        } else if (kind == 7) {
            dice.maybe(50) ? _end(who) : _declare(who);
        } else {
            _passCovered(_until(dice, end));
        }
    }

    /// @dev A fall stays within σ of where positions were last healthy.
    function _nextPrice(Dice memory dice) private view returns (uint256) {
        return price * dice.roll(10_000 - design.shortfallBps, 12_000) / 10_000 + 1;
    }

    function _repaySome(Dice memory dice, address who) private {
        uint256 debt = market.debtOf(who) / dice.roll(1, 4);
        if (debt != 0) market.repay(who, debt);
    }

    function _until(Dice memory dice, uint256 end) private view returns (uint256) {
        uint256 left = FixedPointMathLib.zeroFloorSub(end, block.timestamp);
        uint256 kind = dice.roll(0, 3);
        if (kind == 0) left = FixedPointMathLib.min(left, design.rateDelay);
        if (kind == 1) left = FixedPointMathLib.min(left, design.window);
        if (kind == 2) left = left / 8;
        return block.timestamp + (kind == 3 ? dice.roll(0, left) : left);
    }

    /// @dev The guardian has seen enough.
    function _stop(Dice memory dice) private {
        bool all = dice.maybe(50);
        vm.startPrank(guardian);
        if (all) kernel.revokeMandate(address(actuator));
        else kernel.revokeAgent(address(actuator), agents[0]);
        if (!all) kernel.revokeAgent(address(actuator), agents[1]);
        vm.stopPrank();
    }

    // ── what was found ───────────────────────────────────────────────────────────────────────────────────────────────

    function _weigh(Outcome memory o, Aim aim) private view {
        (uint256 excess, uint256 all) = _losses();
        o.slack = writeOffs;
        bool seen = aim == Aim.CREDIT_SEEN;
        uint256 credit = uint256(Aim.CREDIT_OPEN);
        _put(o, credit, harm.creditOpen, excess, excess);
        if (seen) _put(o, uint256(Aim.CREDIT_SEEN), harm.creditSeen, excess, excess);
        _put(o, uint256(Aim.SUP_RATE), harm.supRate, underPaid, underPaidMost);
        _put(o, uint256(Aim.BOR_RATE), harm.borRate, overCharged, overChargedMost);
        if (aim == Aim.BASELINE) _put(o, uint256(Aim.BASELINE), harm.baseline, all, all);
        _put(o, SUPPLIER_LOSS, harm.supplierLoss, all + underPaid, all + underPaidMost);
        o.broken = broken;
    }

    function _put(Outcome memory o, uint256 i, uint256 bound, uint256 found, uint256 most)
        private
        pure
    {
        (o.bound[i], o.found[i], o.most[i]) = (bound, found, most);
    }
}
