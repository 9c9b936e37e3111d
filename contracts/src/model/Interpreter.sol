// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInterpreter} from "../interfaces/IInterpreter.sol";
import {GlmLib} from "./GlmLib.sol";
import {LimitsLib} from "./LimitsLib.sol";
import {LinkLib} from "./LinkLib.sol";
import {NetworkLib} from "./NetworkLib.sol";
import {SparseLib} from "./SparseLib.sol";
import {TreesLib} from "./TreesLib.sol";

/// @title Runs programs that are stored as contract code.
/// @dev The format is `docs/model-format.md`; the same function in Rust is `mandate_model::Program::run`.
///
/// One assembly block without references to Solidity variables: only then does the optimiser inline its functions. It
/// uses memory from zero and never comes back to Solidity, so it owes Solidity's memory layout nothing.
contract Interpreter is IInterpreter {
    /// @inheritdoc IInterpreter
    function run(address root, bytes calldata features) external view returns (int256) {
        _margin(root, features);
        LinkLib.answer();
    }

    /// @inheritdoc IInterpreter
    function margin(address root, bytes calldata features) external view returns (int256) {
        _margin(root, features);
        assembly {
            mstore(0, signextend(7, mload(0)))
            return(0, 32)
        }
    }

    /// @inheritdoc IInterpreter
    function attribution(address root, bytes calldata features)
        external
        view
        returns (int256 base, int256[] memory contributions)
    {
        return GlmLib.attribution(root.code, features);
    }

    /// @dev Leaves the margin at 0, above 64 bits undefined, and the program's first word at 32.
    function _margin(address root, bytes calldata features) private view {
        uint256 family = _load(root, features.length);
        if (family == 1) GlmLib.margin();
        else if (family == 2) TreesLib.margin();
        else if (family == 3) NetworkLib.margin();
        else if (family == 4) SparseLib.margin();
        else _limited(family);
    }

    /// @dev The same for a program with limits. Asked last, so that programs without pay nothing for it.
    function _limited(uint256 family) private view {
        bool known = family == 0x81 || family == 0x82 || family == 0x84;
        require(known, ModelFamilyUnknown(family, 4));
        LimitsLib.hold();
        if (family == 0x81) {
            GlmLib.limitedMargin();
            return;
        }
        LimitsLib.fillMissing();
        if (family == 0x82) TreesLib.margin();
        else SparseLib.margin();
    }

    /// @dev Copies the root's first 544 bytes to 0x120, behind the 63 · 4 + 32 that trees need for their slots, and
    /// checks the features' length. A root is `00 ‖ k ‖ k addresses of 20 bytes ‖ program`: 544 bytes hold the
    /// addresses, head and slots of any program, and the weights of a GLM of up to 28 features.
    function _load(address root, uint256 given) private view returns (uint256 family) {
        assembly {
            extcodecopy(root, 0x120, 0, 544)
            let head := mload(add(0x122, mul(20, byte(1, mload(0x120)))))
            let allowed := mul(3, byte(3, head))
            family := byte(1, head)
            if xor(given, allowed) {
                if family {
                    mstore(0, shl(224, 0x014548d2)) // FeaturesLength(given, allowed)
                    mstore(4, given)
                    mstore(36, allowed)
                    revert(0, 68)
                }
            }
        }
    }
}
