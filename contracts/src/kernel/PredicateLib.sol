// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IKernelErrors as E} from "../interfaces/IKernel.sol";
import {IPredicate} from "../interfaces/IPredicate.sol";
import {Case, StepLib} from "./Case.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib, Slots} from "./ParameterLib.sol";
import {ValueLib} from "./ValueLib.sol";

/// @title Predicates on the state after a change
/// @dev Linear ones are data in the mandate, at most two are view contracts with a fixed stipend. What gets riskier must
/// leave every one at zero; what gets safer, and a rollback, must worsen none.
library PredicateLib {
    /// @dev Gas that stays with the kernel beside a view's stipend.
    uint256 private constant MARGIN = 5000;

    function any(bytes memory mandate) internal pure returns (bool) {
        return MandateLib.linears(mandate) != 0 || MandateLib.views(mandate) != 0;
    }

    /// @notice Violations as they are, linear ones first; empty when they are not wanted or there are none.
    function measure(mapping(bytes32 => Slots) storage parameters, Case memory c, bool wanted)
        internal
        view
        returns (uint256[] memory v)
    {
        if (!wanted || !any(c.mandate)) return v;
        uint256 linears = MandateLib.linears(c.mandate);
        v = new uint256[](linears + MandateLib.views(c.mandate));
        uint256 place = MandateLib.firstLinear(c.mandate);
        for (uint256 i; i < v.length; ++i) {
            if (i < linears) {
                v[i] = linear(parameters, c, place);
                place = MandateLib.nextLinear(place);
            } else {
                v[i] = ask(c, place);
                place = MandateLib.nextView(place);
            }
        }
    }

    /// @notice Reverts, naming the predicate, unless each stands at zero (`strict`) or no worse than before.
    function check(
        mapping(bytes32 => Slots) storage parameters,
        Case memory c,
        uint256[] memory before,
        bool strict
    ) internal view {
        if (!any(c.mandate)) return;
        uint256[] memory v = measure(parameters, c, true);
        for (uint256 i; i < v.length; ++i) {
            uint256 allowed = strict ? 0 : before[i];
            if (v[i] > allowed) refuse(c.mandate, i, v[i], allowed);
        }
    }

    function refuse(bytes memory mandate, uint256 i, uint256 violation, uint256 allowed)
        private
        pure
    {
        uint256 linears = MandateLib.linears(mandate);
        require(i >= linears, E.LinearViolated(i, violation, allowed));
        uint256 place = MandateLib.firstLinear(mandate);
        for (uint256 j; j < linears; ++j) {
            place = MandateLib.nextLinear(place);
        }
        for (uint256 j = linears; j < i; ++j) {
            place = MandateLib.nextView(place);
        }
        (,, string memory name) = MandateLib.viewAt(place);
        revert E.PredicateViolated(name, violation, allowed);
    }

    /// @notice max(0, Σ a·p − b) over kernel-held values in force.
    function linear(mapping(bytes32 => Slots) storage parameters, Case memory c, uint256 place)
        private
        view
        returns (uint256)
    {
        int256 sum = -MandateLib.bound(place);
        uint256 count = MandateLib.terms(place);
        for (uint256 i; i < count; ++i) {
            (uint8 class, bytes32 subject, uint256 index, int256 coefficient) =
                MandateLib.term(place, i);
            uint256 spec = MandateLib.findClass(c.mandate, class);
            uint256 state = parameters[ParameterLib.key(c.market, class, subject)].state;
            uint160 value = ValueLib.inForce(c.market, c.mandate, spec, subject, state);
            sum += coefficient * int256(MandateLib.part(value, MandateLib.component(spec, index)));
        }
        return sum > 0 ? uint256(sum) : 0;
    }

    /// @dev A view that reverts, runs out of its stipend or answers other than one word refuses by name. Too little gas from
    /// the caller reverts before it can look like a refusal.
    function ask(Case memory c, uint256 place) private view returns (uint256 violation) {
        (address target, uint256 stipend, string memory name) = MandateLib.viewAt(place);
        bytes memory data =
            abi.encodeCall(IPredicate.violation, (c.market, StepLib.asChanges(c.steps)));
        uint256 needed = stipend * 64 / 63 + MARGIN;
        require(gasleft() >= needed, E.TooLittleGas(gasleft(), needed));
        bool fine;
        assembly ("memory-safe") {
            fine := staticcall(stipend, target, add(data, 32), mload(data), 0, 32)
            fine := and(fine, eq(returndatasize(), 32))
            violation := mload(0)
        }
        require(fine && target.code.length != 0, E.PredicateFailed(name));
    }
}
