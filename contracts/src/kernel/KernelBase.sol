// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change, IActuator} from "../interfaces/IActuator.sol";
import {IKernelErrors, Config, Principal, Producer} from "../interfaces/IKernel.sol";
import {Decision, IRecords, Kind, Move, Record} from "../interfaces/IRecords.sol";
import {BoundsLib} from "./BoundsLib.sol";
import {BucketLib, Capacity} from "./BucketLib.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib, Slots} from "./ParameterLib.sol";
import {PredicateLib} from "./PredicateLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {StandingLib} from "./StandingLib.sol";
import {ValueLib} from "./ValueLib.sol";
import {WaitLib} from "./WaitLib.sol";

/// @notice What a decision has found out about one of its parameters.
/// @param key Storage key.
/// @param place The class in the mandate's bytes.
/// @param state First slot as it was.
/// @param trail Second slot as it was, or what stands for it.
/// @param bare Whether the second slot was empty.
/// @param way Direction of the move.
/// @param beat The heartbeat that an application writes.
struct Step {
    bytes32 key;
    uint256 place;
    uint256 state;
    uint256 trail;
    bool bare;
    uint256 way;
    uint256 beat;
}

/// @notice One decision on its way through the kernel.
/// @param way RISKIER if any part is, else SAFER if any is.
/// @param freshAt When its inputs were judged fresh.
struct Case {
    address market;
    uint256 standing;
    bytes mandate;
    uint8 producer;
    uint8 principal;
    address actor;
    uint40 sequence;
    uint256 freshAt;
    int256 output;
    bytes features;
    uint256 charge;
    uint256 eta;
    uint256 way;
    Change[] changes;
    Move[] moves;
    Step[] steps;
}

/// @notice A market's slots.
/// @param standing See `StandingLib`.
/// @param head Digest of the last record 216 | its sequence 40, high bits first.
/// @param capacity See `BucketLib.packCapacity`.
/// @param level Drift and instant levels.
/// @param wait See `WaitLib`.
struct Market {
    uint256 standing;
    uint256 head;
    uint256 capacity;
    uint256 level;
    uint256 wait;
}

/// @notice A slot's active model.
/// @param active root 160 | high 96 bits of the schema's hash, low bits first: what a decision reads.
struct Active {
    uint256 active;
    bytes32 modelId;
    bytes32 schemaHash;
    uint32 version;
}

/// @title What the kernel and its extension share: storage, records, judging, applying, queueing
/// @dev Order of every application: judge, book, write parameters and record, check predicates, then call the actuator.
/// Nothing outside ever sees a parameter without its record.
abstract contract KernelBase is IRecords, IKernelErrors {
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
        require(
            config_.governor != address(0) && config_.guardian != address(0)
                && config_.attestors != address(0) && config_.store != address(0)
                && config_.interpreter != address(0),
            ZeroAddress()
        );
        require(config_.minDelay > 0, DelayTooShort(config_.minDelay, 1));
        require(config_.pauseMax > 0, DelayTooShort(config_.pauseMax, 1));
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
        require(!held, Reentered());
    }

    // ── opening a case ───────────────────────────────────────────────────────────────────────────────────────────────

    function _open(address market) internal view returns (Case memory c) {
        c.market = market;
        c.standing = _markets[market].standing;
        require(c.standing.mandate() != address(0), UnknownMarket(market));
        c.mandate = _code(c.standing.mandate());
        c.freshAt = block.timestamp;
    }

    /// @dev The bytes behind a contract's leading zero byte.
    function _code(address at_) internal view returns (bytes memory data) {
        assembly ("memory-safe") {
            let size := sub(extcodesize(at_), 1)
            data := mload(0x40)
            mstore(data, size)
            extcodecopy(at_, add(data, 32), 1, size)
            mstore(0x40, and(add(add(data, size), 63), not(31)))
        }
    }

    /// @dev A class of the mandate and the kind of subject that it has.
    function _class(bytes memory mandate, uint8 class, bytes32 subject)
        internal
        pure
        returns (uint256 place)
    {
        place = MandateLib.findClass(mandate, class);
        require(place != 0, UnknownClass(class));
        require(MandateLib.marketWide(place) == (subject == 0), WrongSubject(subject));
    }

    // ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Fills moves and steps, and judges each change; a refusal is returned, what is malformed reverts.
    function _judge(Case memory c) internal view returns (bytes memory refusal) {
        uint256 count = c.changes.length;
        require(count > 0, EmptyDecision());
        require(count <= MOST_CHANGES, TooManyChanges(count, MOST_CHANGES));
        c.moves = new Move[](count);
        c.steps = new Step[](count);
        for (uint256 i; i < count; ++i) {
            bytes memory one = _judgeChange(c, i);
            if (refusal.length == 0) refusal = one;
        }
    }

    function _judgeChange(Case memory c, uint256 i) private view returns (bytes memory refusal) {
        Change memory change = c.changes[i];
        uint160 anchor = _look(c, i, change);
        Step memory s = c.steps[i];
        Move memory m = c.moves[i];
        m.to = change.value;
        if (c.producer == Producer.ROLLBACK) {
            s.way = BoundsLib.directionAll(s.place, m.from, m.to, anchor);
        } else {
            uint256 elapsed = block.timestamp - s.trail.movedAt();
            (s.way, refusal) = BoundsLib.judgeAll(s.place, m.from, m.to, anchor, elapsed);
        }
        s.beat = s.state.beat() > c.freshAt ? s.state.beat() : c.freshAt;
        if (s.way > c.way) c.way = s.way;
    }

    /// @dev Loads a parameter into the case.
    function _look(Case memory c, uint256 i, Change memory change)
        internal
        view
        returns (uint160 anchor)
    {
        Step memory s = c.steps[i];
        Move memory m = c.moves[i];
        s.place = _class(c.mandate, change.class, change.subject);
        s.key = ParameterLib.key(c.market, change.class, change.subject);
        for (uint256 j; j < i; ++j) {
            require(c.steps[j].key != s.key, DuplicateParameter(change.class, change.subject));
        }
        Slots storage slots = _parameters[s.key];
        s.state = slots.state;
        uint256 stored = slots.trail;
        s.bare = stored == 0;
        s.trail = ParameterLib.trailOf(s.state, stored);
        m.class = change.class;
        m.subject = change.subject;
        m.trail = s.state.past(s.trail);
        (m.from, anchor) = ValueLib.inForce(c.market, c.mandate, s.place, change.subject, s.state);
        if (c.principal == Principal.AGENT && c.standing & StandingLib.LOCKOUTS != 0) {
            uint256 until = _lockedUntil[s.key];
            require(block.timestamp >= until, LockedOut(until));
        }
    }

    /// @dev What stands against anything riskier, whoever asks.
    function _requireOpen(Case memory c) internal view {
        require(!c.standing.revoked(), MandateRevoked());
        uint256 expiry = MandateLib.expiry(c.mandate);
        require(block.timestamp <= expiry, MandateExpired(expiry, block.timestamp));
        uint256 until = c.standing.pausedUntil();
        require(block.timestamp >= until, Paused(until));
    }

    // ── booking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Charges drift, and instant as well for what takes effect at once. Without room in the instant lane nothing is
    /// written and the answer is no; a decision that has waited is refused with the level and the limit.
    function _book(Case memory c, bool atOnce) internal returns (bool) {
        if (c.charge == 0) return true;
        Market storage market = _markets[c.market];
        Capacity memory capacity = BucketLib.unpackCapacity(market.capacity);
        if (atOnce && c.charge > capacity.instant) return false;
        bool agent = c.principal == Principal.AGENT;
        (uint256 drift, uint256 instant) = BucketLib.settle(market.level, capacity, block.timestamp);
        unchecked {
            drift += c.charge; // levels and charges have 96 bits
        }
        uint256 limit = agent ? BucketLib.agentLimit(capacity) : capacity.drift;
        if (drift > limit) {
            require(atOnce, DriftExceeded(drift, limit));
            return false;
        }
        if (atOnce) {
            unchecked {
                instant += c.charge;
            }
            if (instant > capacity.instant) return false;
        }
        if (agent && !_bookShare(c, capacity, atOnce)) return false;
        market.level = BucketLib.packLevel(drift, instant, block.timestamp);
        return true;
    }

    /// @dev The same for the agent's own share of every capacity and leak.
    function _bookShare(Case memory c, Capacity memory whole, bool atOnce) private returns (bool) {
        mapping(address => uint256) storage subs = _subs[c.market];
        uint256 sub = subs[c.actor];
        Capacity memory part = BucketLib.scale(whole, sub >> 232);
        (uint256 drift, uint256 instant) = BucketLib.settle(sub, part, block.timestamp);
        unchecked {
            drift += c.charge; // levels and charges have 96 bits
        }
        if (drift > part.drift) {
            require(atOnce, SubDriftExceeded(drift, part.drift));
            return false;
        }
        if (atOnce) {
            unchecked {
                instant += c.charge;
            }
            if (instant > part.instant) return false;
        }
        subs[c.actor] = BucketLib.packLevel(drift, instant, block.timestamp) | sub >> 232 << 232;
        return true;
    }

    // ── taking effect ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Writes a judged and booked case, records it, checks the predicates and tells the actuator.
    function _apply(Case memory c, uint8 kind) internal returns (uint40 sequence) {
        bool strict = c.way == BoundsLib.RISKIER && c.producer != Producer.ROLLBACK;
        uint256[] memory before = PredicateLib.measure(_parameters, c, !strict);
        bytes32 link;
        (sequence, link) = _link(c.market, kind, _body(c));
        for (uint256 i; i < c.steps.length; ++i) {
            _writeApplied(c, i, RecordLib.short(link));
        }
        PredicateLib.check(_parameters, c, before, strict);
        for (uint256 i; i < c.moves.length; ++i) {
            Move memory m = c.moves[i];
            IActuator(c.market).onApplied(m.class, m.subject, m.from, m.to, uint40(c.steps[i].beat));
        }
    }

    function _writeApplied(Case memory c, uint256 i, bytes22 digest) private {
        Step memory s = c.steps[i];
        Move memory m = c.moves[i];
        Slots storage slots = _parameters[s.key];
        uint24 generation = s.state.generation();
        if (m.to != m.from) {
            unchecked {
                ++generation; // counts modulo 2^24; no record outlives that many moves before it is final
            }
        }
        slots.state = ParameterLib.packState(m.to, _sequenceMark(c, i), uint40(s.beat), generation);
        bool riskier = s.way == BoundsLib.RISKIER;
        // See ParameterLib: the second slot can wait for the second record.
        bool first = s.bare && s.state.generation() == 0 && riskier && c.steps.length == 1
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
        (sequence, link) = _link(c.market, Kind.QUEUE, _body(c));
        uint256 until;
        for (uint256 i; i < c.steps.length; ++i) {
            _writeQueued(c, i, RecordLib.short(link));
            bool wide = c.moves[i].subject == 0 && c.steps[i].way == BoundsLib.RISKIER;
            if (wide) until = c.eta + MandateLib.grace(c.mandate);
        }
        Market storage market = _markets[c.market];
        // A target that was lowered waits under the quote that was counted when it was first queued, which is no smaller.
        market.wait =
            WaitLib.add(market.wait, lowered ? 0 : c.charge, block.timestamp, epoch, until);
        for (uint256 i; i < c.steps.length; ++i) {
            if (!MandateLib.residual(c.steps[i].place)) continue;
            if (c.producer == Producer.ROLLBACK) continue;
            Move memory m = c.moves[i];
            IActuator(c.market).onSteered(m.class, m.from, uint40(c.steps[i].beat));
        }
    }

    function _writeQueued(Case memory c, uint256 i, bytes22 digest) private {
        Step memory s = c.steps[i];
        bool beats = MandateLib.residual(s.place) && c.producer != Producer.ROLLBACK;
        _parameters[s.key].state = ParameterLib.packState(
            beats ? c.moves[i].from : s.state.value(),
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
                c.moves[i].to, s.state.sequence(), uint40(s.beat), s.state.generation()
            );
        }
        PredicateLib.check(_parameters, c, new uint256[](0), true);
        for (uint256 i; i < c.steps.length; ++i) {
            _parameters[c.steps[i].key].state = c.steps[i].state;
        }
    }

    // ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function _body(Case memory c) private pure returns (bytes memory) {
        uint256 origin = uint256(c.producer) << 248 | uint256(c.principal) << 240
            | uint256(c.standing.era()) << 200 | uint256(c.sequence) << 160 | uint160(c.actor);
        return abi.encode(Decision(origin, c.charge, uint40(c.eta), c.output, c.features, c.moves));
    }

    /// @dev The one place where the chain grows.
    function _link(address market, uint8 kind, bytes memory body)
        internal
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
            keccak256(body)
        );
        m.head = uint256(bytes32(RecordLib.digest(link))) | sequence;
        emit Linked(market, sequence, kind, link, body);
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

    /// @dev How many of a QUEUE record's parameters still wait for it; reverts when none does.
    function _requirePending(address market, Record calldata queued, Move[] memory moves)
        internal
        view
        returns (bytes22 digest, uint256 waiting)
    {
        require(queued.kind == Kind.QUEUE, WrongKind(queued.kind, Kind.QUEUE));
        digest = _digestOf(queued);
        uint256 trail;
        for (uint256 i; i < moves.length; ++i) {
            trail = _parameters[ParameterLib.key(market, moves[i].class, moves[i].subject)].trail;
            if (_waits(trail, digest)) ++waiting;
        }
        require(waiting > 0, NotPending(digest, trail.head()));
    }

    function _waits(uint256 trail, bytes22 digest) internal pure returns (bool) {
        return trail.status() == ParameterLib.PENDING && trail.head() == digest;
    }

    /// @dev Marks what still waits for the digest as ended.
    function _end(address market, Move[] memory moves, bytes22 digest) internal {
        for (uint256 i; i < moves.length; ++i) {
            Slots storage slots =
                _parameters[ParameterLib.key(market, moves[i].class, moves[i].subject)];
            uint256 trail = slots.trail;
            if (!_waits(trail, digest)) continue;
            slots.trail =
                ParameterLib.packTrail(trail.movedAt(), trail.seen(), ParameterLib.ENDED, digest);
        }
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
        require(msg.sender == GOVERNOR, NotGovernor(msg.sender));
        _;
    }

    /// @dev What only lowers risk is open to the governor too.
    modifier onlyGuardian() {
        require(msg.sender == _guardian || msg.sender == GOVERNOR, NotGuardian(msg.sender));
        _;
    }

    /// @dev Uses up the announcement of the present call.
    function _ripen() internal {
        bytes32 act = keccak256(msg.data);
        uint256 ripe = _ripeAt[act];
        require(ripe != 0, NotAnnounced(act));
        require(block.timestamp >= ripe, NotRipe(block.timestamp, ripe));
        require(block.timestamp <= ripe + MIN_DELAY, Stale(block.timestamp, ripe + MIN_DELAY));
        delete _ripeAt[act];
    }
}

/// @dev Reverts unless an extension was deployed with the same configuration.
function requireSameConfig(Config memory config_, address extension) view {
    bytes32 expected = keccak256(abi.encode(config_));
    bytes32 given = KernelExtension(extension).configHash();
    require(given == expected, IKernelErrors.ConfigMismatch(given, expected));
}
