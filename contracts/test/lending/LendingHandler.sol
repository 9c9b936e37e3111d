// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingActuator} from "../../src/lending/LendingActuator.sol";
import {LendingClass} from "../../src/lending/LendingClass.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {Terms, TermsLib} from "../../src/lending/TermsLib.sol";
import {FixtureKernel} from "../fixtures/FixtureKernel.sol";
import {FixtureOracle} from "../fixtures/FixtureOracle.sol";
import {TestToken} from "../fixtures/TestToken.sol";

/// @notice Random acts of everybody, with ghost state that knows the rules from their own side.
contract LendingHandler is Test {
    uint256 internal constant PRICE = 1e15; // 1,000 units of a six-decimals asset for one of 18 decimals, scaled

    LendingMarket internal immutable MARKET;
    LendingActuator internal immutable ACTUATOR;
    FixtureKernel internal immutable KERNEL;
    FixtureOracle internal immutable ORACLE;
    TestToken internal immutable LOAN;
    TestToken internal immutable COLL;
    address[4] public people;

    /// @dev Share price (assets of 1e24 shares) after the last act, and what went wrong, by property.
    uint256 public price;
    string public broken;
    uint256 public lossesSeen;
    uint256 public acts;
    /// @dev Of either token.
    uint256 public donated;

    constructor(LendingMarket m, LendingActuator a, FixtureKernel k, FixtureOracle o) {
        (MARKET, ACTUATOR, KERNEL, ORACLE) = (m, a, k, o);
        LOAN = TestToken(m.config().loanAsset);
        COLL = TestToken(m.config().collateralAsset);
        people = [makeAddr("p0"), makeAddr("p1"), makeAddr("p2"), makeAddr("p3")];
        for (uint256 i; i < 4; ++i) {
            LOAN.mint(people[i], 1e15);
            COLL.mint(people[i], 1e24);
            vm.startPrank(people[i]);
            LOAN.approve(address(m), type(uint256).max);
            COLL.approve(address(m), type(uint256).max);
            vm.stopPrank();
        }
        ORACLE.set(2 * PRICE);
        _opens(people[0], Terms(20_000, 2_000, 6_000, 8_000, 500, 240), 1e19);
        _opens(people[1], Terms(40_000, 0, 6_000, 8_000, 0, 960), 2e19);
        _opens(people[2], Terms(4_000, 4_000, 6_000, 8_000, 2_000, 24), 0);
        price = m.convertToAssets(1e24);
    }

    /// @dev L-2 around every act, and L-7: it may fall by realised losses alone.
    modifier watched() {
        uint256 losses = MARKET.realisedLosses();
        _;
        ++acts;
        uint256 after_ = MARKET.convertToAssets(1e24);
        if (MARKET.realisedLosses() == losses) {
            if (after_ < price) broken = "L-2";
        } else {
            lossesSeen += MARKET.realisedLosses() - losses;
        }
        price = after_;
    }

    function wait_(uint256 time) external watched {
        vm.warp(block.timestamp + bound(time, 1, 12 days));
        (uint256 value,,,,) = ORACLE.price();
        ORACLE.set(value);
    }

    function movePrice(uint256 to) external watched {
        ORACLE.set(bound(to, PRICE / 10, 3 * PRICE));
    }

    function deposit(uint256 who, uint256 amount) external watched {
        address p = _who(who);
        vm.prank(p);
        MARKET.deposit(bound(amount, 1, 1e11), p);
    }

    function redeem(uint256 who, uint256 shares) external watched {
        address p = _who(who);
        uint256 most = MARKET.maxRedeem(p);
        if (most == 0) return;
        vm.prank(p);
        MARKET.redeem(bound(shares, 1, most), p, p);
    }

    function grant(uint256 who, uint256 seed) external watched {
        uint160 terms = seed % 7 == 0
            ? 0
            : TermsLib.pack(
                Terms(
                    uint48(seed % 40_000),
                    uint48((seed >> 32) % 4_000),
                    uint16(5_000 + (seed >> 64) % 2_000),
                    uint16(7_100 + (seed >> 80) % 1_900),
                    uint16((seed >> 96) % 3_000),
                    uint16(24 + (seed >> 112) % 1_000)
                )
            );
        address p = _who(who);
        Position memory before = MARKET.position(p);
        uint256 debt = MARKET.debtOf(p);
        uint256 limit = MARKET.healthLimit(p);
        KERNEL.set(address(ACTUATOR), LendingClass.TERMS, _subject(p), terms);
        if (!_sameLoan(before, MARKET.position(p)) || MARKET.debtOf(p) != debt) broken = "K-16";
        if (MARKET.healthLimit(p) != limit) broken = "K-16";
    }

    function steer(uint256 m) external watched {
        KERNEL.set(address(ACTUATOR), LendingClass.RATE, 0, uint160(bound(m, 0.5e18, 2e18)));
    }

    function draw(uint256 who, uint256 amount) external watched {
        address p = _who(who);
        uint40 due = MARKET.position(p).due;
        vm.prank(p);
        try MARKET.draw(bound(amount, 1e7, 3 * 10 ** (8 + amount % 3)), 10_000, p) {
            if (due != 0 && MARKET.position(p).due != due) broken = "due date moved";
        } catch {}
    }

    function repay(uint256 who, uint256 payer, uint256 amount) external watched {
        address p = _who(who);
        uint256 debt = MARKET.debtOf(p);
        if (debt == 0) return;
        Position memory before = MARKET.position(p);
        uint256 limit = MARKET.healthLimit(p);
        amount = bound(amount, 1, debt);
        vm.prank(_who(payer));
        MARKET.repay(p, amount);
        // L-5
        if (amount < debt) {
            if (!_sameLoan(before, MARKET.position(p))) broken = "L-5";
            if (MARKET.healthLimit(p) != limit || MARKET.debtOf(p) > debt) broken = "L-5";
        }
    }

    function addCollateral(uint256 who, uint256 payer, uint256 amount) external watched {
        address p = _who(who);
        Position memory before = MARKET.position(p);
        uint256 limit = MARKET.healthLimit(p);
        vm.prank(_who(payer));
        MARKET.addCollateral(p, bound(amount, 1, 2e19));
        if (!_sameLoan(before, MARKET.position(p)) || MARKET.healthLimit(p) < limit) {
            broken = "L-5";
        }
    }

    function withdrawCollateral(uint256 who, uint256 amount) external watched {
        address p = _who(who);
        uint256 held = MARKET.position(p).collateral;
        if (held == 0) return;
        vm.prank(p);
        try MARKET.withdrawCollateral(bound(amount, 1, held), p) {
            if (MARKET.debtOf(p) > MARKET.healthLimit(p) && MARKET.debtOf(p) != 0) broken = "L-4";
        } catch {
            if (MARKET.debtOf(p) == 0) broken = "K-19";
        }
    }

    function liquidate(uint256 who, uint256 amount) external watched {
        address p = _who(who);
        uint256 debt = MARKET.debtOf(p);
        uint256 limit = MARKET.healthLimit(p);
        Position memory before = MARKET.position(p);
        bool late = block.timestamp > uint256(before.due) + MARKET.config().grace;
        uint256 losses = MARKET.realisedLosses();
        vm.prank(people[0]);
        try MARKET.liquidate(p, bound(amount, 1, 5e10), 0) returns (
            uint256 repaid, uint256 seized
        ) {
            if (!late && debt <= limit) broken = "L-4: healthy";
            (uint256 value,,,,) = ORACLE.price();
            if (seized * value / 1e36 * 10_000 > repaid * 10_500) broken = "L-4: bonus";
            uint256 left = MARKET.debtOf(p);
            if (left != 0 && left + limit > debt + MARKET.healthLimit(p) + 2) {
                broken = "L-4: health";
            }
            // L-6: bad debt never outlives its discovery, and its line is closed.
            bool gone = MARKET.position(p).collateral == 0;
            if (left != 0 && gone && (late || left > MARKET.healthLimit(p))) broken = "L-6";
            if (MARKET.realisedLosses() != losses && MARKET.position(p).lineRisk != 0) {
                broken = "L-6";
            }
        } catch {}
    }

    function declareDefault(uint256 who) external watched {
        address p = _who(who);
        Position memory before = MARKET.position(p);
        try MARKET.declareDefault(p) {
            if (block.timestamp <= uint256(before.due) + MARKET.config().grace) broken = "early";
            Position memory now_ = MARKET.position(p);
            if (before.collateral == 0 && now_.shares != 0) broken = "L-6";
            if (now_.lineRisk != 0) broken = "L-6";
        } catch {}
    }

    function donate(uint256 amount) external watched {
        amount = bound(amount, 1, 1e12);
        donated += amount;
        LOAN.mint(address(MARKET), amount);
        COLL.mint(address(MARKET), amount);
    }

    function touch() external watched {
        MARKET.accrue();
    }

    /// @dev Loans come early in a campaign when some have lines: secured, both, and unsecured for a day.
    function _opens(address who, Terms memory terms, uint256 collateral) private {
        KERNEL.set(address(ACTUATOR), LendingClass.TERMS, _subject(who), TermsLib.pack(terms));
        if (collateral == 0) return;
        vm.prank(who);
        MARKET.addCollateral(who, collateral);
    }

    function _who(uint256 seed) private view returns (address) {
        return people[seed % 4];
    }

    function _subject(address who) private pure returns (bytes32) {
        return bytes32(uint256(uint160(who)));
    }

    /// @dev Everything that a snapshot fixes.
    function _sameLoan(Position memory a, Position memory b) private pure returns (bool) {
        return a.basedAt == b.basedAt && a.due == b.due && a.unsecured == b.unsecured
            && a.lambdaBps == b.lambdaBps && a.spreadBps == b.spreadBps && a.forecast == b.forecast;
    }
}
