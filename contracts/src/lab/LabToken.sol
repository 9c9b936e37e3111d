// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "solady/tokens/ERC20.sol";

/// @notice A token for simulations: its owner mints as much as a world needs.
contract LabToken is ERC20 {
    /// @notice Only the owner may mint.
    error NotOwner(address caller);

    address private immutable OWNER;
    uint8 private immutable DECIMALS;
    string private _name;
    string private _symbol;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        (OWNER, DECIMALS) = (msg.sender, decimals_);
        (_name, _symbol) = (name_, symbol_);
    }

    /// @notice Makes `amount` out of nothing for `to`.
    function mint(address to, uint256 amount) external {
        require(msg.sender == OWNER, NotOwner(msg.sender));
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function name() public view override returns (string memory) {
        return _name;
    }

    /// @inheritdoc ERC20
    function symbol() public view override returns (string memory) {
        return _symbol;
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return DECIMALS;
    }
}
