// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The most a fully malicious agent can cost, per component, in loan-asset units, rounded up.
/// @param baseline What today's lines can lose with no agent at all.
/// @param creditOpen New credit that the agent can bring into force in H while nobody reacts.
/// @param creditSeen The same while the guardian reacts within R; from R = window on, only drift holds it back.
/// @param supRate What suppliers can be under-paid over H.
/// @param borRate What borrowers can be over-charged over H.
/// @param supplierHarm creditOpen + supRate.
/// @param borrowerHarm borRate; never netted against the suppliers' side.
/// @param supplierLoss baseline + supplierHarm.
struct Harm {
    uint256 baseline;
    uint256 creditOpen;
    uint256 creditSeen;
    uint256 supRate;
    uint256 borRate;
    uint256 supplierHarm;
    uint256 borrowerHarm;
    uint256 supplierLoss;
}

/// @notice Reads the worst case from the mandate and the live state.
interface IWorstCase {
    /// @notice The worst case from now on. Never reverts; figures saturate.
    /// @param horizon H, seconds during which the agent is taken to act.
    /// @param reaction R, seconds within which the guardian is taken to react.
    function worstCase(uint256 horizon, uint256 reaction) external view returns (Harm memory);
}
