// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IActuator} from "../interfaces/IActuator.sol";
import {IAttestors} from "../interfaces/IAttestors.sol";
import {
    Allowance,
    Config,
    IKernelGovernance,
    IKernelUndo,
    IKernelViews,
    IMandateErrors,
    Model,
    Parameter,
    Standing
} from "../interfaces/IKernel.sol";
import {IModelStore} from "../interfaces/IModelStore.sol";
import {
    Act,
    CapacityChange,
    Kind,
    MandateActivation,
    ModelActivation,
    Pause,
    Release,
    Resume,
    Revocation
} from "../interfaces/IRecords.sol";
import {BucketLib, Capacity, Level} from "./BucketLib.sol";
import {Case} from "./Case.sol";
import {CharterLib} from "./CharterLib.sol";
import {Active, KernelExtension, Market, requireSameConfig} from "./KernelBase.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib, Slots} from "./ParameterLib.sol";
import {RampLib} from "./RampLib.sol";
import {StandingLib} from "./StandingLib.sol";
import {ValueLib} from "./ValueLib.sol";
import {WaitLib} from "./WaitLib.sol";

/// @title The kernel's governance, run in the kernel's storage
/// @notice What enlarges waits D_m after its announcement; what narrows acts at once.
contract KernelAdmin is KernelExtension, IKernelGovernance, IKernelViews, IMandateErrors {
    using BucketLib for Level;
    using ParameterLib for uint256;
    using StandingLib for uint256;

    /// @dev `KernelUndo`, deployed with the same configuration.
    address internal immutable NEXT;

    constructor(Config memory config_, address next) KernelExtension(config_) {
        requireSameConfig(config_, next);
        NEXT = next;
    }

    /// @dev What does not stand here either.
    fallback() external {
        _forward(NEXT);
    }

    // ── announcements ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelGovernance
    function announce(bytes calldata call) external onlyGovernor locked {
        require(_mustWait(bytes4(call)), UnknownAct(bytes4(call)));
        bytes32 act = keccak256(call);
        uint256 until = _ripeAt[act] + MIN_DELAY;
        require(_ripeAt[act] == 0 || block.timestamp > until, AlreadyAnnounced(act));
        uint40 ripe = uint40(block.timestamp + MIN_DELAY);
        _ripeAt[act] = ripe;
        _linkAct(call, ripe, false);
    }

    /// @inheritdoc IKernelGovernance
    function cancel(bytes calldata call) external onlyGuardian locked {
        bytes32 act = keccak256(call);
        require(_ripeAt[act] != 0, NotAnnounced(act));
        delete _ripeAt[act];
        _linkAct(call, 0, true);
    }

    /// @inheritdoc IKernelGovernance
    function ripeAt(bytes calldata call) external view returns (uint40) {
        return _ripeAt[keccak256(call)];
    }

    function _mustWait(bytes4 selector) private pure returns (bool) {
        return selector == this.activateMandate.selector || selector == this.activateModel.selector
            || selector == this.setCapacity.selector || selector == this.setShare.selector
            || selector == this.activateSigners.selector || selector == this.setGuardian.selector
            || selector == this.resume.selector || selector == this.instruct.selector
            || selector == IKernelUndo.readmit.selector;
    }

    /// @dev An ADMIN record, in the chain of the market that the call names first; the kernel's own acts in market zero's.
    function _linkAct(bytes calldata call, uint40 ripe, bool cancelled) private {
        bytes4 selector = bytes4(call);
        bool own = selector == this.activateSigners.selector
            || selector == this.removeSigner.selector || selector == this.setGuardian.selector;
        address market = own ? address(0) : abi.decode(call[4:], (address));
        _link(market, Kind.ADMIN, abi.encode(Act(msg.sender, ripe, cancelled, call)));
    }

    // ── mandates and models ──────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelGovernance
    function storeMandate(bytes calldata data)
        external
        locked
        returns (bytes32 mandateId, address code)
    {
        mandateId = keccak256(data);
        code = _mandates[mandateId];
        if (code != address(0)) return (mandateId, code);
        MandateLib.validate(data, MIN_DELAY);
        code = SSTORE2.write(data);
        _mandates[mandateId] = code;
    }

    /// @inheritdoc IKernelGovernance
    function mandateCode(bytes32 mandateId) external view returns (address code) {
        return _mandates[mandateId];
    }

    /// @inheritdoc IKernelGovernance
    function activateMandate(address market, bytes32 mandateId) external onlyGovernor locked {
        _ripen();
        address code = _mandates[mandateId];
        require(code != address(0), UnknownMandate(mandateId));
        bytes memory next = SSTORE2.read(code);
        address given = MandateLib.market(next);
        require(given == market, MandateMarket(given, market));
        Market storage m = _markets[market];
        bytes memory old = _mandate(market);
        m.mandate = code;
        m.standing = m.standing.withMandate(_charter(market, next));
        m.wait = WaitLib.cleared(m.wait);
        m.level = BucketLib.unmarked(m.level);
        uint32 era = m.standing.era();
        bytes memory body = abi.encode(MandateActivation(mandateId, code, era));
        _settleRamps(market, old, next);
        _link(market, Kind.MANDATE, body);
        _steerAll(market, next);
    }

    /// @inheritdoc IKernelGovernance
    function activateModel(address market, uint32 slot, bytes32 modelId)
        external
        onlyGovernor
        locked
    {
        _ripen();
        address root = IModelStore(STORE).rootOf(modelId);
        require(root != address(0), UnknownModel(modelId));
        bytes32 schema = IModelStore(STORE).schemaHashOf(modelId);
        Active storage a = _models[market][slot];
        a.active = uint256(uint160(root)) | uint256(schema) >> 160 << 160;
        a.modelId = modelId;
        a.schemaHash = schema;
        a.version += 1;
        Market storage m = _markets[market];
        m.standing = _chartered(market).nextEra();
        m.wait = WaitLib.cleared(m.wait);
        uint32 era = m.standing.era();
        ModelActivation memory body = ModelActivation(slot, a.version, modelId, root, schema, era);
        _link(market, Kind.MODEL, abi.encode(body));
    }

    /// @dev The market's mandate, empty when it has none.
    function _mandate(address market) private view returns (bytes memory mandate) {
        address code = _markets[market].mandate;
        if (code != address(0)) mandate = SSTORE2.read(code);
    }

    /// @dev The standing with the charter written anew, where there is one.
    function _chartered(address market) private returns (uint256 word) {
        word = _markets[market].standing;
        if (word.charter() == address(0)) return word;
        return word.withCharter(_charter(market, _mandate(market)));
    }

    function _charter(address market, bytes memory mandate) private returns (address) {
        uint256[] memory models = new uint256[](MandateLib.classes(mandate));
        uint256 place = MandateLib.firstClass(mandate);
        for (uint256 i; i < models.length; ++i) {
            models[i] = _models[market][MandateLib.modelSlot(place)].active;
            place = MandateLib.nextClass(place);
        }
        return CharterLib.write(mandate, _markets[market].capacity, models);
    }

    /// @inheritdoc IKernelGovernance
    function revokeMandate(address market) external onlyGuardian locked {
        Case memory c = _open(market);
        require(!c.standing.revoked(), MandateRevoked());
        uint256 word = c.standing.nextEra() | StandingLib.REVOKED;
        _markets[market].standing = word;
        _markets[market].wait = WaitLib.cleared(_markets[market].wait);
        _releaseAll(c);
        _link(market, Kind.REVOKE, abi.encode(Revocation(address(0), word.era())));
        _steerAll(market, c.mandate);
    }

    /// @inheritdoc IKernelGovernance
    function revokeAgent(address market, address agent) external onlyGuardian locked {
        Case memory c = _open(market);
        uint256 index = MandateLib.indexOf(c.mandate, agent);
        require(index != 0, UnknownAgent(agent));
        require(!c.standing.agentRevoked(index), AgentRevoked(agent));
        _markets[market].standing = c.standing | 1 << 231 + index;
        _releaseAll(c);
        _link(market, Kind.REVOKE, abi.encode(Revocation(agent, c.standing.era())));
        _steerAll(market, c.mandate);
    }

    // ── capacities ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelGovernance
    function setCapacity(
        address market,
        uint96 drift,
        uint96 driftLeak,
        uint96 instant,
        uint96 instantLeak,
        uint16 reserveBps
    ) external onlyGovernor locked {
        require(instant <= drift, InstantAboveDrift(instant, drift));
        require(reserveBps <= BucketLib.BPS, BasisPoints(reserveBps, BucketLib.BPS));
        Market storage m = _markets[market];
        Capacity memory old = BucketLib.unpackCapacity(m.capacity);
        uint256 packed =
            BucketLib.packCapacity(Capacity(drift, driftLeak, instant, instantLeak, reserveBps));
        Capacity memory next = BucketLib.unpackCapacity(packed);
        if (_grows(old, next)) _ripen();
        _settleShares(market);
        m.level = BucketLib.settled(m.level, old, block.timestamp).pack(block.timestamp);
        m.capacity = packed;
        m.standing = _chartered(market);
        _linkCapacity(market, address(0), next);
    }

    /// @inheritdoc IKernelGovernance
    function setShare(address market, address agent, uint16 bps) external onlyGovernor locked {
        require(bps <= BucketLib.BPS, BasisPoints(bps, BucketLib.BPS));
        if (bps > _subs[market][agent] >> 232) _ripen();
        (Level memory level,) = _subLevel(market, agent);
        level.high = bps;
        _subs[market][agent] = level.pack(block.timestamp);
        // Nobody's level stays unkept on the strength of a share that is no more; others find their mark again.
        _markets[market].level = BucketLib.unmarked(_markets[market].level);
        _linkCapacity(market, agent, Capacity(0, 0, 0, 0, bps));
    }

    /// @dev Settles the levels of the mandate's agents, so that another leak does not reach back.
    function _settleShares(address market) private {
        bytes memory mandate = _mandate(market);
        uint256 agents = mandate.length == 0 ? 0 : MandateLib.agents(mandate);
        for (uint256 i; i < agents; ++i) {
            address agent = MandateLib.agentAt(mandate, i);
            uint256 sub = _subs[market][agent];
            if (sub == 0) continue;
            (Level memory level,) = _subLevel(market, agent);
            level.high = sub >> 232;
            _subs[market][agent] = level.pack(block.timestamp);
        }
    }

    /// @dev An agent's levels now, and its part of the capacities. While its share is everything its level may not be kept;
    /// then the market's stands for it, which is no lower.
    function _subLevel(address market, address agent)
        private
        view
        returns (Level memory level, Capacity memory part)
    {
        uint256 sub = _subs[market][agent];
        Capacity memory whole = BucketLib.unpackCapacity(_markets[market].capacity);
        part = BucketLib.scale(whole, sub >> 232);
        level = BucketLib.settled(sub, part, block.timestamp);
        if (sub >> 232 == BucketLib.BPS) {
            level.raise(BucketLib.settled(_markets[market].level, whole, block.timestamp));
        }
    }

    /// @dev Whether anything becomes admissible that was not: a capacity, a leak, or the agents' part of drift.
    function _grows(Capacity memory old, Capacity memory next) private pure returns (bool) {
        return next.drift > old.drift || next.driftLeak > old.driftLeak
            || next.instant > old.instant || next.instantLeak > old.instantLeak
            || BucketLib.agentLimit(next) > BucketLib.agentLimit(old);
    }

    function _linkCapacity(address market, address agent, Capacity memory c) private {
        CapacityChange memory body = CapacityChange(
            agent,
            uint96(c.drift),
            uint96(c.driftLeak),
            uint96(c.instant),
            uint96(c.instantLeak),
            uint16(c.reserveBps)
        );
        _link(market, Kind.CAPACITY, abi.encode(body));
    }

    // ── signers and guardian ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelGovernance
    function activateSigners(uint32 set, address[] calldata signers, uint8 quorum)
        external
        onlyGovernor
        locked
    {
        _ripen();
        _linkAct(msg.data, 0, false);
        IAttestors(ATTESTORS).setSigners(set, signers, quorum);
    }

    /// @inheritdoc IKernelGovernance
    function removeSigner(uint32 set, address signer) external onlyGuardian locked {
        _linkAct(msg.data, 0, false);
        IAttestors(ATTESTORS).removeSigner(set, signer);
    }

    /// @inheritdoc IKernelGovernance
    function setGuardian(address guardian) external onlyGovernor locked {
        require(guardian != address(0), ZeroAddress());
        _ripen();
        _guardian = guardian;
        _linkAct(msg.data, 0, false);
    }

    /// @inheritdoc IKernelGovernance
    function config() external view returns (Config memory) {
        return Config(
            GOVERNOR, _guardian, ATTESTORS, STORE, INTERPRETER, uint40(MIN_DELAY), uint40(PAUSE_MAX)
        );
    }

    // ── pauses and the fallback ──────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelGovernance
    function pause(address market) external onlyGuardian locked {
        Case memory c = _open(market);
        uint256 notBefore = _pauseNotBefore[market][msg.sender];
        require(block.timestamp >= notBefore, PausedTooSoon(block.timestamp, notBefore));
        uint256 until = block.timestamp + PAUSE_MAX;
        _pauseNotBefore[market][msg.sender] = uint40(until + 3 * PAUSE_MAX);
        if (until < c.standing.pausedUntil()) until = c.standing.pausedUntil();
        _markets[market].standing = c.standing.withPause(until);
        _releaseAll(c);
        _link(market, Kind.PAUSE, abi.encode(Pause(msg.sender, uint40(until))));
        _steerAll(market, c.mandate);
    }

    /// @inheritdoc IKernelGovernance
    function resume(address market) external onlyGovernor locked {
        _ripen();
        uint256 word = _markets[market].standing;
        require(block.timestamp < word.pausedUntil(), NotPaused());
        _markets[market].standing = word.withPause(block.timestamp);
        _link(market, Kind.RESUME, abi.encode(Resume(msg.sender)));
    }

    /// @inheritdoc IKernelGovernance
    function instruct(address market, bytes calldata instruction) external onlyGovernor locked {
        _ripen();
        _linkAct(msg.data, 0, false);
        IActuator(market).onInstructed(instruction);
    }

    /// @inheritdoc IKernelGovernance
    function release(address market, uint8 class) external onlyGuardian locked {
        Case memory c = _open(market);
        uint256 place = _class(c.mandate, class, 0);
        require(MandateLib.residual(place), NotResidual(class));
        (uint160 value, uint40 beat) = _release(c, place);
        _link(market, Kind.FALLBACK, abi.encode(Release(msg.sender, class, value, beat)));
        IActuator(market).onSteered(class, value, beat);
    }

    /// @dev Starts the slew of every residual class.
    function _releaseAll(Case memory c) private {
        uint256 place = MandateLib.firstClass(c.mandate);
        for (uint256 i; i < MandateLib.classes(c.mandate); ++i) {
            if (MandateLib.residual(place)) _release(c, place);
            place = MandateLib.nextClass(place);
        }
    }

    /// @dev A value that is already slewing goes on as it is; one that is held starts from where it stands.
    function _release(Case memory c, uint256 place) private returns (uint160 value, uint40 beat) {
        bytes32 key = ParameterLib.key(c.market, MandateLib.classId(place), 0);
        uint256 state = _parameters[key].state;
        if (state == 0) return (uint160(RampLib.ONE), 0);
        value = state.value();
        beat =
            uint40(RampLib.releasedBeat(state.beat(), block.timestamp, MandateLib.tau(c.mandate)));
        _setRamp(key, value, beat);
    }

    /// @dev Under another mandate's tau and tauR each residual value goes on from what it is now, and never jumps.
    function _settleRamps(address market, bytes memory old, bytes memory next) private {
        if (old.length == 0) return;
        uint256 place = MandateLib.firstClass(next);
        for (uint256 i; i < MandateLib.classes(next); ++i) {
            if (MandateLib.residual(place)) _settleRamp(market, old, next, place);
            place = MandateLib.nextClass(place);
        }
    }

    function _settleRamp(address market, bytes memory old, bytes memory next, uint256 place)
        private
    {
        bytes32 key = ParameterLib.key(market, MandateLib.classId(place), 0);
        uint256 state = _parameters[key].state;
        if (state == 0) return;
        bool slews = block.timestamp > state.beat() + MandateLib.tau(old);
        uint256 beat = slews ? 0 : state.beat();
        beat = RampLib.settledBeat(beat, block.timestamp, MandateLib.tau(next));
        _setRamp(key, ValueLib.faded(old, state), uint40(beat));
    }

    function _setRamp(bytes32 key, uint160 value, uint40 beat) private {
        uint256 state = _parameters[key].state;
        _parameters[key].state =
            ParameterLib.packState(value, state.sequence(), beat, state.generation());
        uint256 trail = ParameterLib.trailOf(state, _parameters[key].trail);
        _parameters[key].trail = trail;
    }

    /// @dev Tells the actuator every residual value as it is set now.
    function _steerAll(address market, bytes memory mandate) private {
        uint256 place = MandateLib.firstClass(mandate);
        for (uint256 i; i < MandateLib.classes(mandate); ++i) {
            if (MandateLib.residual(place)) {
                uint8 class = MandateLib.classId(place);
                uint256 state = _parameters[ParameterLib.key(market, class, 0)].state;
                uint160 value = state == 0 ? uint160(RampLib.ONE) : state.value();
                IActuator(market).onSteered(class, value, state.beat());
            }
            place = MandateLib.nextClass(place);
        }
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IKernelViews
    function parameter(address market, uint8 class, bytes32 subject)
        external
        view
        returns (Parameter memory p)
    {
        Slots storage slots = _parameters[ParameterLib.key(market, class, subject)];
        uint256 state = slots.state;
        uint256 trail = ParameterLib.trailOf(state, slots.trail);
        p = Parameter({
            value: state.value(),
            sequence: state.sequence(),
            beat: state.beat(),
            generation: state.generation(),
            movedAt: trail.movedAt(),
            seen: trail.seen(),
            pending: trail.status() == ParameterLib.PENDING,
            head: trail.head()
        });
    }

    /// @inheritdoc IKernelViews
    function allowance(address market) external view returns (Allowance memory a) {
        Market storage m = _markets[market];
        Capacity memory capacity = BucketLib.unpackCapacity(m.capacity);
        a = _allowance(BucketLib.settled(m.level, capacity, block.timestamp), capacity);
        a.reserve = uint96(capacity.drift - BucketLib.agentLimit(capacity));
        a.pending = _pendingOf(market);
    }

    /// @inheritdoc IKernelViews
    function subAllowance(address market, address agent)
        external
        view
        returns (Allowance memory a)
    {
        (Level memory level, Capacity memory part) = _subLevel(market, agent);
        a = _allowance(level, part);
        a.pending = _pendingOf(market);
    }

    /// @inheritdoc IKernelViews
    function standing(address market) external view returns (Standing memory) {
        uint256 s = _markets[market].standing;
        return Standing(
            _markets[market].mandate, s.era(), s.pausedUntil(), s.revoked(), s.revokedAgents()
        );
    }

    /// @inheritdoc IKernelViews
    function mandateOf(address market)
        external
        view
        returns (bytes32 mandateId, bytes memory data)
    {
        data = _mandate(market);
        if (data.length != 0) mandateId = keccak256(data);
    }

    /// @inheritdoc IKernelViews
    function ramp(address market) external view returns (uint256 tau, uint256 tauR) {
        bytes memory mandate = _open(market).mandate;
        return (MandateLib.tau(mandate), MandateLib.tauR(mandate));
    }

    /// @inheritdoc IKernelViews
    function modelOf(address market, uint32 slot) external view returns (Model memory) {
        Active storage a = _models[market][slot];
        return Model(address(uint160(a.active)), a.version, a.modelId, a.schemaHash);
    }

    /// @inheritdoc IKernelViews
    function lockedUntil(address market, uint8 class, bytes32 subject)
        external
        view
        returns (uint40)
    {
        return _lockedUntil[ParameterLib.key(market, class, subject)];
    }

    function _allowance(Level memory level, Capacity memory c)
        private
        pure
        returns (Allowance memory a)
    {
        a.driftCapacity = uint96(c.drift);
        a.driftLevel = uint96(level.drift);
        a.driftLeak = uint96(c.driftLeak);
        a.instantCapacity = uint96(c.instant);
        a.instantLevel = uint96(level.instant);
        a.instantLeak = uint96(c.instantLeak);
    }

    function _pendingOf(address market) private view returns (uint96) {
        Market storage m = _markets[market];
        bytes memory mandate = _mandate(market);
        if (mandate.length == 0) return 0;
        uint256 epoch = MandateLib.window(mandate) + MandateLib.grace(mandate);
        return WaitLib.bound(m.wait, block.timestamp, epoch);
    }
}
