// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IActuator} from "./IActuator.sol";

/// @notice One row of the lending policy: the terms that a predicted default earns.
/// @param upTo Greatest predicted default of the band, parts per million.
/// @param forecast Predicted default that stands for the band in features and calibration, parts per million.
/// @param terms Packed terms: L 48 | U 48 | c 16 | λ 16 | σ 16 | tenor 16, lowest bit first.
struct Band {
    uint24 upTo;
    uint24 forecast;
    uint160 terms;
}

/// @notice What is fixed for the life of a lending actuator.
/// @param kernel The only caller of its effects.
/// @param market The market it acts for.
/// @param rateStep Greatest riskier move of the multiplier that it proposes at once, WAD.
/// @param undoTime Published time to undo a rate move, seconds; scales the rate's charge.
/// @param manualForecast Predicted default of terms that are no band of the policy, parts per million.
/// @param bands The policy, ascending; the last one reaches 1,000,000 ppm.
struct ActuatorConfig {
    address kernel;
    address market;
    uint256 rateStep;
    uint32 undoTime;
    uint24 manualForecast;
    Band[] bands;
}

/// @notice The lending economy's side of the kernel: features, policy, charges, effects.
interface ILendingActuator is IActuator {
    /// @notice Only the kernel may call this.
    error NotKernel(address caller);
    /// @notice Only the market may call this.
    error NotMarket(address caller);
    /// @notice The market names another actuator.
    error ActuatorMismatch(address given, address expected);
    /// @notice The market names another kernel.
    error KernelMismatch(address given, address expected);
    /// @notice The class is none of this economy's.
    error UnknownClass(uint8 class);
    /// @notice The subject is no borrower, or not zero for a market-wide class.
    error BadSubject(uint8 class, bytes32 subject);
    /// @notice The model's output lies outside what the policy maps.
    error OutputOutOfRange(int256 output);
    /// @notice A band is not above the one before it, or its terms are riskier.
    error BandNotMonotone(uint256 band);
    /// @notice The bands leave a predicted default without terms.
    error BandsIncomplete(uint256 upTo, uint256 required);
    /// @notice The terms lie outside what the market can carry.
    error TermsOutOfRange(uint160 terms);
    /// @notice The multiplier lies outside what the market can carry.
    error MultiplierOutOfRange(uint256 multiplier, uint256 min, uint256 max);
    /// @notice A riskier decision needs a price that is neither stale nor diverging.
    error PriceUnusable(uint40 observedAt, bool fresh, bool agrees);

    /// @notice Closes a borrower's line in the kernel: all terms zero. Market only.
    function close(address borrower) external;

    /// @notice The policy.
    function bands() external view returns (Band[] memory);

    /// @notice The market it acts for.
    function market() external view returns (address);

    /// @notice What else a rate decision and its charge can be recomputed from.
    /// @return step Greatest riskier move of the multiplier that it proposes at once, WAD.
    /// @return undoTime Published time to undo a rate move, seconds.
    function steering() external view returns (uint256 step, uint32 undoTime);
}
