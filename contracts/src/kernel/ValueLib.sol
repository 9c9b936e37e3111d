// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IActuator} from "../interfaces/IActuator.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib} from "./ParameterLib.sol";
import {RampLib} from "./RampLib.sol";

/// @title The value that is in force
library ValueLib {
    using ParameterLib for uint256;

    /// @notice The value now, faded where the class is residual. What was never set stands at the fallback's.
    /// @param place The class in `mandate`.
    /// @param state The parameter's first slot.
    function inForce(
        address market,
        bytes memory mandate,
        uint256 place,
        bytes32 subject,
        uint256 state
    ) internal view returns (uint160) {
        if (state == 0) return anchor(market, place, subject);
        return MandateLib.residual(place) ? faded(mandate, state) : state.value();
    }

    /// @notice The fallback's value, which only two-sided classes have: one where the class is residual.
    function anchor(address market, uint256 place, bytes32 subject)
        internal
        view
        returns (uint160)
    {
        if (MandateLib.residual(place)) return uint160(RampLib.ONE);
        if (!MandateLib.twoSided(place)) return 0;
        return IActuator(market).anchor(MandateLib.classId(place), subject);
    }

    /// @notice A residual value now.
    function faded(bytes memory mandate, uint256 state) internal view returns (uint160) {
        return uint160(
            RampLib.fade(
                state.value(),
                state.beat(),
                block.timestamp,
                MandateLib.tau(mandate),
                MandateLib.tauR(mandate)
            )
        );
    }
}
