// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Position} from "../../src/interfaces/ILendingMarket.sol";
import {PhiLib} from "../../src/lending/PhiLib.sol";
import {SpreadLib} from "../../src/lending/SpreadLib.sol";
import {LendingBase} from "./LendingBase.sol";
import {LendingHandler} from "./LendingHandler.sol";

/// @notice L-1 … L-7 and K-16 over random sequences of everybody's acts.
contract LendingInvariantTest is LendingBase {
    LendingHandler internal handler;

    function setUp() public override {
        super.setUp();
        handler = new LendingHandler(market, actuator, kernel, oracle);
        targetContract(address(handler));
    }

    /// L-1: cash + Σ debt = claims, each borrower rounded up by less than one unit; the books and what was donated are the tokens held.
    function invariant_L1_booksBalance() public view {
        uint256 sum;
        uint256 collateral;
        for (uint256 i; i < 4; ++i) {
            sum += market.debtOf(handler.people(i));
            collateral += market.position(handler.people(i)).collateral;
        }
        assertGe(sum, market.totalDebt());
        assertLe(sum, market.totalDebt() + 4);
        assertEq(market.totalAssets(), market.cash() + market.totalDebt());
        assertEq(market.totalCollateral(), collateral);
        assertEq(market.cash() + handler.donated(), loan.balanceOf(address(market)));
        assertEq(collateral + handler.donated(), coll.balanceOf(address(market)));
    }

    /// L-3: Σ shares, A, W and S equal the sums over borrowers.
    function invariant_L3_sumsAreTheirParts() public view {
        int256 a;
        uint256 w;
        uint256 shares;
        uint256 risk;
        uint256 k = market.recovery();
        for (uint256 i; i < 4; ++i) {
            address who = handler.people(i);
            Position memory p = market.position(who);
            shares += p.shares;
            if (p.shares != 0) {
                w += uint256(p.shares) * p.spreadBps;
                a += int256(uint256(p.shares) * SpreadLib.ONE)
                - int256(uint256(p.shares) * p.spreadBps * (p.basedAt - market.genesis()));
            }
            uint256 loan_ = PhiLib.phi(p.principal, p.unsecured * unit, p.lambdaBps, k);
            risk += loan_ > p.lineRisk ? loan_ : p.lineRisk;
        }
        (int256 sumA, uint256 sumW, uint256 sumShares) = market.spreadSums();
        assertEq(sumA, a);
        assertEq(sumW, w);
        assertEq(sumShares, shares);
        assertEq(market.totalRisk(), risk);
    }

    /// K-15: the principal that S counts is never less than what is owed without interest.
    function invariant_principalCoversTheDebtWithoutInterest() public view {
        for (uint256 i; i < 4; ++i) {
            Position memory p = market.position(handler.people(i));
            if (p.shares == 0) {
                assertEq(p.principal, 0);
                continue;
            }
            uint256 debt = market.debtOf(handler.people(i));
            uint256 growth = (block.timestamp - p.basedAt) * (uint256(1e18) / YEAR);
            // r̄ = 1 a year; e^x ≤ 1 + 2x for x ≤ 1
            if (growth <= 1e18) {
                assertLe(debt, uint256(p.principal) * (1e18 + 2 * growth) / 1e18 + 2);
            }
        }
    }

    /// L-2, L-4, L-5, L-6, K-16, K-19 as the handler saw them around each act.
    function invariant_L2_L4_L5_L6_nothingBroke() public view {
        assertEq(handler.broken(), "");
    }
}
