// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "solady/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {ILendingMarket} from "../../src/interfaces/ILendingMarket.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {TestToken} from "../fixtures/TestToken.sol";
import {
    BlockingToken,
    CallbackToken,
    FeeToken,
    ITransferHook,
    RefusingToken,
    SilentToken
} from "../fixtures/TrapTokens.sol";
import {LendingBase} from "./LendingBase.sol";

/// @notice Re-enters the market from a token's callback and notes what it saw.
contract Reentrant is ITransferHook {
    LendingMarket internal immutable MARKET;
    bytes internal _call;
    bytes4 public refusal;
    uint256 public priceSeen;

    constructor(LendingMarket market) {
        MARKET = market;
    }

    function arm(bytes calldata call_) external {
        _call = call_;
    }

    function act(address target, bytes calldata data) external returns (bool ok) {
        (ok,) = target.call(data);
    }

    function onTransfer(address, address, uint256) external {
        priceSeen = MARKET.convertToAssets(1e24);
        (bool ok, bytes memory data) = address(MARKET).call(_call);
        refusal = ok ? bytes4(0) : bytes4(data);
    }
}

contract TokensTest is LendingBase {
    function _with(TestToken loan_, TestToken coll_) internal {
        (loan, coll) = (loan_, coll_);
        unit = 10 ** loan.decimals();
        collUnit = 10 ** coll.decimals();
        (market, actuator) = _deployMarket(_config());
        _setPrice(2_000);
        _fund(alice);
        _fund(bob);
        _fund(liam);
    }

    function test_feeOnTransfer_asLoanAssetIsRefused() public {
        _with(new FeeToken(), new TestToken(18));
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.AmountMismatch.selector, 99 * unit, 100 * unit)
        );
        vm.prank(alice);
        market.deposit(100 * unit, alice);
    }

    function test_feeOnTransfer_asCollateralIsRefused() public {
        _with(new TestToken(6), new FeeToken());
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.AmountMismatch.selector, 99 * collUnit, 100 * collUnit
            )
        );
        vm.prank(bob);
        market.addCollateral(bob, 100 * collUnit);
    }

    function test_noReturnValue_isHarmless() public {
        SilentToken silent = new SilentToken();
        _with(TestToken(address(silent)), new TestToken(18));
        vm.startPrank(alice);
        market.deposit(1_000_000 * unit, alice);
        vm.stopPrank();
        _open(bob, 10_000);
        vm.prank(bob);
        market.repay(bob, type(uint256).max);
        vm.prank(alice);
        market.withdraw(1_000_000 * unit, alice, alice);
        assertEq(silent.balanceOf(address(market)), market.cash());
    }

    function test_falseReturnValue_isRefused() public {
        RefusingToken refusing = new RefusingToken();
        _with(refusing, new TestToken(18));
        refusing.setRefuses(true);
        vm.expectRevert(SafeTransferLib.TransferFromFailed.selector);
        vm.prank(alice);
        market.deposit(100 * unit, alice);
    }

    /// Callbacks cannot re-enter, and what they read is never out of step: the share price at the callback is that of before
    /// or after the act.
    function test_callbacks_cannotReenter() public {
        CallbackToken token = new CallbackToken();
        _with(token, new TestToken(18));
        vm.prank(alice);
        market.deposit(100_000 * unit, alice);
        _open(bob, 10_000);
        _after(10 days);

        Reentrant attacker = new Reentrant(market);
        attacker.act(address(token), abi.encodeCall(CallbackToken.setHooked, (true)));
        token.mint(address(attacker), 100_000 * unit);
        attacker.act(
            address(token), abi.encodeWithSignature("approve(address,uint256)", market, 1e30)
        );
        bytes[6] memory inner = [
            abi.encodeWithSignature("deposit(uint256,address)", 1, attacker),
            abi.encodeWithSignature("redeem(uint256,address,address)", 1, attacker, attacker),
            abi.encodeCall(ILendingMarket.repay, (bob, 1)),
            abi.encodeCall(ILendingMarket.addCollateral, (bob, 1)),
            abi.encodeCall(ILendingMarket.liquidate, (bob, 1, 0)),
            abi.encodeCall(ILendingMarket.draw, (1, 0, bob))
        ];
        bytes[3] memory outer = [
            abi.encodeWithSignature("deposit(uint256,address)", 100 * unit, attacker),
            abi.encodeCall(ILendingMarket.repay, (bob, 100 * unit)),
            abi.encodeWithSignature("redeem(uint256,address,address)", unit, attacker, attacker)
        ];
        for (uint256 i; i < outer.length; ++i) {
            for (uint256 j; j < inner.length; ++j) {
                attacker.arm(inner[j]);
                uint256 before = market.convertToAssets(1e24);
                assertTrue(attacker.act(address(market), outer[i]));
                assertEq(attacker.refusal(), ReentrancyGuardTransient.Reentrancy.selector);
                uint256 seen = attacker.priceSeen();
                assertTrue(seen == before || seen == market.convertToAssets(1e24));
            }
        }
    }

    /// A blocked borrower cannot stop a liquidation, and takes the surplus elsewhere; a blocked supplier exits elsewhere.
    function test_blacklist_stopsNobodyElse() public {
        BlockingToken loanToken = new BlockingToken();
        BlockingToken collToken = new BlockingToken();
        _with(loanToken, collToken);
        vm.prank(alice);
        market.deposit(1_000_000 * unit, alice);
        _open(bob, 16_000);
        _setPrice(1_700);
        loanToken.setBlocked(bob, true);
        collToken.setBlocked(bob, true);
        loanToken.setBlocked(alice, true);
        vm.startPrank(liam);
        market.liquidate(bob, 5_000 * unit, 0);
        market.repay(bob, type(uint256).max);
        vm.stopPrank();
        uint256 surplus = market.position(bob).collateral;
        vm.prank(bob);
        market.withdrawCollateral(surplus, carol);
        assertEq(collToken.balanceOf(carol), surplus);
        uint256 shares = market.balanceOf(alice);
        vm.prank(alice);
        market.redeem(shares, carol, alice);
        assertGe(loanToken.balanceOf(carol), 1_000_000 * unit);
    }
}
