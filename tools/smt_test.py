"""Compares `integers.py` with the bit vectors it stands for: on random terms and values the two must agree.

A translation that lost a case would prove what is false. Here every operation that it knows is put together at random, over
variables with fixed values: the integer query with the term's true value must be satisfiable and, where no operation went beyond
what has a translation, with any other value unsatisfiable.
"""

import random
import sys

import z3

import integers

SEED = 20261126
SIZE = 64


def leaf(r: random.Random, names: list):
    if r.random() < 0.3:
        return z3.BitVecVal(r.choice([0, 1, 2, 7, 2**SIZE - 1, r.getrandbits(r.randrange(1, SIZE))]), SIZE)
    return r.choice(names)


def term(r: random.Random, names: list, depth: int):
    """A random term of 64 bits."""
    if depth == 0:
        return leaf(r, names)
    a, b = term(r, names, depth - 1), term(r, names, depth - 1)
    zero = z3.BitVecVal(0, SIZE)
    low = r.randrange(1, SIZE)
    return r.choice([
        lambda: a + b,
        lambda: a - b,
        lambda: a + z3.BitVecVal(2**SIZE - 1, SIZE) * b,
        lambda: a * b,
        lambda: z3.If(b == zero, zero, z3.UDiv(a, b)),
        lambda: z3.If(b == zero, zero, z3.URem(a, b)),
        lambda: z3.UDiv(a, b),
        lambda: z3.If(z3.ULT(a, b), a, b),
        lambda: z3.If(a < b, b, a),
        lambda: z3.LShR(a, low),
        lambda: a << low,
        lambda: a & z3.BitVecVal(2**low - 1, SIZE),
        lambda: (a & z3.BitVecVal(2**low - 1, SIZE)) | (b << low),
        lambda: z3.Concat(z3.BitVecVal(0, SIZE - low), z3.Extract(low - 1, 0, a)),
        lambda: z3.Concat(z3.Extract(SIZE - low - 1, 0, a), z3.Extract(low - 1, 0, b)),
    ])()


def agrees(r: random.Random, number: int) -> str:
    names = [z3.BitVec(f"v{number}_{i}", SIZE) for i in range(3)]
    values = [z3.BitVecVal(r.getrandbits(r.randrange(1, SIZE + 1)), SIZE) for _ in names]
    t = term(r, names, r.randrange(1, 4))
    true = z3.simplify(z3.substitute(t, *zip(names, values)))
    if not z3.is_bv_value(true):
        return ""
    given = [n == v for n, v in zip(names, values)]
    if satisfiable(given + [t == true]) == z3.unsat:
        return f"refuses the truth: {t} = {true} with {values}"
    return ""


def satisfiable(assertions: list):
    translation, goals = integers.translated(assertions)
    solver = z3.Solver()
    solver.set("timeout", 5000)
    solver.add(*translation.facts, *goals)
    return solver.check()


def decides() -> str:
    """It must also be able to prove: a quotient times its divisor is no larger, and larger is false."""
    x, d = z3.BitVecs("x d", 256)
    narrow = [z3.ULT(x, 2**128), z3.ULT(d, 2**64), d != 0]
    q = z3.If(d == 0, z3.BitVecVal(0, 256), z3.UDiv(x, d))
    if satisfiable([*narrow, z3.Not(z3.ULE(q * d, x))]) != z3.unsat:
        return "does not prove that q·d ≤ x"
    if satisfiable([*narrow, z3.ULT(q * d, x)]) != z3.sat:
        return "refuses that q·d < x may be"
    return ""


def main() -> None:
    r, cases = random.Random(SEED), int(sys.argv[1]) if len(sys.argv) > 1 else 250
    bad = [text for i in range(cases) if (text := agrees(r, i))]
    bad += [text] if (text := decides()) else []
    for text in bad:
        print(text)
    print(f"{cases} random terms, seed {SEED}: {len(bad)} disagreements")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
