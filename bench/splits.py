"""The random splits of the benchmark: one rule with `crates/train/src/split.rs`."""

import json
import pathlib

MASK = (1 << 64) - 1
SPLITS = pathlib.Path(__file__).with_name("splits.json")


def load():
    """The committed list of splits."""
    return json.loads(SPLITS.read_text())


def splitmix64(state):
    """One step of SplitMix64: the next state and the number drawn."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def shuffle(seed, n):
    """Fisher-Yates from the last place down; the place is the high half of draw * (i + 1)."""
    order = list(range(n))
    state = seed
    for i in range(n - 1, 0, -1):
        state, draw = splitmix64(state)
        j = (draw * (i + 1)) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def fnv1a(order):
    """FNV-1a over the indices as little-endian u32: the fingerprint that both languages check."""
    h = 0xCBF29CE484222325
    for i in order:
        for byte in i.to_bytes(4, "little"):
            h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def split(seed, n, test_percent):
    """(train, test), each in file order: the first `n * test_percent // 100` places of the shuffle are the test part."""
    order = shuffle(seed, n)
    k = n * test_percent // 100
    return sorted(order[k:]), sorted(order[:k])


def folds(rows, k, seed):
    """`k` pairs (train, test) of rows, by each row's place in a shuffle."""
    fold_of = [0] * len(rows)
    for place, i in enumerate(shuffle(seed, len(rows))):
        fold_of[i] = place % k
    return [
        (
            [row for row, g in zip(rows, fold_of) if g != f],
            [row for row, g in zip(rows, fold_of) if g == f],
        )
        for f in range(k)
    ]
