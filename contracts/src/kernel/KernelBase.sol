// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IKernelErrors, Config, Principal, Producer} from "../interfaces/IKernel.sol";
import {IActuator} from "../interfaces/IActuator.sol";
import {IRecords, Kind, Move, Record} from "../interfaces/IRecords.sol";
import {AskLib} from "./AskLib.sol";
import {BodyLib} from "./BodyLib.sol";
import {BoundsLib} from "./BoundsLib.sol";
import {BucketLib, Capacity, Level} from "./BucketLib.sol";
import {Case, Step} from "./Case.sol";
import {CharterLib} from "./CharterLib.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib, Slots} from "./ParameterLib.sol";
import {PredicateLib} from "./PredicateLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {StandingLib} from "./StandingLib.sol";
import {ValueLib} from "./ValueLib.sol";
import {WaitLib} from "./WaitLib.sol";

/// @notice A market's slots.
/// @param standing See `StandingLib`.
/// @param head Digest of the last record 216 | its sequence 40, high bits first.
/// @param capacity See `BucketLib.packCapacity`.
/// @param level See `BucketLib.packLevel`; the high 24 bits mark the agents whose own level is not kept, see `_bookShare`.
/// @param wait See `WaitLib`.
/// @param mandate The code of the mandate. Decisions read the charter, which holds it, the capacity and the active models.
struct Market {
    uint256 standing;
    uint256 head;
    uint256 capacity;
    uint256 level;
    uint256 wait;
    address mandate;
}

/// @notice A slot's active model.
/// @param active root 160 | high 96 bits of the schema's hash, low bits first: what the charter holds of it.
struct Active {
    uint256 active;
    bytes32 modelId;
    bytes32 schemaHash;
    uint32 version;
}

/// @title What the kernel and its extension share: storage, records, judging, applying, queueing
/// @dev Order of every application: judge, book, write parameters and record, check predicates, then call the actuator.
/// Nothing outside ever sees a parameter without its record. Refusals are written `if (…) revert`, because `require` evaluates
/// the error's arguments even when it passes.
abstract contract KernelBase is IRecords, IKernelErrors {
    using BucketLib for Level;
    using ParameterLib for uint256;
    using StandingLib for uint256;

    /// @dev Most changes in one decision.
    uint256 internal constant MOST_CHANGES = 8;
    /// @dev Transient slot of the lock.
    uint256 internal constant LOCK = 0x4d414e44415445;
    /// @dev Transient slot that counts a transaction's batches; parameters are marked with the number under their own keys.
    uint256 internal constant BATCH = 0x4d414e44415446;

    address internal immutable GOVERNOR;
    address internal immutable ATTESTORS;
    address internal immutable STORE;
    address internal immutable INTERPRETER;
    uint256 internal immutable MIN_DELAY;
    uint256 internal immutable PAUSE_MAX;

    mapping(address market => Market) internal _markets;
    mapping(bytes32 key => Slots) internal _parameters;
    /// @dev drift 96 | instant 96 | time 40 | share 16, low bits first.
    mapping(address market => mapping(address agent => uint256)) internal _subs;
    mapping(address market => mapping(uint32 slot => Active)) internal _models;
    mapping(bytes32 key => uint40) internal _lockedUntil;
    mapping(address market => mapping(address who => uint40)) internal _pauseNotBefore;
    mapping(bytes32 mandateId => address) internal _mandates;
    mapping(bytes32 act => uint40) internal _ripeAt;
    address internal _guardian;

    constructor(Config memory config_) {
        if (!(config_.governor != address(0) && config_.guardian != address(0)
                    && config_.attestors != address(0) && config_.store != address(0)
                    && config_.interpreter != address(0))) revert ZeroAddress();
        if (config_.minDelay <= 0) revert DelayTooShort(config_.minDelay, 1);
        if (config_.pauseMax <= 0) revert DelayTooShort(config_.pauseMax, 1);
        GOVERNOR = config_.governor;
        ATTESTORS = config_.attestors;
        STORE = config_.store;
        INTERPRETER = config_.interpreter;
        MIN_DELAY = config_.minDelay;
        PAUSE_MAX = config_.pauseMax;
    }

    /// @dev Runs the present call in an extension's code and this storage.
    function _forward(address extension) internal {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), extension, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if ok { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }

    /// @dev Held over a whole act, a batch included; views stay open, because nothing is ever out of step.
    modifier locked() {
        _lock();
        _;
        assembly ("memory-safe") {
            tstore(LOCK, 0)
        }
    }

    function _lock() private {
        bool held;
        assembly ("memory-safe") {
            held := tload(LOCK)
            tstore(LOCK, 1)
        }
        if (held) revert Reentered();
    }

    // ── opening a case ───────────────────────────────────────────────────────────────────────────────────────────────

    function _open(address market) internal view returns (Case memory c) {
        c.market = market;
        c.standing = _markets[market].standing;
        if (c.standing.charter() == address(0)) revert UnknownMarket(market);
        c.mandate = CharterLib.read(c.standing.charter());
        c.freshAt = block.timestamp;
    }

    /// @dev A class of the mandate and the kind of subject that it has.
    function _class(bytes memory mandate, uint8 class, bytes32 subject)
        internal
        pure
        returns (uint256 place)
    {
        place = MandateLib.findClass(mandate, class);
        if (place == 0) revert UnknownClass(class);
        if (MandateLib.marketWide(place) != (subject == 0)) revert WrongSubject(subject);
    }

    // ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Looks every parameter up and judges each change; a refusal is returned, what is malformed reverts.
    function _judge(Case memory c) internal view returns (bytes memory refusal) {
        uint256 count = c.steps.length;
        if (count <= 0) revert EmptyDecision();
        if (count > MOST_CHANGES) revert TooManyChanges(count, MOST_CHANGES);
        for (uint256 i; i < count; ++i) {
            bytes memory one = _judgeStep(c, i);
            if (refusal.length == 0) refusal = one;
        }
    }

    function _judgeStep(Case memory c, uint256 i) private view returns (bytes memory refusal) {
        Step memory s = c.steps[i];
        _look(c, s);
        if (i > 0) _requireNew(c, i);
        if (c.producer == Producer.ROLLBACK) {
            s.way = BoundsLib.directionAll(s.place, s.from, s.to, _anchor(c, s));
        } else {
            (uint256 bits, uint256 moving) = BoundsLib.scan(s.place, s.from, s.to);
            uint160 anchor = moving & BoundsLib.ANCHORED == 0 ? 0 : _anchor(c, s);
            uint256 elapsed = block.timestamp - s.trail.movedAt();
            (s.way, refusal) =
                BoundsLib.judgeMoving(s.place, s.from, s.to, anchor, elapsed, bits, moving);
        }
        uint256 beat = s.state.beat();
        s.beat = beat > c.freshAt ? beat : c.freshAt;
        if (s.way > c.way) c.way = s.way;
    }

    /// @dev Reads a parameter's slots.
    function _load(Case memory c, Step memory s) internal view {
        s.key = ParameterLib.key(c.market, s.class, s.subject);
        Slots storage slots = _parameters[s.key];
        s.state = slots.state;
        s.stored = slots.trail;
    }

    /// @dev Fills a step with its parameter's past.
    function _look(Case memory c, Step memory s) internal view {
        if (s.key == 0) _load(c, s);
        if (s.place == 0) s.place = _class(c.mandate, s.class, s.subject);
        s.trail = ParameterLib.trailOf(s.state, s.stored);
        s.past = s.state.past(s.trail);
        s.from = ValueLib.inForce(c.market, c.mandate, s.place, s.subject, s.state);
        if (c.principal == Principal.AGENT && c.standing & StandingLib.LOCKOUTS != 0) {
            uint256 until = _lockedUntil[s.key];
            if (block.timestamp < until) revert LockedOut(until);
        }
    }

    function _anchor(Case memory c, Step memory s) internal view returns (uint160) {
        return ValueLib.anchor(c.market, s.place, s.subject);
    }

    function _requireNew(Case memory c, uint256 i) private pure {
        Step memory s = c.steps[i];
        for (uint256 j; j < i; ++j) {
            if (c.steps[j].key == s.key) revert DuplicateParameter(s.class, s.subject);
        }
    }

    /// @dev What stands against anything riskier, whoever asks.
    function _requireOpen(Case memory c) internal view {
        if (c.standing.revoked()) revert MandateRevoked();
        uint256 expiry = MandateLib.expiry(c.mandate);
        if (block.timestamp > expiry) revert MandateExpired(expiry, block.timestamp);
        uint256 until = c.standing.pausedUntil();
        if (block.timestamp < until) revert Paused(until);
    }

    // ── booking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Charges drift, and instant as well for what takes effect at once. Without room in the instant lane nothing is
    /// written and the answer is no; a decision that has waited is refused with the level and the limit.
    function _book(Case memory c, bool atOnce) internal returns (bool) {
        uint256 charge = c.charge;
        if (charge == 0) return true;
        Market storage market = _markets[c.market];
        Capacity memory all = BucketLib.unpackCapacity(CharterLib.capacity(c.mandate));
        if (atOnce && charge > all.instant) return false;
        Level memory level = BucketLib.settled(market.level, all, block.timestamp);
        bool agent = c.principal == Principal.AGENT;
        uint256 limit = agent ? BucketLib.agentLimit(all) : all.drift;
        if (!level.holds(charge, limit, atOnce ? all.instant : type(uint256).max)) {
            if (!atOnce) revert DriftExceeded(level.drift + charge, limit);
            return false;
        }
        // An agent that is marked is held by the market's limit, see `_bookShare`.
        if (agent && !level.marked(c.index) && !_bookShare(c, all, level, atOnce)) return false;
        level.charge(charge, atOnce);
        market.level = level.pack(block.timestamp);
        return true;
    }

    /// @dev The same for the agent's own share of every capacity and leak. While the share is everything and the agent's
    /// level nowhere above the market's, the market's limit is the tighter one: then the agent is marked, and until the
    /// marks are cleared its own level is not kept, the market's stands for it (docs/design/0003-kernel.md).
    function _bookShare(Case memory c, Capacity memory all, Level memory market, bool atOnce)
        private
        returns (bool)
    {
        uint256 sub = _subs[c.market][c.actor];
        uint256 bps = sub >> 232;
        Capacity memory part = BucketLib.scale(all, bps);
        Level memory level = BucketLib.settled(sub, part, block.timestamp);
        if (bps == BucketLib.BPS && level.raise(market)) {
            market.mark(c.index);
            return true;
        }
        uint256 charge = c.charge;
        if (!level.holds(charge, part.drift, atOnce ? part.instant : type(uint256).max)) {
            if (!atOnce) revert SubDriftExceeded(level.drift + charge, part.drift);
            return false;
        }
        level.charge(charge, atOnce);
        level.high = bps;
        _subs[c.market][c.actor] = level.pack(block.timestamp);
        return true;
    }

    // ── taking effect ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Writes a judged and booked case, records it, checks the predicates and tells the actuator.
    function _apply(Case memory c, uint8 kind) internal returns (uint40 sequence) {
        bool strict = c.way == BoundsLib.RISKIER && c.producer != Producer.ROLLBACK;
        uint256[] memory before = PredicateLib.measure(_parameters, c, !strict);
        bytes32 link;
        (sequence, link) = _linkDecision(c, kind);
        uint256 count = c.steps.length;
        for (uint256 i; i < count; ++i) {
            _writeApplied(c, i, RecordLib.short(link));
        }
        PredicateLib.check(_parameters, c, before, strict);
        for (uint256 i; i < count; ++i) {
            AskLib.applied(c.market, c.steps[i]);
        }
    }

    function _writeApplied(Case memory c, uint256 i, bytes22 digest) private {
        Step memory s = c.steps[i];
        Slots storage slots = _parameters[s.key];
        uint24 generation = s.state.generation();
        if (s.to != s.from) {
            unchecked {
                ++generation; // counts modulo 2^24; no record outlives that many moves before it is final
            }
        }
        slots.state = ParameterLib.packState(s.to, _sequenceMark(c, i), uint40(s.beat), generation);
        bool riskier = s.way == BoundsLib.RISKIER;
        // See ParameterLib: the second slot can wait for the second record.
        bool first = s.stored == 0 && s.state.generation() == 0 && riskier && c.steps.length == 1
            && s.beat == block.timestamp;
        if (first) return;
        slots.trail = ParameterLib.packTrail(
            riskier ? uint40(block.timestamp) : s.trail.movedAt(),
            s.trail.seen(),
            ParameterLib.NONE,
            digest
        );
    }

    /// @dev The *used* mark: only the parameter that the model decided on uses the report up.
    function _sequenceMark(Case memory c, uint256 i) private pure returns (uint32) {
        bool uses = i == 0 && c.producer == Producer.MODEL;
        return uses ? uint32(c.sequence) : c.steps[i].state.sequence();
    }

    /// @dev Records a judged case and lets it wait. Residual values are settled, because a queued decision on fresh inputs is
    /// a heartbeat for the value that stands meanwhile.
    function _queue(Case memory c) internal returns (uint40 sequence) {
        uint256 epoch = MandateLib.window(c.mandate) + MandateLib.grace(c.mandate);
        bool lowered = c.eta != 0;
        if (!lowered) c.eta = block.timestamp + MandateLib.window(c.mandate);
        if (c.producer != Producer.ROLLBACK) _foresee(c);
        bytes32 link;
        (sequence, link) = _linkDecision(c, Kind.QUEUE);
        uint256 until;
        for (uint256 i; i < c.steps.length; ++i) {
            _writeQueued(c, i, RecordLib.short(link));
            bool wide = c.steps[i].subject == 0 && c.steps[i].way == BoundsLib.RISKIER;
            if (wide) until = c.eta + MandateLib.grace(c.mandate);
        }
        Market storage market = _markets[c.market];
        // A target that was lowered waits under the quote that was counted when it was first queued, which is no smaller.
        market.wait =
            WaitLib.add(market.wait, lowered ? 0 : c.charge, block.timestamp, epoch, until);
        for (uint256 i; i < c.steps.length; ++i) {
            Step memory s = c.steps[i];
            if (!MandateLib.residual(s.place)) continue;
            if (c.producer == Producer.ROLLBACK) continue;
            IActuator(c.market).onSteered(s.class, s.from, uint40(s.beat));
        }
    }

    function _writeQueued(Case memory c, uint256 i, bytes22 digest) private {
        Step memory s = c.steps[i];
        bool beats = MandateLib.residual(s.place) && c.producer != Producer.ROLLBACK;
        _parameters[s.key].state = ParameterLib.packState(
            beats ? s.from : s.state.value(),
            _sequenceMark(c, i),
            beats ? uint40(s.beat) : s.state.beat(),
            s.state.generation()
        );
        _parameters[s.key].trail =
            ParameterLib.packTrail(s.trail.movedAt(), s.trail.seen(), ParameterLib.PENDING, digest);
    }

    /// @dev Holds the predicates to the state that the decision would lead to, and puts the state back.
    function _foresee(Case memory c) private {
        if (!PredicateLib.any(c.mandate)) return;
        for (uint256 i; i < c.steps.length; ++i) {
            Step memory s = c.steps[i];
            _parameters[s.key].state = ParameterLib.packState(
                s.to, s.state.sequence(), uint40(s.beat), s.state.generation()
            );
        }
        PredicateLib.check(_parameters, c, new uint256[](0), true);
        for (uint256 i; i < c.steps.length; ++i) {
            _parameters[c.steps[i].key].state = c.steps[i].state;
        }
    }

    // ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Links what is not a decision.
    function _link(address market, uint8 kind, bytes memory body)
        internal
        returns (uint40 sequence, bytes32 link)
    {
        (sequence, link) = _advance(market, kind, keccak256(body));
        emit Linked(market, sequence, kind, link, body);
    }

    /// @dev Links a case as a decision.
    function _linkDecision(Case memory c, uint8 kind)
        internal
        returns (uint40 sequence, bytes32 link)
    {
        bytes memory body = BodyLib.encode(c);
        (sequence, link) = _advance(c.market, kind, keccak256(body));
        address market = c.market;
        bytes32 topic = Linked.selector;
        // The same event as in `_link`, 200 gas cheaper: its head goes into the 96 bytes that `encode` leaves free, and the
        // body is not copied. The words behind the body are zero.
        assembly ("memory-safe") {
            let p := sub(body, 96)
            mstore(p, kind)
            mstore(add(p, 32), link)
            mstore(add(p, 64), 96)
            let size := add(128, and(add(mload(body), 31), not(31)))
            log3(p, size, topic, market, sequence)
        }
    }

    /// @dev The one place where the chain grows.
    function _advance(address market, uint8 kind, bytes32 bodyHash)
        private
        returns (uint40 sequence, bytes32 link)
    {
        Market storage m = _markets[market];
        uint256 head = m.head;
        sequence = uint40(head) + 1;
        link = RecordLib.link(
            bytes27(bytes32(head)),
            sequence,
            kind,
            uint64(block.chainid),
            address(this),
            uint40(block.timestamp),
            bodyHash
        );
        m.head = uint256(bytes32(RecordLib.digest(link))) | sequence;
    }

    /// @dev The digest under which a parameter would know this record.
    function _digestOf(Record calldata r) internal view returns (bytes22) {
        bytes32 link = RecordLib.link(
            r.previous,
            r.sequence,
            r.kind,
            uint64(block.chainid),
            address(this),
            r.time,
            keccak256(r.body)
        );
        return RecordLib.short(link);
    }

    // ── waiting decisions ────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A QUEUE record's digest; reverts when none of its parameters waits for it.
    function _requirePending(address market, Record calldata queued, Move[] memory moves)
        internal
        view
        returns (bytes22 digest)
    {
        digest = _queuedDigest(queued);
        uint256 trail;
        for (uint256 i; i < moves.length; ++i) {
            trail = _parameters[ParameterLib.key(market, moves[i].class, moves[i].subject)].trail;
            if (_waits(trail, digest)) return digest;
        }
        revert NotPending(digest, trail.head());
    }

    function _queuedDigest(Record calldata queued) internal view returns (bytes22) {
        if (queued.kind != Kind.QUEUE) revert WrongKind(queued.kind, Kind.QUEUE);
        return _digestOf(queued);
    }

    function _waits(uint256 trail, bytes22 digest) internal pure returns (bool) {
        return trail.status() == ParameterLib.PENDING && trail.head() == digest;
    }

    /// @dev Marks a parameter as ended if it still waits for the digest.
    function _endOne(bytes32 key, bytes22 digest) internal {
        Slots storage slots = _parameters[key];
        uint256 trail = slots.trail;
        if (!_waits(trail, digest)) return;
        slots.trail =
            ParameterLib.packTrail(trail.movedAt(), trail.seen(), ParameterLib.ENDED, digest);
    }

    function _raise(bytes memory refusal) internal pure {
        if (refusal.length == 0) return;
        assembly ("memory-safe") {
            revert(add(refusal, 32), mload(refusal))
        }
    }
}

/// @title A part of the kernel's code that stands in another contract
/// @dev Immutable and reached by `delegatecall` only; on its own it holds nothing and can do nothing.
abstract contract KernelExtension is KernelBase {
    /// @notice Hash of the configuration; the kernel refuses an extension with another.
    bytes32 public immutable configHash;

    constructor(Config memory config_) KernelBase(config_) {
        configHash = keccak256(abi.encode(config_));
    }

    modifier onlyGovernor() {
        if (msg.sender != GOVERNOR) revert NotGovernor(msg.sender);
        _;
    }

    /// @dev What only lowers risk is open to the governor too.
    modifier onlyGuardian() {
        if (msg.sender != _guardian && msg.sender != GOVERNOR) revert NotGuardian(msg.sender);
        _;
    }

    /// @dev Uses up the announcement of the present call.
    function _ripen() internal {
        bytes32 act = keccak256(msg.data);
        uint256 ripe = _ripeAt[act];
        if (ripe == 0) revert NotAnnounced(act);
        if (block.timestamp < ripe) revert NotRipe(block.timestamp, ripe);
        if (block.timestamp > ripe + MIN_DELAY) revert Stale(block.timestamp, ripe + MIN_DELAY);
        delete _ripeAt[act];
    }
}

/// @dev Reverts unless an extension was deployed with the same configuration.
function requireSameConfig(Config memory config_, address extension) view {
    bytes32 expected = keccak256(abi.encode(config_));
    bytes32 given = KernelExtension(extension).configHash();
    if (given != expected) revert IKernelErrors.ConfigMismatch(given, expected);
}
