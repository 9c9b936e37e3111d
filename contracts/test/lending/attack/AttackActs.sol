// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Vm} from "forge-std/Test.sol";
import {Allowance, ModelDecision, Verdict} from "../../../src/interfaces/IKernel.sol";
import {Position} from "../../../src/interfaces/ILendingMarket.sol";
import {Record} from "../../../src/interfaces/IRecords.sol";
import {Harm} from "../../../src/interfaces/IWorstCase.sol";
import {AdaptiveCurveLib} from "../../../src/lending/AdaptiveCurveLib.sol";
import {PhiLib} from "../../../src/lending/PhiLib.sol";
import {Curve, Ramp, RateLib} from "../../../src/lending/RateLib.sol";
import {Terms, TermsLib} from "../../../src/lending/TermsLib.sol";
import {AttackWorld} from "./AttackWorld.sol";

/// @notice What the adversary can do, and the books of an outsider about it: realised loss per borrower, interest moved from
/// one side to the other, and rules that must have held.
/// @dev Suppliers bring cash exactly when a draw needs it and take out what is free, so that all is lent.
abstract contract AttackActs is AttackWorld {
    /// @dev A queued decision.
    struct Waiting {
        Record record;
        address who;
        uint40 eta;
        uint256 quote;
        bool done;
    }

    address[] internal borrowers;
    mapping(address who => bool) private _known;
    mapping(address who => uint256) internal lossOf;
    mapping(address who => uint256) internal riskAtStart;
    Waiting[] internal waiting;
    uint256 internal price;
    uint256 private _turn;

    /// @dev No loan falls due before this.
    uint256 internal firstDue = type(uint128).max;

    Harm internal harm;
    bool internal counting;
    uint256 internal underPaid;
    uint256 internal underPaidMost;
    uint256 internal overCharged;
    uint256 internal overChargedMost;
    uint256 internal writeOffs;
    string internal broken;

    // ── the agent ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _borrower(uint256 i) internal returns (address) {
        return _enrol(address(uint160(0xb00000 + i)));
    }

    function _enrol(address who) internal returns (address) {
        if (_known[who]) return who;
        _known[who] = true;
        borrowers.push(who);
        return who;
    }

    /// @dev Terms of a band for `who`: applied, queued (then it waits in `waiting`) or refused.
    function _decideTerms(address who, uint256 band) internal returns (uint8 verdict) {
        Position memory before = market.position(who);
        verdict = _decide(_anAgent(), _application(who, band), who);
        if (verdict == Verdict.APPLIED) _watchSnapshot(who, before);
    }

    /// @dev Somebody without standing brings the report; only what is safer may come of it.
    function _tighten(address who, uint256 band) internal {
        Position memory before = market.position(who);
        if (_decide(address(this), _application(who, band), who) == Verdict.APPLIED) {
            _watchSnapshot(who, before);
        }
    }

    /// @dev A report on `who` from which the model makes `band`.
    function _application(address who, uint256 band)
        internal
        virtual
        returns (ModelDecision memory d)
    {
        models.set(int256((band + 1) * 0.25e18));
        d.market = address(actuator);
        d.class = TERMS;
        d.subject = _subject(who);
        d.generation = type(uint24).max;
        d.report.subject = d.subject;
        d.report.sequence = kernel.parameter(d.market, TERMS, d.subject).sequence + 1;
        d.report.signerSet = SET;
        d.report.schemaHash = SCHEMA;
        d.report.market = d.market;
        d.report.issuedAt = uint40(block.timestamp);
        d.report.expiresAt = uint40(block.timestamp);
    }

    function _decideRate(uint256 target) internal returns (uint8) {
        models.set(int256(target));
        ModelDecision memory d;
        d.market = address(actuator);
        d.class = RATE;
        d.generation = type(uint24).max;
        d.epoch = uint32(block.timestamp / design.averaging);
        return _decide(_anAgent(), d, address(0));
    }

    function _anAgent() private returns (address) {
        return agents[_turn++ % 2];
    }

    function _decide(address by, ModelDecision memory d, address who)
        private
        returns (uint8 verdict)
    {
        (bytes27 previous,) = kernel.head(d.market);
        vm.recordLogs();
        vm.prank(by);
        try kernel.decide(d) returns (uint8 verdict_, uint40 sequence) {
            verdict = verdict_;
            if (verdict == Verdict.QUEUED) _note(previous, sequence, who);
        } catch {}
    }

    function _note(bytes27 previous, uint40 sequence, address who) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != address(kernel)) continue;
            (uint8 kind,, bytes memory body) = abi.decode(logs[i].data, (uint8, bytes32, bytes));
            Waiting storage w = waiting.push();
            w.record = Record(previous, sequence, kind, uint40(block.timestamp), body);
            (w.who, w.eta) = (who, uint40(block.timestamp) + design.window);
            return;
        }
    }

    /// @dev Tries to end a queued decision, whether or not its time has come.
    function _execute(uint256 i) internal returns (bool applied) {
        Waiting storage w = waiting[i];
        Position memory before = market.position(w.who);
        try kernel.execute(address(actuator), w.record) returns (uint8 verdict, uint40) {
            w.done = true;
            applied = verdict == Verdict.APPLIED;
            if (applied) _watchSnapshot(w.who, before);
        } catch {}
    }

    // ── borrowers, liquidators, prices ───────────────────────────────────────────────────────────────────────────────

    /// @dev The band's potential φ, loan-asset units.
    function _phi(uint256 band) internal view returns (uint256) {
        Terms memory t = TermsLib.unpack(design.bands[band]);
        uint256 q = design.quantum;
        return PhiLib.phi(t.limit * q, t.unsecured * q, t.lambdaBps, market.recovery());
    }

    /// @dev Draws what loses most: all of the line, or only its unsecured part where collateral is worth more than it lends.
    function _drawMost(address who) internal returns (bool) {
        Terms memory t = _termsOf(who);
        if (t.limit == 0) return false;
        uint256 most = t.limit * design.quantum;
        uint256 bare = FixedPointMathLib.min(most, t.unsecured * design.quantum);
        bool all = uint256(t.lambdaBps) * 1e14 > market.recovery() || bare == 0;
        return _drawUpTo(who, t, all ? most : bare);
    }

    /// @dev Draws until the debt is `target`, on the least collateral that the factor allows.
    function _drawUpTo(address who, Terms memory t, uint256 target) internal returns (bool) {
        uint256 debt = market.debtOf(who);
        if (debt >= target) return false;
        _cover(who, t, target);
        uint256 amount = target - debt;
        if (_draw(who, amount) || (amount > 1 && _draw(who, amount - 1))) return true;
        uint256 used = market.totalDebt() + 1 + market.realisedLosses();
        uint256 cap = design.borrowCap * design.quantum;
        return used < cap && cap - used < amount && _draw(who, cap - used);
    }

    function _cover(address who, Terms memory t, uint256 target) private {
        uint256 bare = t.unsecured * design.quantum;
        if (target <= bare || t.factorBps == 0) return;
        uint256 value = FixedPointMathLib.fullMulDivUp(target - bare, 10_000, t.factorBps) + 1;
        uint256 needed = FixedPointMathLib.fullMulDivUp(value, 1e36, price);
        uint256 held = market.position(who).collateral;
        if (needed > held) market.addCollateral(who, needed - held);
    }

    function _draw(address who, uint256 amount) internal returns (bool ok) {
        uint256 cash = market.cash();
        // In a vault that was wiped out again and again, a share becomes worth too little to count.
        if (cash < amount) {
            try market.deposit(amount - cash, address(this)) {} catch {}
        }
        Position memory before = market.position(who);
        vm.prank(who);
        try market.draw(amount, type(uint16).max, address(this)) {
            ok = true;
            firstDue = FixedPointMathLib.min(firstDue, market.position(who).due);
            _watchDraw(who, before);
        } catch {}
    }

    /// @dev Suppliers take out what is free.
    function _drain() internal {
        uint256 free = market.maxWithdraw(address(this));
        if (free != 0) market.withdraw(free, address(this), address(this));
    }

    function _withdrawCollateral(address who, uint256 amount) internal {
        if (amount == 0) return;
        vm.prank(who);
        try market.withdrawCollateral(amount, address(this)) {} catch {}
    }

    /// @dev The price moves; whoever is unhealthy then is liquidated at once, so a fall by σ at most is within σ.
    function _movePrice(uint256 to) internal {
        price = to;
        _setPrice(to);
        for (uint256 i; i < borrowers.length; ++i) {
            address who = borrowers[i];
            Position memory p = market.position(who);
            if (p.shares == 0 || p.collateral == 0) continue;
            if (market.debtOf(who) > market.healthLimit(who)) _liquidate(who, type(uint256).max);
        }
    }

    function _liquidate(address who, uint256 most) internal {
        uint256 before = market.realisedLosses();
        try market.liquidate(who, most, 0) {
            _book(who, before);
        } catch {}
    }

    function _declare(address who) internal {
        uint256 before = market.realisedLosses();
        try market.declareDefault(who) {
            _book(who, before);
        } catch {}
    }

    function _book(address who, uint256 before) private {
        uint256 lost = market.realisedLosses() - before;
        if (lost == 0) return;
        lossOf[who] += lost;
        ++writeOffs;
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Lets time pass, and books interest moved from one side to the other against m = 1 on the same debt: at least on
    /// the debt before, at most on the debt after.
    function _pass(uint256 time) internal {
        if (time == 0) return;
        if (!counting) return _go(time);
        (uint256 m, uint256 one) = _exponents(block.timestamp + time);
        uint256 before = market.totalDebt();
        _go(time);
        uint256 later = market.totalDebt();
        if (one > m) {
            underPaid += before * (one - m) / 1e36;
            underPaidMost += later * (one - m) / 1e36;
        } else {
            overCharged += before * (m - one) / 1e36;
            overChargedMost += later * (m - one) / 1e36;
        }
    }

    function _exponents(uint256 to) private view returns (uint256 m, uint256 one) {
        (uint256 set, uint40 beat, uint32 tau, uint32 tauR) = market.ramp();
        int256 err = AdaptiveCurveLib.errorOf(market.utilisation());
        Curve memory curve = Curve(market.rateAtTarget(), err, design.rateCap * WAD);
        m = RateLib.exponent(curve, Ramp(set, uint256(beat) + tau, tauR), block.timestamp, to);
        one = RateLib.exponent(curve, Ramp(WAD, 0, 0), block.timestamp, to);
    }

    function _go(uint256 time) private {
        vm.warp(block.timestamp + time);
        _setPrice(price);
        market.accrue();
    }

    // ── books ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev t₀: what the contract says, and what the lines in force are then.
    function _begin(uint256 horizon, uint256 reaction) internal {
        harm = worst.worstCase(horizon, reaction);
        counting = true;
        for (uint256 i; i < borrowers.length; ++i) {
            riskAtStart[borrowers[i]] = market.riskOf(borrowers[i]);
            lossOf[borrowers[i]] = 0;
        }
        writeOffs = 0;
    }

    /// @dev Σ (loss_i − G·φ_i*(t₀))⁺, and Σ loss_i.
    function _losses() internal view returns (uint256 excess, uint256 all) {
        uint256 growth = market.growthBound();
        for (uint256 i; i < borrowers.length; ++i) {
            uint256 lost = lossOf[borrowers[i]];
            uint256 due = FixedPointMathLib.fullMulDivUp(riskAtStart[borrowers[i]], growth, WAD);
            all += lost;
            excess += FixedPointMathLib.zeroFloorSub(lost, due);
        }
    }

    function _free() internal view returns (uint256 drift, uint256 instant, uint256 leak) {
        Allowance memory a = kernel.allowance(address(actuator));
        uint256 limit = a.driftCapacity - a.reserve;
        drift = FixedPointMathLib.zeroFloorSub(limit, a.driftLevel);
        instant = FixedPointMathLib.zeroFloorSub(a.instantCapacity, a.instantLevel);
        leak = a.driftLeak;
    }

    function _termsOf(address who) internal view returns (Terms memory) {
        return TermsLib.unpack(kernel.valueOf(address(actuator), TERMS, _subject(who)));
    }

    function _subject(address who) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(who)));
    }

    // ── rules that no component shows ────────────────────────────────────────────────────────────────────────────────

    function _watchDraw(address who, Position memory before) private {
        uint256 scored = kernel.parameter(address(actuator), TERMS, _subject(who)).beat;
        if (block.timestamp - scored > design.scoreAge) broken = "draw on an old score";
        if (before.shares != 0 && market.position(who).due != before.due) {
            broken = "due date moved";
        }
        uint256 used = market.totalDebt() + market.realisedLosses();
        if (used > design.borrowCap * design.quantum) broken = "borrow cap exceeded";
    }

    function _watchSnapshot(address who, Position memory before) private {
        if (before.shares == 0) return;
        Position memory p = market.position(who);
        bool same = p.lambdaBps == before.lambdaBps && p.unsecured == before.unsecured
            && p.spreadBps == before.spreadBps && p.due == before.due;
        if (!same) broken = "snapshot moved";
    }
}
