#!/usr/bin/env python3
"""Takes rules out one by one and asks the search of `test/lending/attack` whether it notices.

usage: tools/attack_mutations.py [NAME ...]

All rules are taken out of one scratch copy of the contracts, each behind a switch (the coinbase, which the search sets), so that one build serves them all;
with the switch at zero the copy must find nothing. An edit that no longer fits the source is an error. Printed, as rows of docs/mutations.md: the rule and
what the search reported first. Fails when a rule's absence went unnoticed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CONTRACTS = pathlib.Path(__file__).resolve().parent.parent / "contracts"
FIXTURES = ["AnyReport", "FixtureOracle", "KernelParts", "MandateBuilder", "SetModels", "TestToken"]
SIZE = {"ATTACK_RANDOM": "600", "ATTACK_WORLDS": "8", "ATTACK_STEPS": "3"}

SWITCH = """// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

library Mutant {
    function off(uint256 rule) internal pure returns (bool) {
        function(uint256) view returns (bool) reads = _isOff;
        function(uint256) pure returns (bool) is_;
        assembly {
            is_ := reads
        }
        return is_(rule);
    }

    function _isOff(uint256 rule) private view returns (bool) {
        return uint160(address(block.coinbase)) == rule;
    }
}
"""

# name: (rule, tests that look for it). The number of a rule is its place here, from 1.
RULES = {
    "drift": ("drift bucket", "CreditOpen"),
    "reserve": ("the governor's reserve", "CreditOpen"),
    "instant": ("instant bucket", "CreditSeen"),
    "booking": ("what was queued is charged when it takes effect", "CreditOpen"),
    "leak": ("the buckets leak no faster than the bound counts", "CreditOpen"),
    "window": ("window: no application before eta", "CreditSeen"),
    "step": ("step of m", "Rate"),
    "delay": ("delay of m", "Rate"),
    "corridor": ("corridor of m", "Rate"),
    "reopening": ("a line that is raised again is charged again", "defaults"),
    "phi": ("the secured part of a line is charged", "CreditOpen"),
    "close": ("a default closes the line", "defaults"),
    "cap": ("borrow cap", "defaults"),
    "losses": ("realised losses count against the borrow cap", "defaults"),
    "open": ("an open loan keeps its potential when its line is cut", "Baseline"),
    "score": ("age of the score at a draw", "random"),
    "due": ("a later draw keeps the due date", "random"),
    "snapshot": ("new terms leave an open loan alone", "random"),
    "pending": ("what waits at the start is counted as seen too late", "CreditSeen"),
    "reaction": ("a guardian as slow as the window sees nothing in time", "CreditSeen"),
    "growth": ("interest is counted until T_liq after due and grace", "Baseline"),
    "fade": ("the rate's harm is counted until m has faded", "Rate"),
    "stair": ("the first move of m counts at once", "Rate"),
}

# rule's names: file: [(old, new)]; `old` must stand there exactly once, @name becomes the rule's switch.
EDITS = {
    "kernel/KernelBase.sol": [
        (
            "level.holds(charge, limit, atOnce ? all.instant : type(uint256).max)",
            "level.holds(charge, @drift ? type(uint256).max : limit, atOnce && !@instant ? all.instant : type(uint256).max)",
        ),
        ("agent ? BucketLib.agentLimit(all)", "agent && !@reserve ? BucketLib.agentLimit(all)"),
        ("if (atOnce && charge > all.instant) return", "if (atOnce && charge > all.instant && !@instant) return"),
    ],
    "kernel/Kernel.sol": [
        ("_book(c, false);", "if (!@booking) _book(c, false);"),
        ("if (block.timestamp < c.eta) revert TooEarly", "if (block.timestamp < c.eta && !@window) revert TooEarly"),
    ],
    "kernel/BucketLib.sol": [("leak * elapsed >> 32", "leak * elapsed >> (@leak ? 31 : 32)")],
    "kernel/BoundsLib.sol": [
        ("way == RISKIER && moved > step", "way == RISKIER && moved > step && !@step"),
        ("if (elapsed < delay) {", "if (elapsed < delay && !@delay) {"),
        ("if (to < min || to > max) {", "if ((to < min || to > max) && !@corridor) {"),
    ],
    "lending/LendingActuator.sol": [
        ("    function _phi(uint160 packed)", "    mapping(bytes32 subject => uint256) private _high;\n\n    function _phi(uint160 packed)"),
        (
            ": _quoteTerms(from[i], change.value);",
            ": _quoteTerms(from[i], change.value);\n            if (change.class == LendingClass.TERMS && @reopening) {\n"
            "                charges[i] = PhiLib.charge(_phi(change.value), _high[change.subject]);\n            }",
        ),
        ("        Band[] memory policy = BandsLib.load(BANDS);\n        uint24", "        _raise(subject, to);\n        Band[] memory policy = BandsLib.load(BANDS);\n        uint24"),
        (
            "    function _steer(uint160 value",
            "    function _raise(bytes32 subject, uint160 to) private {\n        if (_phi(to) > _high[subject]) _high[subject] = _phi(to);\n    }\n\n    function _steer(uint160 value",
        ),
    ],
    "lending/PhiLib.sol": [("if (lambda <= recovery) return", "if (lambda <= recovery || @phi) return")],
    "lending/LendingMarket.sol": [
        ("        _settleUtilisation(index_);\n        ILendingActuator(ACTUATOR).close", "        _settleUtilisation(index_);\n        if (!@close) ILendingActuator(ACTUATOR).close"),
        ("        if (closes) ILendingActuator", "        if (closes && !@close) ILendingActuator"),
        ("if (debt + _realisedLosses > BORROW_CAP) {", "if (!@cap && debt + (@losses ? 0 : _realisedLosses) > BORROW_CAP) {"),
        ("return FixedPointMathLib.max(position_.lineRisk, inForce);", "return @open ? position_.lineRisk : FixedPointMathLib.max(position_.lineRisk, inForce);"),
        ("if (age > SCORE_AGE) revert", "if (age > SCORE_AGE && !@score) revert"),
        ("        if (position_.shares == 0) {\n            position_.due =", "        if (position_.shares == 0 || @due) {\n            position_.due ="),
        (
            "        position_.lineRisk = risk;\n",
            "        position_.lineRisk = risk;\n        if (position_.shares != 0 && @snapshot) {\n            _leave(position_);\n"
            "            Terms memory now_ = TermsLib.unpack(_line(borrower).value);\n"
            "            (position_.unsecured, position_.lambdaBps) = (now_.unsecured, now_.lambdaBps);\n"
            "            position_.spreadBps = now_.spreadBps;\n            _join(position_);\n        }\n",
        ),
    ],
    "lending/WorstCase.sol": [
        (" + a.pending", " + (@pending ? 0 : a.pending)"),
        ("if (reaction < MandateReader", "if (@reaction || reaction < MandateReader"),
        ("gap + reach.step * (stair + 1)", "gap + reach.step * (stair + (@stair ? 0 : 1))"),
        ("area += (last * rate * reach.fadeArea).divUp(2);", "if (!@fade) area += (last * rate * reach.fadeArea).divUp(2);"),
    ],
    "lending/MarketConstants.sol": [(" + c.grace + c.liquidationTime", " + c.grace + (@growth ? 0 : c.liquidationTime)")],
}


def switched(text):
    """Replaces each @name by its switch."""
    numbers = {name: number for number, name in enumerate(RULES, 1)}
    return re.sub(r"@(\w+)", lambda m: f"Mutant.off({numbers[m[1]]})", text)


def mutate(src):
    (src / "Mutant.sol").write_text(SWITCH)
    for file, edits in EDITS.items():
        text = (src / file).read_text()
        for old, new in edits:
            if text.count(old) != 1:
                sys.exit(f"{file}: this stands there {text.count(old)} times, not once:\n{old}")
            text = text.replace(old, switched(new))
        text = re.sub(r"(pragma solidity .*;\n)", r'\1import {Mutant} from "../Mutant.sol";\n', text, count=1)
        (src / file).write_text(text)


def copy_to(root):
    for name in ["foundry.toml", "solc-wrap"]:
        shutil.copy(CONTRACTS / name, root)
    os.symlink(CONTRACTS / "node_modules", root / "node_modules")
    (root / "snapshots").mkdir()
    (root / "test/fixtures").mkdir(parents=True)
    for name in FIXTURES:
        shutil.copy(CONTRACTS / f"test/fixtures/{name}.sol", root / "test/fixtures")
    shutil.copytree(CONTRACTS / "test/lending/attack", root / "test/lending/attack", ignore=shutil.ignore_patterns("Inline*"))
    shutil.copytree(CONTRACTS / "src", root / "src")
    mutate(root / "src")


def attack(root, number, tests):
    """The first violation that the search reports, or None."""
    command = ["forge", "test", "--match-path", "test/lending/attack/Attack.t.sol", "--match-test", tests, "-vv", "-j", "1"]
    env = dict(os.environ, ATTACK_MUTANT=str(number), **SIZE)
    run = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if "Suite result" not in run.stdout:
        sys.exit(f"the search did not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    found = re.search(r"VIOLATION (.*)\n(?:\s+found, bound (\d+) (\d+))?", run.stdout)
    if found is None:
        if "[FAIL" in run.stdout:
            sys.exit(f"the search broke:\n{run.stdout[-2000:]}")
        return None
    what, most, bound = found.groups()
    return what if most is None else f"{what}, {int(most) / max(int(bound), 1):.1%} of the bound"


def main():
    names = sys.argv[1:] or list(RULES)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="attack") as scratch:
        root = pathlib.Path(scratch)
        copy_to(root)
        found = attack(root, 2**64, "random|CreditSeen")
        if found is not None:
            sys.exit(f"the copy with every rule in force is not sound: {found}")
        for number, (name, (rule, tests)) in enumerate(RULES.items(), 1):
            if name not in names:
                continue
            found = attack(root, number, tests)
            missed += found is None
            print(f"| {rule} | {found or '**nothing**'} |", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
