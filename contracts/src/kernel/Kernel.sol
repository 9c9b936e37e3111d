// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../interfaces/IActuator.sol";
import {IAttestors, Report} from "../interfaces/IAttestors.sol";
import {
    Config,
    IKernelDecisions,
    ItemResult,
    ModelDecision,
    Principal,
    Producer,
    Verdict
} from "../interfaces/IKernel.sol";
import {Closing, Decision, Ending, Kind, Move, Record, Sighting} from "../interfaces/IRecords.sol";
import {AskLib} from "./AskLib.sol";
import {BodyLib} from "./BodyLib.sol";
import {BoundsLib} from "./BoundsLib.sol";
import {Case, Step, StepLib} from "./Case.sol";
import {CharterLib} from "./CharterLib.sol";
import {KernelBase, Market, requireSameConfig} from "./KernelBase.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib, Slots} from "./ParameterLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {StandingLib} from "./StandingLib.sol";
import {ValueLib} from "./ValueLib.sol";
import {WaitLib} from "./WaitLib.sol";

/// @title Kernel
/// @notice The only door to a parameter: admission, queue, batches, permissionless tightening. Governance and most views stand in
/// `KernelAdmin`, stopping and undoing in `KernelUndo`, immutable extensions behind the fallback; together they are `IKernel`.
contract Kernel is KernelBase, IKernelDecisions {
    using ParameterLib for uint256;
    using StandingLib for uint256;

    /// @dev Gas that each item of a batch gets.
    uint256 internal constant ITEM_STIPEND = 1_200_000;
    /// @dev Gas that a batch keeps for itself while an item runs.
    uint256 internal constant ITEM_TAIL = 60_000;
    uint256 internal constant MOST_ITEMS = 64;
    uint256 internal constant MOST_REASON = 256;

    /// @dev `KernelAdmin`, deployed with the same configuration.
    address internal immutable EXTENSION;

    constructor(Config memory config_, address extension) KernelBase(config_) {
        requireSameConfig(config_, extension);
        EXTENSION = extension;
        _guardian = config_.guardian;
    }

    /// @dev Everything of `IKernel` that does not stand here.
    fallback() external {
        _forward(EXTENSION);
    }

    // ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelDecisions
    function decide(ModelDecision calldata decision)
        external
        locked
        returns (uint8 verdict, uint40 sequence)
    {
        return _decide(decision, msg.sender, false);
    }

    /// @inheritdoc IKernelDecisions
    function decideManually(address market, Change[] calldata changes)
        external
        locked
        returns (uint8 verdict, uint40 sequence)
    {
        if (msg.sender != GOVERNOR) revert NotGovernor(msg.sender);
        Case memory c = _open(market);
        c.producer = Producer.MANUAL;
        c.principal = Principal.GOVERNOR;
        c.actor = msg.sender;
        c.steps = StepLib.from(changes);
        _raise(_judge(c));
        return _admit(c);
    }

    /// @inheritdoc IKernelDecisions
    function tighten(ModelDecision calldata decision, Record calldata queued)
        external
        locked
        returns (uint8 verdict, uint40 sequence)
    {
        Case memory c = _open(decision.market);
        c.actor = msg.sender;
        _infer(c, decision);
        bytes memory refusal = _judge(c);
        if (queued.kind != 0) return _lower(c, decision, queued, refusal);
        if (c.way != BoundsLib.SAFER) return _sight(c, decision);
        _raise(refusal);
        return (Verdict.APPLIED, _apply(c, Kind.APPLY));
    }

    /// @inheritdoc IKernelDecisions
    function execute(address market, Record calldata queued)
        external
        locked
        returns (uint8 verdict, uint40 sequence)
    {
        Case memory c = _open(market);
        bytes22 digest = _queuedDigest(queued);
        uint256 quoted = _adopt(c, queued);
        bytes4 reason = _voidReason(c, digest, uint256(bytes32(queued.body)));
        if (reason != 0) return _drop(c, queued, digest, reason);
        if (block.timestamp < c.eta) revert TooEarly(block.timestamp, c.eta);
        if (block.timestamp > c.eta + MandateLib.grace(c.mandate)) {
            _end(c, digest);
            return (Verdict.EXPIRED, _linkEnding(c, Kind.EXPIRE, queued.sequence, 0));
        }
        bytes memory refusal = _judge(c);
        if (refusal.length != 0) return _drop(c, queued, digest, bytes4(refusal));
        if (c.way == BoundsLib.RISKIER) {
            _requireOpen(c);
            c.charge = c.producer == Producer.ROLLBACK ? 0 : AskLib.quote(c.market, c.steps);
            if (c.charge > quoted) return _drop(c, queued, digest, ChargeAboveQuote.selector);
            _book(c, false);
        }
        return (Verdict.APPLIED, _apply(c, Kind.APPLY));
    }

    /// @inheritdoc IKernelDecisions
    function batch(ModelDecision[] calldata items)
        external
        locked
        returns (ItemResult[] memory results)
    {
        uint256 count = items.length;
        if (count > MOST_ITEMS) revert TooManyItems(count, MOST_ITEMS);
        results = new ItemResult[](count);
        assembly ("memory-safe") {
            tstore(BATCH, add(tload(BATCH), 1))
        }
        for (uint256 i; i < count; ++i) {
            _item(items[i], results[i]);
        }
    }

    /// @inheritdoc IKernelDecisions
    function decideItem(ModelDecision calldata decision, address caller)
        external
        returns (uint8 verdict, uint40 sequence)
    {
        if (msg.sender != address(this)) revert NotKernel(msg.sender);
        return _decide(decision, caller, true);
    }

    /// @inheritdoc IKernelDecisions
    function recordClose(bytes32 subject) external locked {
        if (_markets[msg.sender].standing.charter() == address(0)) return;
        Case memory c = _open(msg.sender);
        Move[] memory moves = new Move[](MandateLib.classes(c.mandate));
        uint256 closed;
        uint256 place = MandateLib.firstClass(c.mandate);
        for (uint256 i; i < moves.length; ++i) {
            if (!MandateLib.marketWide(place)) {
                (bool did, Move memory m) = _close(MandateLib.classId(place), subject);
                if (did) moves[closed++] = m;
            }
            place = MandateLib.nextClass(place);
        }
        if (closed == 0) return;
        assembly ("memory-safe") {
            mstore(moves, closed)
        }
        _link(msg.sender, Kind.CLOSE, abi.encode(Closing(subject, moves)));
    }

    // ── admission ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _decide(ModelDecision calldata d, address caller, bool inBatch)
        private
        returns (uint8 verdict, uint40 sequence)
    {
        Case memory c = _open(d.market);
        c.actor = caller;
        (uint8 principal, bytes memory refusal) = _standingOf(c, caller);
        c.principal = principal;
        _infer(c, d);
        bytes memory bounds = _judge(c);
        // Somebody without standing may still make things strictly safer.
        if (principal == Principal.NOBODY && c.way != BoundsLib.SAFER) _raise(refusal);
        _raise(bounds);
        if (inBatch) _markBatch(c);
        return _admit(c);
    }

    /// @dev Agent or nobody, and why.
    function _standingOf(Case memory c, address caller)
        private
        view
        returns (uint8 principal, bytes memory refusal)
    {
        uint256 index = MandateLib.indexOf(c.mandate, caller);
        c.index = index;
        uint256 expiry = MandateLib.expiry(c.mandate);
        if (index == 0) {
            refusal = abi.encodeWithSelector(UnknownAgent.selector, caller);
        } else if (c.standing.revoked()) {
            refusal = abi.encodeWithSelector(MandateRevoked.selector);
        } else if (c.standing.agentRevoked(index)) {
            refusal = abi.encodeWithSelector(AgentRevoked.selector, caller);
        } else if (block.timestamp > expiry) {
            refusal = abi.encodeWithSelector(MandateExpired.selector, expiry, block.timestamp);
        } else {
            principal = Principal.AGENT;
        }
    }

    /// @dev One verdict for everyone: safer at once; riskier at once if the instant lane has room and is there; else queued.
    function _admit(Case memory c) private returns (uint8 verdict, uint40 sequence) {
        if (c.way == BoundsLib.RISKIER) {
            _requireOpen(c);
            c.charge = AskLib.quote(c.market, c.steps);
            bool now_ = c.principal == Principal.AGENT && _book(c, true);
            if (!now_) return (Verdict.QUEUED, _queue(c));
        }
        return (Verdict.APPLIED, _apply(c, Kind.APPLY));
    }

    /// @dev Report verified, model run, output turned into changes by the actuator.
    function _infer(Case memory c, ModelDecision calldata d) private view {
        Step memory s;
        (s.class, s.subject) = (d.class, d.subject);
        s.place = _class(c.mandate, s.class, s.subject);
        _load(c, s);
        uint24 generation = s.state.generation();
        if (d.generation != type(uint24).max && d.generation != generation) {
            revert WrongGeneration(d.generation, generation);
        }
        uint256 active = CharterLib.model(c.mandate, MandateLib.indexOfClass(c.mandate, s.place));
        if (active == 0) revert NoModel(MandateLib.modelSlot(s.place));
        Report calldata r = d.report;
        bool reported = MandateLib.signerSet(s.place) != 0;
        c.sequence = _sequence(s, reported ? r.sequence : d.epoch, d.epoch, reported);
        if (reported) _verify(c, s, d, active);
        c.features = AskLib.features(c.market, s, reported ? r.payload : r.payload[:0]);
        c.output = AskLib.run(INTERPRETER, active, c.features);
        c.steps = AskLib.propose(c.market, s, c.output, MOST_CHANGES);
    }

    /// @dev The idempotency key: the report's sequence, or the present epoch; above what was used, not below what was seen.
    function _sequence(Step memory s, uint32 sequence, uint32 epoch, bool reported)
        private
        view
        returns (uint40)
    {
        if (!reported || MandateLib.marketWide(s.place)) {
            uint256 present = block.timestamp / MandateLib.averaging(s.place);
            if (epoch != present) revert WrongEpoch(epoch, present);
            if (sequence != present) revert WrongEpoch(sequence, present);
        } else {
            uint256 seen = s.stored.seen();
            if (sequence < seen) revert SequenceOld(sequence, seen);
        }
        uint256 used = s.state.sequence();
        if (sequence <= used) revert SequenceUsed(sequence, used);
        return sequence;
    }

    function _verify(Case memory c, Step memory s, ModelDecision calldata d, uint256 active)
        private
        view
    {
        Report calldata r = d.report;
        address market = r.market;
        if (market != c.market) revert WrongMarket(market, c.market);
        if (r.subject != s.subject) revert WrongReportSubject(r.subject, s.subject);
        uint32 set = MandateLib.signerSet(s.place);
        if (r.signerSet != set) revert WrongSignerSet(r.signerSet, set);
        bytes12 schema = bytes12(uint96(active >> 160));
        if (bytes12(r.schemaHash) != schema) revert WrongSchema(r.schemaHash, schema);
        uint256 issued = r.issuedAt;
        if (issued > block.timestamp) revert ReportFromFuture(issued, block.timestamp);
        if (block.timestamp > r.expiresAt) revert ReportExpired(r.expiresAt, block.timestamp);
        uint256 greatest = MandateLib.greatestAge(s.place);
        unchecked {
            uint256 age = block.timestamp - issued; // not in the future
            if (age > greatest) revert ReportStale(age, greatest);
        }
        _verifySigned(d);
    }

    /// @dev `IAttestors.verify(d.report, d.signers, d.signatures)`. The decision's encoding is copied once and pointed into,
    /// which saves 2,000 gas over encoding the report anew.
    function _verifySigned(ModelDecision calldata d) private view {
        address attestors = ATTESTORS;
        uint256 size = _extent(d);
        bytes4 selector = IAttestors.verify.selector;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, selector)
            mstore(add(p, 4), add(96, calldataload(add(d, 160))))
            mstore(add(p, 36), calldataload(add(d, 192)))
            mstore(add(p, 68), add(96, calldataload(add(d, 224))))
            calldatacopy(add(p, 100), d, size)
            if iszero(staticcall(gas(), attestors, p, add(100, size), 0, 0)) {
                returndatacopy(p, 0, returndatasize())
                revert(p, returndatasize())
            }
        }
        if (attestors.code.length == 0) revert NoCode(attestors);
    }

    // ── the queue's ends ─────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Takes a queued decision into the case; the queue's time is when its inputs were fresh.
    function _adopt(Case memory c, Record calldata queued) private view returns (uint256 quoted) {
        bytes calldata body = queued.body;
        uint256 origin = uint256(bytes32(body));
        c.steps = BodyLib.steps(body, BodyLib.count(origin));
        c.producer = BodyLib.producer(origin);
        c.principal = BodyLib.principal(origin);
        c.sequence = BodyLib.sequence(origin);
        c.actor = BodyLib.actor(origin);
        c.output = int256(uint256(bytes32(body[32:])));
        uint256 third = uint256(bytes32(body[64:]));
        quoted = third >> 160;
        c.eta = uint40(third >> 120);
        c.freshAt = queued.time;
        if (c.producer == Producer.MANUAL) c.freshAt = block.timestamp;
        if (c.producer == Producer.ROLLBACK) c.freshAt = 0;
    }

    /// @dev Why a queued decision is void, whatever the time; zero when it is not. Reverts when nothing waits for it.
    function _voidReason(Case memory c, bytes22 digest, uint256 origin)
        private
        view
        returns (bytes4)
    {
        uint256 waiting;
        Step memory s;
        for (uint256 i; i < c.steps.length; ++i) {
            s = c.steps[i];
            _load(c, s);
            if (_waits(s.stored, digest)) ++waiting;
        }
        if (waiting == 0) revert NotPending(digest, s.stored.head());
        if (BodyLib.era(origin) != c.standing.era()) return Superseded.selector;
        if (waiting < c.steps.length) return NotPending.selector;
        if (block.timestamp > MandateLib.expiry(c.mandate)) return MandateExpired.selector;
        if (c.principal != Principal.AGENT) return 0;
        c.index = MandateLib.indexOf(c.mandate, c.actor);
        return c.standing.agentRevoked(c.index) ? AgentRevoked.selector : bytes4(0);
    }

    /// @dev Marks what still waits for the digest as ended.
    function _end(Case memory c, bytes22 digest) private {
        for (uint256 i; i < c.steps.length; ++i) {
            _endOne(c.steps[i].key, digest);
        }
    }

    function _drop(Case memory c, Record calldata queued, bytes22 digest, bytes4 reason)
        private
        returns (uint8, uint40)
    {
        _end(c, digest);
        return (Verdict.DROPPED, _linkEnding(c, Kind.DROP, queued.sequence, reason));
    }

    function _linkEnding(Case memory c, uint8 kind, uint40 queued, bytes4 reason)
        private
        returns (uint40 sequence)
    {
        (sequence,) = _link(c.market, kind, abi.encode(Ending(msg.sender, queued, reason)));
    }

    // ── permissionless tightening ────────────────────────────────────────────────────────────────────────────────────

    /// @dev A newer report against a waiting decision: at once if the value is no riskier than what stands, otherwise the
    /// target comes down and keeps its time, authority and sub-bucket.
    function _lower(
        Case memory c,
        ModelDecision calldata decision,
        Record calldata queued,
        bytes memory refusal
    ) private returns (uint8, uint40) {
        Decision memory d = BodyLib.decode(queued.body);
        _requirePending(c.market, queued, d.moves);
        uint32 era = BodyLib.era(d.origin);
        if (era != c.standing.era()) revert Superseded(era, c.standing.era());
        if (d.moves.length != 1 || c.steps.length != 1) revert TooManyChanges(d.moves.length, 1);
        uint256 until = d.eta + MandateLib.grace(c.mandate);
        if (block.timestamp > until) revert Stale(block.timestamp, until);
        Step memory s = c.steps[0];
        uint256 way = BoundsLib.directionAll(s.place, d.moves[0].to, s.to, _anchor(c, s));
        if (way != BoundsLib.SAFER) return _sight(c, decision);
        _raise(refusal);
        if (c.way != BoundsLib.RISKIER) return (Verdict.APPLIED, _apply(c, Kind.APPLY));
        c.principal = BodyLib.principal(d.origin);
        c.actor = BodyLib.actor(d.origin);
        c.eta = d.eta;
        c.charge = AskLib.quote(c.market, c.steps);
        if (c.charge > d.charge) c.charge = d.charge;
        return (Verdict.QUEUED, _queue(c));
    }

    /// @dev A report that tightens nothing is marked as seen, so that no older one can be used after it.
    function _sight(Case memory c, ModelDecision calldata d) private returns (uint8, uint40) {
        Step memory s = c.steps[0];
        bool marks = MandateLib.signerSet(s.place) != 0 && !MandateLib.marketWide(s.place);
        if (!marks || c.sequence <= s.trail.seen()) revert NotTightening();
        _parameters[s.key].trail = ParameterLib.packTrail(
            s.trail.movedAt(), uint32(c.sequence), s.trail.status(), s.trail.head()
        );
        Sighting memory body = Sighting(msg.sender, d.class, d.subject, uint32(c.sequence));
        (uint40 sequence,) = _link(c.market, Kind.SIGHT, abi.encode(body));
        return (Verdict.SIGHTED, sequence);
    }

    // ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Zeroes one parameter of the calling market, ends what waits for it and forgets its records.
    function _close(uint8 class, bytes32 subject) private returns (bool did, Move memory m) {
        Slots storage slots = _parameters[ParameterLib.key(msg.sender, class, subject)];
        uint256 state = slots.state;
        uint256 trail = ParameterLib.trailOf(state, slots.trail);
        bool waits = trail.status() == ParameterLib.PENDING;
        if (state.value() == 0 && !waits) return (false, m);
        m = Move(class, subject, state.value(), 0, state.past(trail));
        uint24 generation = state.generation();
        unchecked {
            ++generation; // counts modulo 2^24, as every applied move does
        }
        slots.state = ParameterLib.packState(0, state.sequence(), 0, generation);
        slots.trail = ParameterLib.packTrail(trail.movedAt(), trail.seen(), ParameterLib.NONE, 0);
        return (true, m);
    }

    // ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Runs one item with its stipend. Too little gas reverts the whole batch, so no item is refused for lack of it.
    function _item(ModelDecision calldata d, ItemResult memory result) private {
        uint256 needed = ITEM_STIPEND * 64 / 63 + ITEM_TAIL;
        if (gasleft() < needed) revert TooLittleGas(gasleft(), needed);
        uint256 item = _extent(d);
        bytes4 selector = this.decideItem.selector;
        bool ok;
        uint256 size;
        uint256 first;
        uint256 second;
        // `decideItem(d, msg.sender)`, the item copied as it is encoded, which saves 1,600 gas over encoding it anew. Nothing is
        // allocated: what is written behind the free pointer is used up by the call.
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, selector)
            mstore(add(p, 4), 64)
            mstore(add(p, 36), caller())
            calldatacopy(add(p, 68), d, item)
            ok := call(ITEM_STIPEND, address(), 0, p, add(68, item), 0, 64)
            size := returndatasize()
            first := mload(0)
            second := mload(32)
        }
        if (ok) {
            (result.verdict, result.sequence) = (uint8(first), uint40(second));
            return;
        }
        if (size > MOST_REASON) size = MOST_REASON;
        bytes memory reason = new bytes(size);
        assembly ("memory-safe") {
            returndatacopy(add(reason, 32), 0, size)
        }
        result.reason = reason;
    }

    /// @dev How many bytes a decision's encoding takes, from its beginning to the end of the later of its two tails. Offsets that
    /// lead backwards are refused, so that a copy of these bytes reads as the original does.
    function _extent(ModelDecision calldata d) private pure returns (uint256 size) {
        bytes calldata payload = d.report.payload;
        bytes calldata signatures = d.signatures;
        assembly ("memory-safe") {
            let report := calldataload(add(d, 160))
            let offsets := or(report, calldataload(add(d, 224)))
            if shr(32, or(offsets, calldataload(add(add(d, report), 256)))) { revert(0, 0) }
            let end := add(payload.offset, and(add(payload.length, 31), not(31)))
            size := add(signatures.offset, and(add(signatures.length, 31), not(31)))
            if gt(end, size) { size := end }
            size := sub(size, d)
        }
    }

    /// @dev Within a batch, refuses a parameter that an earlier item has decided.
    function _markBatch(Case memory c) private {
        uint256 round;
        assembly ("memory-safe") {
            round := tload(BATCH)
        }
        for (uint256 i; i < c.steps.length; ++i) {
            bytes32 key = c.steps[i].key;
            uint256 mark;
            assembly ("memory-safe") {
                mark := tload(key)
                tstore(key, round)
            }
            if (mark == round) revert DuplicateParameter(c.steps[i].class, c.steps[i].subject);
        }
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelDecisions
    function valueOf(address market, uint8 class, bytes32 subject) external view returns (uint160) {
        Case memory c = _open(market);
        uint256 place = _class(c.mandate, class, subject);
        uint256 state = _parameters[ParameterLib.key(market, class, subject)].state;
        return ValueLib.inForce(market, c.mandate, place, subject, state);
    }

    /// @inheritdoc IKernelDecisions
    function head(address market) external view returns (bytes27 digest, uint40 sequence) {
        uint256 word = _markets[market].head;
        return (RecordLib.digest(bytes32(word)), uint40(word));
    }

    /// @inheritdoc IKernelDecisions
    function exitReserve(address market) external view returns (uint256 bps) {
        Market storage m = _markets[market];
        if (block.timestamp > WaitLib.reservedUntil(m.wait)) return 0;
        return MandateLib.exitReserveBps(CharterLib.read(m.standing.charter()));
    }

    /// @inheritdoc IKernelDecisions
    function pausedUntil(address market) external view returns (uint40) {
        return _markets[market].standing.pausedUntil();
    }
}
