// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../../src/interfaces/IActuator.sol";
import {ActuatorConfig, Band, ILendingActuator} from "../../src/interfaces/ILendingActuator.sol";
import {ILendingMarket, MarketConfig} from "../../src/interfaces/ILendingMarket.sol";
import {LendingActuator} from "../../src/lending/LendingActuator.sol";
import {LendingClass} from "../../src/lending/LendingClass.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

contract ActuatorTest is LendingBase {
    uint8 internal constant RATE = LendingClass.RATE;
    uint8 internal constant TERMS = LendingClass.TERMS;

    function _subject(address who) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(who)));
    }

    function _quote(uint8 class, bytes32 subject, uint160 from, uint160 to)
        internal
        view
        returns (uint256)
    {
        Change[] memory changes = new Change[](1);
        changes[0] = Change(class, subject, to);
        uint160[] memory froms = new uint160[](1);
        froms[0] = from;
        return actuator.quote(changes, froms)[0];
    }

    // ── what an audit reads ──────────────────────────────────────────────────────────────────────────────────────────

    /// K-10: with bands and market constants, everything that the policy and its charges follow from.
    function test_constants_areReadable() public view {
        assertEq(actuator.market(), address(market));
        (uint256 step, uint32 undoTime) = actuator.steering();
        assertEq(step, 0.05e18);
        assertEq(undoTime, 2 days);
    }

    // ── features ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_features_termsAreAsReported() public view {
        assertEq(actuator.features(TERMS, _subject(bob), hex"0102030405"), hex"0102030405");
    }

    function test_features_rateIsMissingBeforeAnEpochClosed() public view {
        assertEq(actuator.features(RATE, 0, ""), hex"800000800000");
    }

    /// Only closed epochs are read, averaged over their whole length; what happens within a block weighs nothing.
    function test_features_rateAveragesTheLastClosedEpoch() public {
        _alignTo(1 hours);
        _grant(bob, _usual());
        _addCollateral(bob, 1_000);
        _draw(bob, 100_000 * unit - 10); // u = 10 % from the start of an epoch
        _after(30 minutes);
        vm.prank(bob);
        market.repay(bob, 50_000 * unit); // u = 5 % for its second half
        bytes memory before = actuator.features(RATE, 0, "");
        _after(30 minutes - 1);
        assertEq(actuator.features(RATE, 0, ""), before, "the running epoch is not read");
        _after(1);
        (, uint24 used, uint24 forecast, bool known) = market.closedEpoch();
        assertTrue(known);
        assertApproxEqAbs(used, 75_000, 20);
        assertEq(forecast, 20_000);
        assertEq(actuator.features(RATE, 0, ""), abi.encodePacked(used, forecast));

        // A flash of utilisation on the boundary changes neither this epoch's feature nor the next one's.
        bytes memory closed = actuator.features(RATE, 0, "");
        _grant(bob, _usual());
        _draw(bob, 40_000 * unit);
        assertEq(actuator.features(RATE, 0, ""), closed);
        vm.prank(bob);
        market.repay(bob, 40_000 * unit);
        _after(1 hours);
        (, used,,) = market.closedEpoch();
        assertApproxEqAbs(used, 50_000, 20);
        // Untouched for long: the average is what stood.
        _after(5 hours);
        (, used,,) = market.closedEpoch();
        assertApproxEqAbs(used, 50_000, 20);
    }

    function test_features_forecastIsWeighedByDebt() public {
        _grant(bob, _usual()); // 2 %
        _grant(carol, _terms(50_000, 500, 6_000, 7_500, 800, 24 * 30)); // 10 %
        _addCollateral(bob, 100);
        _addCollateral(carol, 100);
        _draw(bob, 30_000 * unit);
        _draw(carol, 10_000 * unit);
        _after(3 hours);
        (,, uint24 forecast,) = market.closedEpoch();
        assertApproxEqAbs(forecast, 40_000, 1);
    }

    // ── policy ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_propose_termsByBand() public view {
        Band[] memory bands = actuator.bands();
        assertEq(bands.length, 3);
        int256[6] memory outputs = [int256(0), 0.05e18, 0.05e18 + 1, 0.2e18, 0.2e18 + 1, 1e18];
        uint256[6] memory expected = [uint256(0), 0, 1, 1, 2, 2];
        for (uint256 i; i < 6; ++i) {
            Change[] memory c = actuator.propose(TERMS, _subject(bob), outputs[i]);
            assertEq(c.length, 1);
            assertEq(c[0].class, TERMS);
            assertEq(c[0].subject, _subject(bob));
            assertEq(c[0].value, bands[expected[i]].terms);
        }
    }

    function test_propose_rateWithinStepOfWhereItStands() public {
        assertEq(actuator.propose(RATE, 0, 1.5e18)[0].value, 1.05e18);
        _steer(1.4e18);
        assertEq(actuator.propose(RATE, 0, 1.2e18)[0].value, 1.2e18);
        assertEq(actuator.propose(RATE, 0, 0.1e18)[0].value, 1e18);
        _after(TAU + TAU_R / 2);
        assertEq(actuator.propose(RATE, 0, 2e18)[0].value, 1.25e18, "from the faded value");
    }

    function test_propose_revertsWith_OutputOutOfRange() public {
        int256[2] memory bad = [int256(-1), 1e18 + 1];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ILendingActuator.OutputOutOfRange.selector, bad[i])
            );
            actuator.propose(TERMS, _subject(bob), bad[i]);
        }
    }

    function test_anchor() public view {
        assertEq(actuator.anchor(RATE, 0), 1e18);
        assertEq(actuator.anchor(TERMS, _subject(bob)), 0);
    }

    function test_revertsWith_UnknownClass() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.UnknownClass.selector, 3));
        actuator.anchor(3, 0);
        vm.prank(address(kernel));
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.UnknownClass.selector, TERMS));
        actuator.onSteered(TERMS, 1e18, 0);
    }

    function test_revertsWith_BadSubject() public {
        bytes32 long = bytes32(uint256(1) << 160);
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.BadSubject.selector, RATE, long));
        actuator.anchor(RATE, long);
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.BadSubject.selector, TERMS, long));
        actuator.anchor(TERMS, long);
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.BadSubject.selector, TERMS, 0));
        actuator.anchor(TERMS, 0);
    }

    // ── charges ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_quote_termsIsThePotentialsDifference() public view {
        uint256 k = market.recovery();
        uint160 to = _usual();
        uint256 phi = 2_000 * unit + (98_000 * unit * (0.8e18 - k) + 0.8e18 - 1) / 0.8e18;
        assertEq(_quote(TERMS, _subject(bob), 0, to), phi);
        assertEq(_quote(TERMS, _subject(bob), to, to), 0);
        assertEq(_quote(TERMS, _subject(bob), to, 0), 0);
    }

    function test_quote_rateIsDistanceTimesFlowTimesUndo() public view {
        uint256 flow = 800_000 * unit * (0.3e18 / YEAR);
        uint256 expected = (0.05e18 * flow * 2 days + 1e36 - 1) / 1e36;
        assertEq(_quote(RATE, 0, 1e18, 1.05e18), expected);
        assertEq(_quote(RATE, 0, 1e18, 0.95e18), expected);
        assertEq(_quote(RATE, 0, 1.05e18, 1e18), 0);
    }

    function test_quote_revertsWith_TermsOutOfRange() public {
        uint160 bad = _terms(100, 0, 8_000, 7_999, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.TermsOutOfRange.selector, bad));
        this.quoteTerms(0, bad);
    }

    function test_quote_revertsWith_MultiplierOutOfRange() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingActuator.MultiplierOutOfRange.selector, 2e18 + 1, 0.5e18, 2e18
            )
        );
        this.quoteRate(1e18, 2e18 + 1);
    }

    /// A riskier decision needs a usable price; a safer one does not, and is never delayed by the oracle (K-8).
    function test_quote_revertsWith_PriceUnusable() public {
        (uint256 value,,,,) = oracle.price();
        oracle.setAll(value, START, false, true);
        bytes memory expected =
            abi.encodeWithSelector(ILendingActuator.PriceUnusable.selector, START, false, true);
        uint160 t = _usual();
        vm.expectRevert(expected);
        this.quoteTerms(0, t);
        vm.expectRevert(expected);
        this.quoteTerms(t, _terms(100_000, 2_000, 7_001, 8_000, 200, 720)); // free of charge, yet riskier
        vm.expectRevert(expected);
        this.quoteTerms(t, _terms(100_000, 2_000, 7_000, 8_000, 199, 720));
        vm.expectRevert(expected);
        this.quoteRate(1e18, 1.01e18);
        oracle.setDown(true);
        assertEq(this.quoteTerms(t, 0 | t & ~uint160(type(uint48).max)), 0);
        assertEq(this.quoteTerms(t, _terms(100_000, 2_000, 7_000, 8_000, 201, 720)), 0);
        assertEq(this.quoteRate(1.05e18, 1.02e18), 0);
    }

    function quoteTerms(uint160 from, uint160 to) external view returns (uint256) {
        return _quote(TERMS, _subject(bob), from, to);
    }

    function quoteRate(uint160 from, uint160 to) external view returns (uint256) {
        return _quote(RATE, 0, from, to);
    }

    /// K-23: splitting a way through the terms never lowers the charge.
    function testFuzz_quote_telescopes(uint160 a, uint160 b, uint160 c) public view {
        uint160[3] memory t = [_some(a), _some(b), _some(c)];
        uint256 direct = _quote(TERMS, _subject(bob), t[0], t[2]);
        uint256 split =
            _quote(TERMS, _subject(bob), t[0], t[1]) + _quote(TERMS, _subject(bob), t[1], t[2]);
        assertGe(split, direct);
    }

    function _some(uint160 seed) internal view returns (uint160) {
        return _terms(
            seed % 200_000,
            (seed >> 32) % 50_000,
            5_000,
            uint16(5_001 + (seed >> 64) % 3_999),
            100,
            24
        );
    }

    // ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_onApplied_movesTheSum() public {
        _grant(bob, _usual());
        uint256 phi = _quote(TERMS, _subject(bob), 0, _usual());
        assertEq(market.riskOf(bob), phi);
        _grant(carol, _usual());
        assertEq(market.totalRisk(), 2 * phi);
        _grant(bob, 0);
        assertEq(market.totalRisk(), phi);
        assertEq(market.position(carol).lineForecast, 20_000);
    }

    /// Terms that are no band's count with the manual forecast.
    function test_onApplied_manualTermsHaveTheManualForecast() public {
        _grant(bob, _terms(1, 1, 1, 2, 3, 4));
        assertEq(market.position(bob).lineForecast, 1_000_000);
    }

    /// An open loan keeps its own potential while the line is cut, and only it.
    function test_riskOf_isTheLargerOfLineAndLoan() public {
        _open(bob, 10_000);
        uint256 line = market.riskOf(bob);
        _grant(bob, 0);
        uint256 k = market.recovery();
        uint256 inForce = 2_000 * unit + (8_000 * unit * (0.8e18 - k) + 0.8e18 - 1) / 0.8e18;
        assertEq(market.riskOf(bob), inForce);
        assertEq(market.totalRisk(), inForce);
        vm.prank(bob);
        market.repay(bob, 5_000 * unit);
        assertLt(market.riskOf(bob), inForce);
        vm.prank(bob);
        market.repay(bob, type(uint256).max);
        assertEq(market.totalRisk(), 0);
        _grant(bob, _usual());
        assertEq(market.riskOf(bob), line);
    }

    function test_onApplied_steersWithTheMandatesRamp() public {
        _steer(1.3e18);
        (uint256 set, uint40 beat, uint32 tau, uint32 tauR) = market.ramp();
        assertEq(set, 1.3e18);
        assertEq(beat, START);
        assertEq(tau, TAU);
        assertEq(tauR, TAU_R);
        kernel.steer(address(actuator), RATE, 1.1e18, START - 5);
        (set, beat,,) = market.ramp();
        assertEq(set, 1.1e18);
        assertEq(beat, START - 5);
    }

    /// A pause must never fail here: what lies outside the market's range is clipped.
    function test_onSteered_clips() public {
        kernel.steer(address(actuator), RATE, 9e18, START);
        assertEq(market.multiplier(), 2e18);
        kernel.steer(address(actuator), RATE, 0, START);
        assertEq(market.multiplier(), 0.5e18);
    }

    function test_revertsWith_NotKernel() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.NotKernel.selector, bob));
        vm.prank(bob);
        actuator.onApplied(RATE, 0, 0, 1e18, 0);
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.NotKernel.selector, bob));
        vm.prank(bob);
        actuator.onSteered(RATE, 1e18, 0);
    }

    function test_revertsWith_NotMarket() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.NotMarket.selector, bob));
        vm.prank(bob);
        actuator.close(bob);
    }

    function test_revertsWith_NotActuator() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NotActuator.selector, bob));
        vm.prank(bob);
        market.steer(1e18, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NotActuator.selector, bob));
        vm.prank(bob);
        market.setLine(bob, 1, 1);
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_constructor_revertsWith_ActuatorMismatch() public {
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        ActuatorConfig memory c = _policy(address(market));
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingActuator.ActuatorMismatch.selector, address(actuator), next
            )
        );
        new LendingActuator(c);
    }

    function test_constructor_revertsWith_KernelMismatch() public {
        (LendingMarket m, uint256 nonce) = _nextMarket();
        ActuatorConfig memory c = _policy(address(m));
        c.kernel = bob;
        assertEq(vm.getNonce(address(this)), nonce);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingActuator.KernelMismatch.selector, address(kernel), bob)
        );
        new LendingActuator(c);
    }

    function test_constructor_revertsWith_BandNotMonotone() public {
        (LendingMarket m,) = _nextMarket();
        ActuatorConfig memory c = _policy(address(m));
        // Better terms for a worse forecast, in each component.
        uint160[6] memory worse = [
            _terms(100_001, 500, 6_000, 7_500, 800, 720),
            _terms(50_000, 2_001, 6_000, 7_500, 800, 720),
            _terms(50_000, 500, 7_001, 7_500, 800, 720),
            _terms(50_000, 500, 6_000, 8_001, 800, 720),
            _terms(50_000, 500, 6_000, 7_500, 199, 720),
            _terms(50_000, 500, 6_000, 7_500, 800, 721)
        ];
        for (uint256 i; i < 6; ++i) {
            c.bands[1].terms = worse[i];
            uint256 state = vm.snapshotState(); // a failed creation counts the nonce up
            vm.expectRevert(abi.encodeWithSelector(ILendingActuator.BandNotMonotone.selector, 1));
            new LendingActuator(c);
            vm.revertToState(state);
        }
    }

    function test_constructor_revertsWith_BandsIncomplete() public {
        (LendingMarket m,) = _nextMarket();
        ActuatorConfig memory c = _policy(address(m));
        c.bands[2].upTo = 999_999;
        vm.expectRevert(
            abi.encodeWithSelector(ILendingActuator.BandsIncomplete.selector, 999_999, 1_000_000)
        );
        new LendingActuator(c);
    }

    function _nextMarket() internal returns (LendingMarket m, uint256 nonce) {
        MarketConfig memory c = _config();
        nonce = vm.getNonce(address(this)) + 1;
        c.actuator = vm.computeCreateAddress(address(this), nonce);
        m = new LendingMarket(c);
    }

    function _alignTo(uint256 epoch) internal {
        _after(2 * epoch - block.timestamp % epoch);
    }
}
