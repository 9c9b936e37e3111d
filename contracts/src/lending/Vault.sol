// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC4626} from "solady/tokens/ERC4626.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ReentrancyGuardTransient} from "solady/utils/ReentrancyGuardTransient.sol";
import {SafeCastLib} from "solady/utils/SafeCastLib.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {MarketConfig} from "../interfaces/ILendingMarket.sol";
import {Accrual} from "./Accrual.sol";

/// @notice Supply shares: ERC-4626 over the market's own books.
/// @dev Cash is counted internally and shares are virtual by 1e6, so neither a donation nor being first moves the price.
abstract contract Vault is ERC4626, Accrual, ReentrancyGuardTransient {
    using SafeCastLib for uint256;

    uint8 private immutable DECIMALS;
    string private _name;
    string private _symbol;

    constructor(MarketConfig memory c) Accrual(c) {
        _name = c.name;
        _symbol = c.symbol;
        (bool known, uint8 decimals_) = _tryGetAssetDecimals(c.loanAsset);
        DECIMALS = known ? decimals_ : 18;
    }

    /// @inheritdoc ERC4626
    function asset() public view override returns (address) {
        return LOAN_ASSET;
    }

    /// @notice Name of the supply share.
    function name() public view override returns (string memory) {
        return _name;
    }

    /// @notice Symbol of the supply share.
    function symbol() public view override returns (string memory) {
        return _symbol;
    }

    /// @inheritdoc ERC4626
    function totalAssets() public view override returns (uint256) {
        return _cash + totalDebt();
    }

    /// @inheritdoc ERC4626
    function maxDeposit(address) public view override returns (uint256) {
        return type(uint128).max - _cash;
    }

    /// @inheritdoc ERC4626
    function maxMint(address) public view override returns (uint256) {
        return convertToShares(type(uint128).max - _cash);
    }

    /// @inheritdoc ERC4626
    function maxWithdraw(address owner) public view override returns (uint256) {
        return FixedPointMathLib.min(convertToAssets(balanceOf(owner)), _cash);
    }

    /// @inheritdoc ERC4626
    function maxRedeem(address owner) public view override returns (uint256) {
        return FixedPointMathLib.min(balanceOf(owner), convertToShares(_cash));
    }

    function _deposit(address by, address to, uint256 assets, uint256 shares)
        internal
        override
        nonReentrant
    {
        if (shares == 0 && assets != 0) revert ZeroAmount();
        uint256 index_ = _accrue();
        _pull(LOAN_ASSET, by, assets);
        _cash += assets.toUint128();
        _mint(to, shares);
        _settleUtilisation(index_);
        emit Deposit(by, to, assets, shares);
    }

    function _withdraw(address by, address to, address owner, uint256 assets, uint256 shares)
        internal
        override
        nonReentrant
    {
        if (by != owner) _spendAllowance(owner, by, shares);
        uint256 index_ = _accrue();
        _burn(owner, shares);
        _cash -= assets.toUint128();
        _settleUtilisation(index_);
        emit Withdraw(by, to, owner, assets, shares);
        SafeTransferLib.safeTransfer(LOAN_ASSET, to, assets);
    }

    /// @dev Takes exactly `amount` of `token` from `from`; a token that delivers another amount is refused.
    function _pull(address token, address from, uint256 amount) internal {
        uint256 before = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, from, address(this), amount);
        uint256 received = SafeTransferLib.balanceOf(token, address(this)) - before;
        if (received != amount) revert AmountMismatch(received, amount);
    }

    function _labels() internal view override returns (string memory, string memory) {
        return (_name, _symbol);
    }

    function _underlyingDecimals() internal view override returns (uint8) {
        return DECIMALS;
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /// @dev Cancun everywhere: the transient guard is right on every chain.
    function _useTransientReentrancyGuardOnlyOnMainnet() internal pure override returns (bool) {
        return false;
    }
}
