// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Config, IKernelUndo, Principal, Producer, Verdict} from "../interfaces/IKernel.sol";
import {Act, Decision, Ending, Kind, Move, Record} from "../interfaces/IRecords.sol";
import {BodyLib} from "./BodyLib.sol";
import {BoundsLib} from "./BoundsLib.sol";
import {Case, Step} from "./Case.sol";
import {KernelExtension} from "./KernelBase.sol";
import {MandateLib} from "./MandateLib.sol";
import {ParameterLib} from "./ParameterLib.sol";
import {RampLib} from "./RampLib.sol";
import {StandingLib} from "./StandingLib.sol";
import {ValueLib} from "./ValueLib.sol";

/// @title Veto and rollback, run in the kernel's storage
/// @notice A rollback restores parameters, never consequences: those are bounded by the charges.
contract KernelUndo is KernelExtension, IKernelUndo {
    using ParameterLib for uint256;

    constructor(Config memory config_) KernelExtension(config_) {}

    /// @inheritdoc IKernelUndo
    function veto(address market, Record calldata queued) external onlyGuardian locked {
        Decision memory d = BodyLib.decode(queued.body);
        bytes22 digest = _requirePending(market, queued, d.moves);
        for (uint256 i; i < d.moves.length; ++i) {
            _endOne(ParameterLib.key(market, d.moves[i].class, d.moves[i].subject), digest);
        }
        _link(market, Kind.VETO, abi.encode(Ending(msg.sender, queued.sequence, 0)));
    }

    /// @inheritdoc IKernelUndo
    function rollback(address market, Record[] calldata records)
        external
        onlyGuardian
        locked
        returns (uint8 verdict, uint40 sequence)
    {
        require(records.length > 0, EmptyDecision());
        Record calldata target = records[records.length - 1];
        require(target.kind == Kind.APPLY, WrongKind(target.kind, Kind.APPLY));
        Decision memory d = BodyLib.decode(target.body);
        require(BodyLib.producer(d.origin) != Producer.ROLLBACK, AlreadyRolledBack(target.sequence));
        Case memory c = _openRollback(market, target.sequence);
        _requireNotFinal(c, target.time);
        _prepare(c, d.moves);
        bytes22[] memory cursors = _cursors(c);
        _walk(c, cursors, records, records.length - 1);
        bytes22 digest = _digestOf(target);
        for (uint256 i; i < cursors.length; ++i) {
            require(cursors[i] == digest, NotInTrail(d.moves[i].class, d.moves[i].subject));
        }
        return _undo(c, d.moves);
    }

    /// @inheritdoc IKernelUndo
    function rollbackFirst(address market, uint8 class, bytes32 subject, Record[] calldata later)
        external
        onlyGuardian
        locked
        returns (uint8 verdict, uint40 sequence)
    {
        Case memory c = _openRollback(market, 0);
        uint256 place = _class(c.mandate, class, subject);
        Move[] memory moves = new Move[](1);
        moves[0].class = class;
        moves[0].subject = subject;
        // What was never set stands at the fallback's value.
        moves[0].from = ValueLib.inForce(market, c.mandate, place, subject, 0);
        _prepare(c, moves);
        bytes22[] memory cursors = _cursors(c);
        uint256 past = _walk(c, cursors, later, later.length);
        if (later.length == 0) past = c.steps[0].state.past(c.steps[0].trail);
        // The first record alone leaves a beat that is also the time of the move, and no digest.
        uint256 firstAt = past.pastBeat();
        require(
            cursors[0] == 0 && firstAt != 0 && firstAt == past.pastMovedAt(),
            NotInTrail(class, subject)
        );
        _requireNotFinal(c, firstAt);
        return _undo(c, moves);
    }

    function _openRollback(address market, uint40 target) private view returns (Case memory c) {
        c = _open(market);
        c.producer = Producer.ROLLBACK;
        c.principal = msg.sender == GOVERNOR ? Principal.GOVERNOR : Principal.GUARDIAN;
        c.actor = msg.sender;
        c.sequence = target;
    }

    function _requireNotFinal(Case memory c, uint256 time) private view {
        uint256 finalAt = time + MandateLib.finality(c.mandate);
        require(block.timestamp < finalAt, Final(finalAt, block.timestamp));
    }

    /// @dev Looks the parameters up and sets each to what it was, clipped to the present corridor.
    function _prepare(Case memory c, Move[] memory undone) private view {
        c.steps = new Step[](undone.length);
        for (uint256 i; i < undone.length; ++i) {
            (c.steps[i].class, c.steps[i].subject) = (undone[i].class, undone[i].subject);
        }
        _judge(c);
        c.way = BoundsLib.SAME;
        for (uint256 i; i < undone.length; ++i) {
            Step memory s = c.steps[i];
            uint160 anchor = _anchor(c, s);
            s.to = BoundsLib.restore(s.place, undone[i].from, s.from, anchor);
            s.way = BoundsLib.directionAll(s.place, s.from, s.to, anchor);
            if (s.way > c.way) c.way = s.way;
        }
    }

    function _cursors(Case memory c) private pure returns (bytes22[] memory cursors) {
        cursors = new bytes22[](c.steps.length);
        for (uint256 i; i < cursors.length; ++i) {
            cursors[i] = c.steps[i].trail.head();
        }
    }

    /// @dev Follows each parameter's digests through the records, newest first.
    /// @return past What the last record that was followed keeps of the first parameter's past.
    function _walk(
        Case memory c,
        bytes22[] memory cursors,
        Record[] calldata records,
        uint256 count
    ) private view returns (uint256 past) {
        for (uint256 j; j < count; ++j) {
            bytes22 digest = _digestOf(records[j]);
            Decision memory d = _decisionOf(records[j]);
            bool undid =
                BodyLib.producer(d.origin) == Producer.ROLLBACK && records[j].kind != Kind.QUEUE;
            // A rollback voids its target and what came after it; those are not undone twice.
            bool again = undid && BodyLib.sequence(d.origin) <= c.sequence;
            for (uint256 i; i < cursors.length; ++i) {
                if (cursors[i] != digest) continue;
                require(!again, AlreadyRolledBack(c.sequence));
                uint256 before = _pastOf(d.moves, c.steps[i]);
                cursors[i] = before.pastHead();
                if (i == 0) past = before;
            }
        }
    }

    function _decisionOf(Record calldata r) private pure returns (Decision memory) {
        bool moves = r.kind == Kind.APPLY || r.kind == Kind.QUEUE || r.kind == Kind.ROLLBACK;
        require(moves, WrongKind(r.kind, Kind.APPLY));
        return BodyLib.decode(r.body);
    }

    function _pastOf(Move[] memory moves, Step memory wanted) private pure returns (uint256) {
        for (uint256 k; k < moves.length; ++k) {
            if (moves[k].class == wanted.class && moves[k].subject == wanted.subject) {
                return moves[k].trail;
            }
        }
        revert NotInTrail(wanted.class, wanted.subject);
    }

    /// @dev Safer at once, riskier by the governor after the window; either way the agents are locked out until it is final.
    function _undo(Case memory c, Move[] memory undone)
        private
        returns (uint8 verdict, uint40 sequence)
    {
        uint40 until = uint40(block.timestamp + MandateLib.finality(c.mandate));
        for (uint256 i; i < c.steps.length; ++i) {
            Step memory s = c.steps[i];
            _lockedUntil[s.key] = until;
            uint256 then = undone[i].trail.pastBeat();
            s.beat = then < s.state.beat() ? then : s.state.beat();
            if (MandateLib.residual(s.place)) {
                s.beat = RampLib.settledBeat(s.beat, block.timestamp, MandateLib.tau(c.mandate));
            }
        }
        _markets[c.market].standing = c.standing | StandingLib.LOCKOUTS;
        if (c.way == BoundsLib.RISKIER) {
            require(msg.sender == GOVERNOR, NotGovernor(msg.sender));
            return (Verdict.QUEUED, _queue(c));
        }
        return (Verdict.APPLIED, _apply(c, Kind.ROLLBACK));
    }

    /// @inheritdoc IKernelUndo
    function readmit(address market, uint8 class, bytes32 subject) external onlyGovernor locked {
        _ripen();
        bytes32 key = ParameterLib.key(market, class, subject);
        require(_lockedUntil[key] > block.timestamp, NotLockedOut(class, subject));
        delete _lockedUntil[key];
        _link(market, Kind.ADMIN, abi.encode(Act(msg.sender, 0, false, msg.data)));
    }
}
