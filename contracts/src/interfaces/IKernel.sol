// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "./IActuator.sol";
import {Report} from "./IAttestors.sol";
import {IRecords, Record} from "./IRecords.sol";

/// @notice Who made a decision: the model, the governor, or the undoing of a record.
library Producer {
    uint8 internal constant MODEL = 0;
    uint8 internal constant MANUAL = 1;
    uint8 internal constant ROLLBACK = 2;
}

/// @notice On whose authority: it selects sub-bucket, lockout and whether the instant lane exists, never the verdict.
library Principal {
    uint8 internal constant NOBODY = 0;
    uint8 internal constant AGENT = 1;
    uint8 internal constant GOVERNOR = 2;
    uint8 internal constant GUARDIAN = 3;
}

/// @notice What becomes of an admitted decision.
library Verdict {
    uint8 internal constant APPLIED = 1;
    uint8 internal constant QUEUED = 2;
    uint8 internal constant DROPPED = 3;
    uint8 internal constant EXPIRED = 4;
    uint8 internal constant SIGHTED = 5;
}

/// @notice Fixed at deployment.
/// @param governor Holds every governance act.
/// @param guardian May only lower risk; replaceable by the governor after `minDelay`.
/// @param attestors Signer sets.
/// @param store Programs.
/// @param interpreter Runs them.
/// @param minDelay D_m in seconds: how long anything that enlarges what is admissible waits; no window is longer.
/// @param pauseMax P_max in seconds: the longest pause.
struct Config {
    address governor;
    address guardian;
    address attestors;
    address store;
    address interpreter;
    uint40 minDelay;
    uint40 pauseMax;
}

/// @notice What an agent supplies: reports, never features and never values.
/// @param market The economy's actuator.
/// @param class Parameter class to decide on.
/// @param subject Whose; zero for a market-wide class.
/// @param epoch For a market-wide class the present epoch, time / averaging; zero otherwise.
/// @param generation The parameter's generation that the caller has seen, or `type(uint24).max` for any.
/// @param report The report; empty for a class that reads the chain only.
/// @param signers Bitmap of the signer indices.
/// @param signatures 65 bytes each, ordered by index.
struct ModelDecision {
    address market;
    uint8 class;
    bytes32 subject;
    uint32 epoch;
    uint24 generation;
    Report report;
    uint256 signers;
    bytes signatures;
}

/// @notice One item's fate in a batch.
/// @param verdict `Verdict`, or zero for a refusal.
/// @param sequence The record's number, or zero.
/// @param reason At most 256 bytes of the refusal's data, selector first.
struct ItemResult {
    uint8 verdict;
    uint40 sequence;
    bytes reason;
}

/// @notice The state of one parameter.
/// @param value As set; fades are not applied.
/// @param sequence The *used* mark: report sequence, or epoch.
/// @param beat When a decision on fresh inputs last contained it; the time of its score.
/// @param generation Number of applied moves, modulo 2^24.
/// @param movedAt Time of the last riskier move.
/// @param seen Highest report sequence shown for it.
/// @param pending Whether its last record is a QUEUE record that has not ended by record.
/// @param head Digest of its last record; zero when it has none, or only its first.
struct Parameter {
    uint160 value;
    uint32 sequence;
    uint40 beat;
    uint24 generation;
    uint40 movedAt;
    uint32 seen;
    bool pending;
    bytes22 head;
}

/// @notice Buckets of a market or of one agent in it, settled to now.
/// @param driftCapacity B, or the agent's share of it; the agents' limit is `driftCapacity - reserve`.
/// @param driftLevel Drift charged and not yet leaked.
/// @param driftLeak ρ per second, scaled by 2^32.
/// @param instantCapacity I.
/// @param instantLevel Instant charged and not yet leaked.
/// @param instantLeak ι per second, scaled by 2^32.
/// @param reserve The governor's slice of drift.
/// @param pending Upper bound of the quotes that wait now; `type(uint96).max` is "unbounded".
struct Allowance {
    uint96 driftCapacity;
    uint96 driftLevel;
    uint96 driftLeak;
    uint96 instantCapacity;
    uint96 instantLevel;
    uint96 instantLeak;
    uint96 reserve;
    uint96 pending;
}

/// @notice A market's standing.
/// @param mandate Contract that holds the mandate's bytes; zero before the first.
/// @param era Rises with each mandate, model and revocation, and voids what waits.
/// @param pausedUntil End of the pause.
/// @param revoked Whether the mandate was revoked.
/// @param revokedAgents Bitmap over the mandate's agents.
struct Standing {
    address mandate;
    uint32 era;
    uint40 pausedUntil;
    bool revoked;
    uint16 revokedAgents;
}

/// @notice The active model of a slot.
/// @param root Address of the program's first chunk; zero when the slot is empty.
/// @param version How many models were active in it.
/// @param modelId Hash of the program.
/// @param schemaHash Schema that reports must follow.
struct Model {
    address root;
    uint32 version;
    bytes32 modelId;
    bytes32 schemaHash;
}

/// @notice Reasons for which the kernel refuses, each with what was given and what is allowed.
interface IKernelErrors {
    // ── who and where ────────────────────────────────────────────────────────────────────────────────────────────────
    /// @notice The kernel is in the middle of another act.
    error Reentered();
    error NotGovernor(address caller);
    error NotGuardian(address caller);
    error NotKernel(address caller);
    error UnknownMarket(address market);
    error UnknownClass(uint8 class);
    error UnknownAgent(address agent);
    /// @notice A market-wide class has subject zero, a per-person class has not.
    error WrongSubject(bytes32 subject);

    // ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────────
    error WrongMarket(address given, address expected);
    error WrongReportSubject(bytes32 given, bytes32 expected);
    /// @notice The schema differs from the active model's; the kernel compares the high 96 bits.
    error WrongSchema(bytes32 given, bytes12 expected);
    error WrongSignerSet(uint32 given, uint32 expected);
    error ReportStale(uint256 age, uint256 greatest);
    error ReportFromFuture(uint256 issuedAt, uint256 time);
    error ReportExpired(uint256 expiresAt, uint256 time);
    error SequenceUsed(uint256 given, uint256 used);
    error SequenceOld(uint256 given, uint256 seen);
    error WrongEpoch(uint256 given, uint256 present);
    error WrongGeneration(uint24 given, uint24 present);
    error NoModel(uint32 slot);
    /// @notice An actuator or interpreter answered what its interface does not promise.
    error Malformed(address target);

    // ── the decision ─────────────────────────────────────────────────────────────────────────────────────────────────
    error EmptyDecision();
    error TooManyChanges(uint256 given, uint256 allowed);
    error DuplicateParameter(uint8 class, bytes32 subject);
    /// @notice The actuator's first change is not the parameter that was decided on.
    error WrongParameter(uint8 class, bytes32 subject);
    /// @notice Bits outside the mandate's components are set.
    error StrayBits(uint160 value, uint160 mask);
    error OutOfCorridor(uint256 value, uint256 min, uint256 max);
    error Frozen(uint256 given, uint256 held);
    error StepExceeded(uint256 moved, uint256 limit);
    error SafeStepExceeded(uint256 moved, uint256 limit);
    error TooSoon(uint256 elapsed, uint256 delay);
    error QuoteTooLarge(uint256 quote, uint256 limit);
    error QuoteLength(uint256 given, uint256 expected);
    error QuoteFailed();
    error Paused(uint256 until);
    error MandateExpired(uint256 expiry, uint256 time);
    error MandateRevoked();
    error AgentRevoked(address agent);
    error LockedOut(uint256 until);
    /// @notice Somebody without standing may only make things strictly safer.
    error NotTightening();
    error LinearViolated(uint256 index, uint256 violation, uint256 allowed);
    error PredicateViolated(string name, uint256 violation, uint256 allowed);
    error PredicateFailed(string name);
    error DriftExceeded(uint256 level, uint256 limit);
    error SubDriftExceeded(uint256 level, uint256 limit);

    // ── queue and rollback ───────────────────────────────────────────────────────────────────────────────────────────
    error WrongKind(uint8 given, uint8 expected);
    error BodyLength(uint256 given, uint256 needed);
    error NotPending(bytes22 given, bytes22 head);
    error TooEarly(uint256 time, uint256 eta);
    error ChargeAboveQuote(uint256 charge, uint256 quote);
    error Superseded(uint32 given, uint32 present);
    error Final(uint256 finalAt, uint256 time);
    error NotInTrail(uint8 class, bytes32 subject);
    error AlreadyRolledBack(uint40 sequence);

    // ── batches and gas ──────────────────────────────────────────────────────────────────────────────────────────────
    error TooLittleGas(uint256 left, uint256 needed);
    error TooManyItems(uint256 given, uint256 allowed);

    // ── governance ───────────────────────────────────────────────────────────────────────────────────────────────────
    error UnknownAct(bytes4 selector);
    error AlreadyAnnounced(bytes32 act);
    error NotAnnounced(bytes32 act);
    error NotRipe(uint256 time, uint256 ripeAt);
    error Stale(uint256 time, uint256 until);
    error PausedTooSoon(uint256 time, uint256 notBefore);
    error NotPaused();
    error InstantAboveDrift(uint256 instant, uint256 drift);
    error BasisPoints(uint256 given, uint256 allowed);
    error UnknownMandate(bytes32 mandateId);
    error UnknownModel(bytes32 modelId);
    error NotResidual(uint8 class);
    error NotLockedOut(uint8 class, bytes32 subject);
    error ConfigMismatch(bytes32 given, bytes32 expected);
    error ZeroAddress();
    error NoCode(address target);
    error DelayTooShort(uint256 given, uint256 least);
}

/// @notice Reasons for which a mandate's bytes are refused.
interface IMandateErrors {
    error MandateVersion(uint8 given);
    error MandateMode(uint8 given);
    error MandateLength(uint256 given, uint256 expected);
    error MandateCount(uint256 given, uint256 least, uint256 most);
    error MandateMarket(address given, address expected);
    error WindowTooLong(uint256 window, uint256 limit);
    error GraceTooLong(uint256 grace, uint256 limit);
    error FinalityTooShort(uint256 finality, uint256 window);
    error ReserveTooLarge(uint256 bps, uint256 limit);
    error ZeroDelay(uint8 class);
    error NotAscending(uint256 given, uint256 previous);
    error CorridorEmpty(uint256 min, uint256 max);
    error CorridorTooWide(uint256 max, uint256 width);
    error ComponentWidth(uint256 width, uint256 limit);
    error UnknownKind(uint8 kind);
    error ResidualShape(uint8 class);
    /// @notice A class that is decided by epochs needs an averaging time.
    error NoAveraging(uint8 class);
    error UnknownTerm(uint8 class);
    error ClassFlags(uint8 flags);
}

/// @notice Deciding: the acts of agents, of the governor's manual path, of anybody, and of the actuator.
interface IKernelDecisions is IRecords {
    /// @notice A decision by the model: reports verified, model run, changes admitted at once or queued.
    /// @dev From an active agent of the mandate any direction; from anybody else only what makes every component safer or
    /// equal and one strictly safer. A queued change of the same parameter is superseded.
    /// @return verdict `Verdict.APPLIED` or `Verdict.QUEUED`.
    /// @return sequence Number of the record.
    function decide(ModelDecision calldata decision)
        external
        returns (uint8 verdict, uint40 sequence);

    /// @notice The governor's own decision, under the same verdict; safer at once, otherwise queued.
    function decideManually(address market, Change[] calldata changes)
        external
        returns (uint8 verdict, uint40 sequence);

    /// @notice Anybody brings a newer report: it lowers the value at once, or the target of a queued decision while keeping
    /// its time; when the model's output tightens nothing, the report is only marked as seen.
    /// @param queued The parameter's waiting QUEUE record of one change, or an empty record when none waits.
    /// @return verdict APPLIED, QUEUED (target lowered) or SIGHTED.
    function tighten(ModelDecision calldata decision, Record calldata queued)
        external
        returns (uint8 verdict, uint40 sequence);

    /// @notice Ends a queued decision: applies it from eta to eta + grace, expires it afterwards, drops it when it is void.
    /// @dev Open to anybody. Reverts, so that it may be tried again, when only budget, predicates, pause or gas stand against it.
    function execute(address market, Record calldata queued)
        external
        returns (uint8 verdict, uint40 sequence);

    /// @notice Decisions one by one, each isolated from the others' failure. Reverts whole for lack of gas.
    function batch(ModelDecision[] calldata items) external returns (ItemResult[] memory results);

    /// @notice One item of a batch. The kernel calls it on itself.
    function decideItem(ModelDecision calldata decision, address caller)
        external
        returns (uint8 verdict, uint40 sequence);

    /// @notice The calling actuator closes a line: all of the subject's parameters are zero and their records final.
    /// @dev Never refused for the state of agent, mandate, pause or predicate.
    function recordClose(bytes32 subject) external;

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────
    /// @notice The value in force now: faded for a residual class, the fallback's for a two-sided one never set.
    function valueOf(address market, uint8 class, bytes32 subject)
        external
        view
        returns (uint160 value);

    /// @notice Digest (216 bits) and sequence of the market's last record.
    function head(address market) external view returns (bytes27 digest, uint40 sequence);

    /// @notice Share of liquidity, in basis points, that new draws must leave free now.
    function exitReserve(address market) external view returns (uint256 bps);

    /// @notice End of the market's pause; in the past when it is not paused.
    function pausedUntil(address market) external view returns (uint40);
}

/// @notice Looking: the kernel's state, settled to now.
interface IKernelViews {
    /// @notice The stored state of a parameter.
    function parameter(address market, uint8 class, bytes32 subject)
        external
        view
        returns (Parameter memory);

    /// @notice The market's buckets, settled to now.
    function allowance(address market) external view returns (Allowance memory);

    /// @notice One agent's sub-buckets, settled to now; `pending` is the market's. While the share is everything the levels
    /// are an upper bound: at least the market's, which bind first.
    function subAllowance(address market, address agent) external view returns (Allowance memory);

    /// @notice Mandate, era, pause and revocations of a market.
    function standing(address market) external view returns (Standing memory);

    /// @notice Id and bytes of the market's mandate; empty before the first.
    function mandateOf(address market) external view returns (bytes32 mandateId, bytes memory data);

    /// @notice The mandate's heartbeat: seconds of silence before residual values slew, and seconds the slew takes.
    function ramp(address market) external view returns (uint256 tau, uint256 tauR);

    /// @notice The active model of a slot.
    function modelOf(address market, uint32 slot) external view returns (Model memory);

    /// @notice Until when agents are locked out of a parameter after a rollback.
    function lockedUntil(address market, uint8 class, bytes32 subject)
        external
        view
        returns (uint40);
}

/// @notice Governing: what enlarges waits D_m after its announcement, what narrows acts at once.
interface IKernelGovernance is IRecords {
    /// @notice Deploys a mandate's bytes as contract code, once; open to anybody.
    function storeMandate(bytes calldata data) external returns (bytes32 mandateId, address code);

    /// @notice Announces a kernel call that must wait; it may be done from D_m to 2·D_m later.
    /// @param call Selector and arguments of `activateMandate`, `activateModel`, `setCapacity`, `setShare`, `activateSigners`,
    /// `setGuardian`, `resume`, `instruct` or `readmit`.
    function announce(bytes calldata call) external;

    /// @notice Takes an announcement back. Governor or guardian.
    function cancel(bytes calldata call) external;

    /// @notice Puts an announced mandate in force and voids what waits under the old one.
    function activateMandate(address market, bytes32 mandateId) external;

    /// @notice Puts an announced model in force in a slot and voids what waits.
    function activateModel(address market, uint32 slot, bytes32 modelId) external;

    /// @notice Sets a market's capacities: at once when nothing grows, otherwise as announced. Values are stored to 54
    /// significant bits, rounded down; the record carries what is stored.
    /// @param reserveBps The governor's slice of drift; shrinking it enlarges the agents' limit, so it waits.
    function setCapacity(
        address market,
        uint96 drift,
        uint96 driftLeak,
        uint96 instant,
        uint96 instantLeak,
        uint16 reserveBps
    ) external;

    /// @notice Sets an agent's share of the market's capacities and leaks: at once when it falls, otherwise as announced.
    function setShare(address market, address agent, uint16 bps) external;

    /// @notice Replaces a signer set, as announced.
    function activateSigners(uint32 set, address[] calldata signers, uint8 quorum) external;

    /// @notice Takes a signer out of a set at once.
    function removeSigner(uint32 set, address signer) external;

    /// @notice Replaces the guardian, as announced.
    function setGuardian(address guardian) external;

    /// @notice Pauses draws and riskier changes for P_max. Guardian or governor, each at most once in 4·P_max.
    function pause(address market) external;

    /// @notice Ends a pause early, as announced.
    function resume(address market) external;

    /// @notice Has a market carry out an instruction in its own terms, as announced; see `IActuator.onInstructed`.
    function instruct(address market, bytes calldata instruction) external;

    /// @notice Leaves a residual class to its fallback: the slew starts now. Guardian or governor.
    function release(address market, uint8 class) external;

    /// @notice Revokes the mandate at once: nobody has standing under it, the fallback takes over. Guardian or governor.
    function revokeMandate(address market) external;

    /// @notice Revokes one agent at once. Guardian or governor.
    function revokeAgent(address market, address agent) external;

    /// @notice When an announced call becomes ripe; zero when it is not announced.
    function ripeAt(bytes calldata call) external view returns (uint40);

    /// @notice Address of a stored mandate, zero when unknown.
    function mandateCode(bytes32 mandateId) external view returns (address code);

    /// @notice The deployment's constants, with the present guardian.
    function config() external view returns (Config memory);
}

/// @notice Stopping what waits and undoing what is not final.
interface IKernelUndo is IRecords {
    /// @notice Lifts the lockout of a parameter, as announced.
    function readmit(address market, uint8 class, bytes32 subject) external;

    /// @notice Stops a queued decision. Guardian or governor.
    function veto(address market, Record calldata queued) external;

    /// @notice Puts the parameters of a record back to what they were before it, while it is not final.
    /// @param records The parameters' records from the newest to the one to undo, which is the last.
    /// @return verdict APPLIED when the result is safer; QUEUED when it is riskier, which only the governor may ask for.
    function rollback(address market, Record[] calldata records)
        external
        returns (uint8 verdict, uint40 sequence);

    /// @notice Undoes a parameter's very first record, whose digest is not stored: it goes back to the value it began with.
    /// @param later The parameter's later records, from the newest.
    function rollbackFirst(address market, uint8 class, bytes32 subject, Record[] calldata later)
        external
        returns (uint8 verdict, uint40 sequence);
}

/// @notice The only door to a parameter, for people and for agents.
interface IKernel is
    IKernelDecisions,
    IKernelViews,
    IKernelGovernance,
    IKernelUndo,
    IKernelErrors,
    IMandateErrors
{}
