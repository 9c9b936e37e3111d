// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @dev Kinds of record. A kind's body is the encoding of the struct named beside it: packed for `Decision` (see `BodyLib`),
/// ABI for the others.
library Kind {
    /// @dev `Decision`: a decision took effect.
    uint8 internal constant APPLY = 1;
    /// @dev `Decision`: a decision waits until `eta`.
    uint8 internal constant QUEUE = 2;
    /// @dev `Ending`: guardian or governor stopped a waiting decision.
    uint8 internal constant VETO = 3;
    /// @dev `Ending`: a waiting decision outlived its grace.
    uint8 internal constant EXPIRE = 4;
    /// @dev `Ending`: a waiting decision became void; `reason` is the selector of the error.
    uint8 internal constant DROP = 5;
    /// @dev `Decision`: values were put back at once.
    uint8 internal constant ROLLBACK = 6;
    /// @dev `Pause`.
    uint8 internal constant PAUSE = 7;
    /// @dev `Resume`.
    uint8 internal constant RESUME = 8;
    /// @dev `Revocation`.
    uint8 internal constant REVOKE = 9;
    /// @dev `MandateActivation`.
    uint8 internal constant MANDATE = 10;
    /// @dev `ModelActivation`.
    uint8 internal constant MODEL = 11;
    /// @dev `Release`: a residual class is left to its fallback.
    uint8 internal constant FALLBACK = 12;
    /// @dev `Closing`.
    uint8 internal constant CLOSE = 13;
    /// @dev `CapacityChange`.
    uint8 internal constant CAPACITY = 14;
    /// @dev `Act`: an announcement, its cancellation, or an act without a kind of its own.
    uint8 internal constant ADMIN = 15;
    /// @dev `Sighting`: a newer report was shown but not used.
    uint8 internal constant SIGHT = 16;
}

/// @notice One parameter's move as it stands in a record.
/// @param class Parameter class.
/// @param subject Whose parameter; zero for a market-wide class.
/// @param from Value before, faded where the class is residual.
/// @param to Value after.
/// @param trail Before the move: `beat` 40 | `movedAt` 40 | digest of the parameter's previous record 176, high bits first.
struct Move {
    uint8 class;
    bytes32 subject;
    uint160 from;
    uint160 to;
    uint256 trail;
}

/// @notice Body of APPLY, QUEUE and ROLLBACK. `moves[0]` is the parameter that a model decided on.
/// @param origin `producer` 8 | `principal` 8 | reserved 8 | `era` 32 | `sequence` 40 | `actor` 160, high bits first. `sequence` is
/// the report's sequence or the epoch for MODEL, the sequence of the undone record for ROLLBACK, zero for MANUAL.
/// @param charge What it was charged, or for QUEUE the quote, in the settlement asset's smallest unit.
/// @param eta Earliest time of application; zero when it never waited.
/// @param output The model's output; zero without a model.
/// @param features Packed features as the model saw them; empty without a model and in the APPLY of a QUEUE record.
/// @param moves The changes, in the actuator's order.
struct Decision {
    uint256 origin;
    uint256 charge;
    uint40 eta;
    int256 output;
    bytes features;
    Move[] moves;
}

/// @notice Body of VETO, EXPIRE and DROP.
/// @param actor Who asked.
/// @param queued Sequence of the QUEUE record that ends.
/// @param reason Selector of the error that voids it; zero for VETO and EXPIRE.
struct Ending {
    address actor;
    uint40 queued;
    bytes4 reason;
}

/// @notice Body of PAUSE.
struct Pause {
    address actor;
    uint40 until;
}

/// @notice Body of RESUME.
struct Resume {
    address actor;
}

/// @notice Body of REVOKE.
/// @param agent The agent, or zero for the whole mandate.
/// @param era The market's era after it.
struct Revocation {
    address agent;
    uint32 era;
}

/// @notice Body of MANDATE.
/// @param mandateId Hash of the mandate's bytes.
/// @param code Address of the contract that holds them.
/// @param era The market's era after it.
struct MandateActivation {
    bytes32 mandateId;
    address code;
    uint32 era;
}

/// @notice Body of MODEL.
/// @param slot The place that mandates name.
/// @param version How many models were active in the slot, this one included.
/// @param modelId Hash of the program.
/// @param root Address of its first chunk.
/// @param schemaHash Schema that the program commits to.
/// @param era The market's era after it.
struct ModelActivation {
    uint32 slot;
    uint32 version;
    bytes32 modelId;
    address root;
    bytes32 schemaHash;
    uint32 era;
}

/// @notice Body of FALLBACK.
/// @param actor Guardian or governor.
/// @param class The residual class.
/// @param value The multiplier from which the slew starts, WAD.
/// @param beat The heartbeat as set: the slew starts at `beat + tau`.
struct Release {
    address actor;
    uint8 class;
    uint160 value;
    uint40 beat;
}

/// @notice Body of CLOSE.
/// @param subject Whose line.
/// @param moves Each parameter of the subject that was not already zero, to zero.
struct Closing {
    bytes32 subject;
    Move[] moves;
}

/// @notice Body of CAPACITY.
/// @param agent Zero for the market's buckets; otherwise the agent whose share changed, and only `bps` counts.
/// @param drift Capacity B.
/// @param driftLeak Leak ρ, per second, scaled by 2^32.
/// @param instant Capacity I.
/// @param instantLeak Leak ι, per second, scaled by 2^32.
/// @param bps The governor's reserve as a share of B, or the agent's share of everything.
struct CapacityChange {
    address agent;
    uint96 drift;
    uint96 driftLeak;
    uint96 instant;
    uint96 instantLeak;
    uint16 bps;
}

/// @notice Body of ADMIN.
/// @param actor Who acted.
/// @param ripeAt For an announcement, from when it may be done; zero for a cancellation or an act done.
/// @param call The kernel call, selector and arguments.
/// @param cancelled Whether this takes an announcement back.
struct Act {
    address actor;
    uint40 ripeAt;
    bool cancelled;
    bytes call;
}

/// @notice Body of SIGHT.
struct Sighting {
    address actor;
    uint8 class;
    bytes32 subject;
    uint32 sequence;
}

/// @notice What, with its kernel and chain, makes a record's link: enough to prove a record from its digest.
/// @param previous The market's head digest before it (216 bits).
/// @param sequence Its number in the market's chain, from 1.
/// @param kind One of `Kind`.
/// @param time Block time.
/// @param body The body's bytes.
struct Record {
    bytes27 previous;
    uint40 sequence;
    uint8 kind;
    uint40 time;
    bytes body;
}

/// @notice The record chain, one per market; market zero carries the kernel's own acts.
/// @dev link = keccak256(previous 27 ‖ sequence 5 ‖ kind 1 ‖ chain id 8 ‖ kernel 20 ‖ time 5 ‖ keccak256(body) 32), 98 bytes. `previous`
/// is the high 216 bits of the link before it, zero for the first. A parameter's record digest is the high 176 bits of the link.
interface IRecords {
    /// @notice A record was linked.
    event Linked(
        address indexed market, uint40 indexed sequence, uint8 kind, bytes32 link, bytes body
    );
}
