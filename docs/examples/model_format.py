#!/usr/bin/env python3
"""A third implementation of docs/model-format.md, written from that page alone.

Reads lines from standard input, works out what each asks for, and compares: `run PROGRAM FEATURES MARGIN OUTPUT`;
`schema BYTES FEATURES`, which only reads a schema and counts its features; `explain PROGRAM BYTES REFERENCES MANIFEST`, which
reads a program's explanation data, counts covers or features of a baseline, and names the manifest's hash or `none`. Bytes
are hexadecimal (`-` for none), numbers decimal; a refusal stands in the first place of an answer. Exit status 1 and a line on
standard error name the first difference.
"""

import math
import sys

WAD = 10**18
P = [0xAD3F3E87, 0x705C2D851, 0x6E22CE21F7, 0x58A3079C143, 0x3FFA00EFDE43, 0x28611F131CDD1,
     0x15D87FF55F19C7, 0x9D955B7B99A28A, 0x38D611AE0C70F55, 0xF5FDEFFC160A918,
     0x2C5C85FDF473E51A, 0x4000000000000000]


class Refused(Exception):
    """The bytes are not the encoding of a model."""


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, count):
        if self.at + count > len(self.text):
            raise Refused("ModelTruncated")
        self.at += count
        return self.text[self.at - count:self.at]

    def unsigned(self, size):
        return int.from_bytes(self.take(size), "big")

    def signed(self, size):
        return int.from_bytes(self.take(size), "big", signed=True)


def demand(condition, name):
    if not condition:
        raise Refused(name)


def decode(text):
    r = Reader(text)
    demand(r.unsigned(1) == 1, "ModelVersionUnknown")
    limited, family = divmod(r.unsigned(1), 128)
    demand(family in (1, 2, 4) or family == 3 and not limited, "ModelFamilyUnknown")
    link = r.unsigned(1)
    demand(link <= 2, "LinkUnknown")
    n = r.unsigned(1)
    demand(1 <= n <= 128, "FeatureCountOutOfRange")
    shift = r.unsigned(1)
    demand(shift <= 62, "ShiftOutOfRange")
    slots, parts = r.unsigned(1), r.unsigned(1)
    most = {2: 64, 4: 62}.get(family, 0)
    demand(min(most, 1) <= slots <= most, "SlotCountOutOfRange")
    if family == 3:
        demand(1 <= parts <= 8, "LayerCountOutOfRange")
    else:
        demand(1 <= parts <= 254 if family == 2 else parts == 0, "ForestCountOutOfRange")
    bias = r.signed(8)
    r.take(64)
    held = limits(r, n) if limited else None
    if family == 1:
        body = glm(r, n)
    elif family == 2:
        body = trees(r, n, slots, parts)
    else:
        body = network(r, n, parts) if family == 3 else sparse(r, n, slots)
    demand(r.at == len(text), "ModelTrailingBytes")
    low, high = span(family, body, bias, held or [(1 - 2**23, 2**23 - 1)] * n)
    demand(max(-low, high) <= 2**63 - 1, "ModelOverflow")
    return family, link, n, shift, bias, held, body


def limits(r, n):
    text = Reader(r.take(6 * n))
    low, wide = ([text.unsigned(3) for _ in range(n)] for _ in range(2))
    demand(all(a > 0 and a + b < 2**24 for a, b in zip(low, wide)), "LimitsOutOfOrder")
    demand(any((a, b) != (1, 2**24 - 2) for a, b in zip(low, wide)), "LimitsNotCanonical")
    return [(a - 2**23, a + b - 2**23) for a, b in zip(low, wide)]


def glm(r, n):
    weights = [r.signed(8) for _ in range(n)]
    missing = [r.signed(8) for _ in range(n)]
    r.take(3 * n)
    return weights, missing


def read_slots(r, n, slots):
    slots = list(r.take(slots))
    for i, slot in enumerate(slots):
        demand(slot & 127 < n, "FeatureIndexOutOfRange")
        demand(i == 0 or slot > slots[i - 1], "SlotsNotAscending")
    return slots


def sparse(r, n, slots):
    slots = read_slots(r, n, slots)
    count = r.unsigned(2)
    demand(count > 0, "TreeCountOutOfRange")
    read, used = [], set()
    for _ in range(count):
        size = r.unsigned(2)
        demand(size <= 24000, "TreeBytesOutOfRange")
        text = Reader(r.take(size))
        try:
            tree = subtree(text, 1)
        except Refused as refused:
            raise Refused(str(refused).replace("ModelTruncated", "TreeNotCanonical"))
        demand(len(tree) > 1 and text.at == size, "TreeNotCanonical")
        addresses = set(asked(tree))
        demand(all(a % 4 == 0 and a < 4 * len(slots) for a in addresses), "FeatureIndexOutOfRange")
        used |= addresses
        read.append(tree)
    demand(len(used) == len(slots), "SlotUnused")
    return slots, read


def subtree(text, level):
    """A leaf as a list of its value; a node as threshold or set of values, address, true side, false side."""
    start, word, address = text.at, text.take(3), text.unsigned(1)
    if address == 252:
        return [int.from_bytes(word, "big", signed=True)]
    threshold = int.from_bytes(word, "big")
    demand(level <= 64, "TreeDepthOutOfRange")
    distance = text.unsigned(2)
    if address == 248:
        demand(threshold % 65536 == 0, "TreeNotCanonical")
        address, threshold = threshold // 65536, {i for i, bit in enumerate(bin(text.unsigned(32))[:1:-1]) if bit == "1"}
    demand(threshold != 0, "TreeNotCanonical")
    on_true = subtree(text, level + 1)
    demand(text.at == start + distance, "TreeNotCanonical")
    return [threshold, address, on_true, subtree(text, level + 1)]


def asked(tree):
    return [] if len(tree) == 1 else [tree[1], *asked(tree[2]), *asked(tree[3])]


def leaves_of(tree):
    return tree if len(tree) == 1 else leaves_of(tree[2]) + leaves_of(tree[3])


def trees(r, n, slots, forests):
    slots = read_slots(r, n, slots)
    read, used, before = [], set(), (0, True)
    for _ in range(forests):
        depth = r.unsigned(1)
        demand(1 <= depth <= 8, "TreeDepthOutOfRange")
        count, full = r.unsigned(2), 24000 // (6 * 2**depth - 4)
        demand(1 <= count <= full, "TreeCountOutOfRange")
        levels = [[] for _ in range(depth)]
        text = Reader(r.take(count * (6 * 2**depth - 4)))
        for level in range(depth):
            levels[level] = [(text.unsigned(3), text.unsigned(1)) for _ in range(count << level)]
        leaves = [text.signed(2) for _ in range(count << depth)]
        demand(depth > before[0] or depth == before[0] and before[1], "ForestsNotCanonical")
        for address in {a for level in levels for t, a in level if (t, a) != (0, 0)}:
            demand(address % 4 == 0 and address < 4 * len(slots), "FeatureIndexOutOfRange")
            used.add(address // 4)
        demand(all(canonical(levels, leaves, tree) for tree in range(count)), "PaddingNotCanonical")
        before = (depth, count == full)
        read.append((levels, leaves))
    demand(len(used) == len(slots), "SlotUnused")
    return slots, read


def canonical(levels, leaves, tree):
    depth = len(levels)
    for level in range(depth):
        for i in range(tree << level, (tree + 1) << level):
            if levels[level][i] != (0, 0):
                if levels[level][i][0] == 0 or level and levels[level - 1][i // 2] == (0, 0):
                    return False
    if all(node == (0, 0) for node in levels[-1][tree << depth - 1:(tree + 1) << depth - 1]):
        return False
    for i in range(tree << depth, (tree + 1) << depth):
        at, level = i, depth - 1
        while leaves[i] and levels[level][at // 2] == (0, 0):
            if at % 2:
                return False
            at, level = at // 2, level - 1
    return True


def network(r, n, count):
    text = Reader(r.take(9 * n))
    low, wide, missing = ([text.unsigned(3) for _ in range(n)] for _ in range(3))
    for a, b, c in zip(low, wide, missing):
        demand(a > 0 and a + b < 2**24 and c <= b, "LimitsOutOfOrder")
    text, shapes, inputs = Reader(r.take(3 * count)), [], n
    for _ in range(count):
        lanes, rows, shift = text.unsigned(1), text.unsigned(1), text.unsigned(1)
        demand(4 <= lanes <= 8, "LaneCountOutOfRange")
        demand(1 <= lanes * rows <= 128, "UnitCountOutOfRange")
        demand(shift <= 256 // lanes - 2, "ShiftOutOfRange")
        shapes.append((lanes, rows, shift, inputs))
        inputs = lanes * rows
    words = sum(rows * (1 + inputs) for _, rows, _, inputs in shapes) + shapes[-1][1]
    text, layers, outputs = Reader(r.take(32 * words)), [], []
    for k, (lanes, rows, shift, inputs) in enumerate(shapes):
        units = []
        for _ in range(rows):
            biases = unlane(text.unsigned(32) - halves(lanes), lanes)
            weights = [unlane(text.unsigned(32), lanes) for _ in range(inputs)]
            units += [(biases[u], [w[u] for w in weights]) for u in range(lanes)]
            if k == count - 1:
                outputs += reversed(unlane(text.unsigned(32), lanes))
        layers.append((lanes, shift, units))
    return list(zip(low, wide, missing)), layers, outputs


def halves(lanes):
    bits = 256 // lanes
    return sum(1 << bits * u + bits - 1 for u in range(lanes))


def unlane(word, lanes):
    bits, values = 256 // lanes, []
    word = (word + halves(lanes)) % 2**256
    for u in range(lanes):
        own = word >> bits * u
        values.append((own if u == lanes - 1 else own % 2**bits) - 2**(bits - 1))
    return values


def span(family, body, bias, held):
    if family == 3:
        return network_span(body, bias)
    low = high = bias
    if family == 1:
        for w, m, (a, b) in zip(*body, held):
            low, high = low + min(m, w * a, w * b), high + max(m, w * a, w * b)
    elif family == 4:
        for tree in body[1]:
            low, high = low + min(leaves_of(tree)), high + max(leaves_of(tree))
    else:
        for levels, leaves in body[1]:
            size = 1 << len(levels)
            for i in range(0, len(leaves), size):
                low, high = low + min(leaves[i:i + size]), high + max(leaves[i:i + size])
    return low, high


def reach(bias, weights, bounds):
    terms = [w * b for w, b in zip(weights, bounds)]
    return bias + sum(t for t in terms if t < 0), bias + sum(t for t in terms if t > 0)


def network_span(body, bias):
    limits, layers, outputs = body
    bounds = [wide for _, wide, _ in limits]
    for lanes, shift, units in layers:
        ranges = [reach(b, weights, bounds) for b, weights in units]
        most = 2**(256 // lanes - 1) - 1
        demand(all(max(-low, high) <= most for low, high in ranges), "ModelOverflow")
        bounds = [max(high, 0) >> shift for _, high in ranges]
    demand(max(bounds) * sum(map(abs, outputs)) <= most, "ModelOverflow")
    return reach(bias, outputs, bounds)


def network_margin(body, x):
    limits, layers, outputs = body
    said = [c if v == -2**23 else max(0, min(v + 2**23 - a, b)) for v, (a, b, c) in zip(x, limits)]
    for _, shift, units in layers:
        said = [max(0, b + sum(w * v for w, v in zip(ws, said))) >> shift for b, ws in units]
    return sum(w * v for w, v in zip(outputs, said))


def is_true(slot, threshold, x):
    value = x[slot & 127]
    if isinstance(threshold, set):
        return value in threshold
    return slot < 128 if value == -2**23 else value + 2**23 < threshold


def reached(tree, slots, x):
    while len(tree) > 1:
        threshold, address, on_true, on_false = tree
        tree = on_true if is_true(slots[address // 4], threshold, x) else on_false
    return tree[0]


def margin(model, packed):
    family, _, n, _, total, held, body = model
    demand(len(packed) == 3 * n, "FeaturesLength")
    r = Reader(packed)
    x = [r.signed(3) for _ in range(n)]
    if held:
        x = [v if v == -2**23 else max(a, min(v, b)) for v, (a, b) in zip(x, held)]
    if family == 1:
        return total + sum(m if v == -2**23 else w * v for w, m, v in zip(*body, x))
    if family == 3:
        return total + network_margin(body, x)
    slots, forests = body
    if family == 4:
        return total + sum(reached(tree, slots, x) for tree in forests)
    for levels, leaves in forests:
        for tree in range(len(levels[0])):
            at = tree
            for level in levels:
                threshold, address = level[at]
                at *= 2
                if threshold:
                    at += is_true(slots[address // 4], threshold, x)
            total += leaves[at]
    return total


def output(model, m):
    _, link, _, shift, _, _, _ = model
    if link == 0:
        return m * WAD >> shift
    t = m * 0x5C551D94AE0BF85E >> shift
    t = max(-(62 << 62), min((62 << 62) - 1, t))
    f, down = t & (2**62 - 1), 62 - (t >> 62)
    power = 0
    for coefficient in P:
        power = (power * f >> 62) + coefficient
    if link == 2:
        return WAD * power >> down
    return WAD - (WAD << 62) // (((power << 62) >> down) + 2**62)


def words(r):
    try:
        return r.take(r.unsigned(2)).decode()
    except UnicodeDecodeError:
        raise Refused("SchemaInvalid")


def feature(r):
    name, _unit = words(r), words(r)
    num, den, low, high = r.unsigned(4), r.unsigned(4), r.signed(3), r.signed(3)
    missing, replacement = r.unsigned(1), r.signed(3)
    demand(missing == 2 or missing < 2 and replacement == 0, "SchemaInvalid")
    words(r)
    demand(math.gcd(num, den) == 1 and num * den > 0, "SchemaInvalid")
    demand(-2**23 < low <= high, "SchemaInvalid")
    demand(missing < 2 or low <= replacement <= high, "SchemaInvalid")
    demand(name, "SchemaInvalid")
    return name


def schema(text):
    """The names of a schema's features."""
    r, names = Reader(text), []
    words(r)
    count = r.unsigned(1)
    demand(1 <= count <= 128, "FeatureCountOutOfRange")
    for _ in range(count):
        name = feature(r)
        demand(name not in names, "SchemaInvalid")
        names.append(name)
    demand(r.at == len(text), "SchemaTrailingBytes")
    return names


def references(model):
    """How many covers or values attributions of a model are measured against, and the bytes of each."""
    family, _, n, _, _, _, body = model
    if family == 1:
        return 0, 4
    if family == 3:
        return n, 3
    if family == 2:
        return sum(len(leaves) for _, leaves in body[1]), 4
    return sum(len(leaves_of(tree)) for tree in body[1]), 4


def explain(model, text):
    """How many covers or values there are, and the hash of the manifest that the model commits to, if any."""
    count, size = references(model)
    demand(len(text) >= count * size, "ExplainLength")
    manifest = text[count * size:]
    demand(len(manifest) in (0, 32), "ManifestLength")
    demand(not manifest or any(manifest), "ManifestZero")
    return count, manifest


def answer(what, asked):
    if what == "schema":
        return [len(schema(asked[0]))]
    model = decode(asked[0])
    if what == "explain":
        count, manifest = explain(model, asked[1])
        return [count, manifest.hex() or "none"]
    m = margin(model, asked[1])
    return [m, output(model, m)]


def said(what, asked, places):
    try:
        return [str(part) for part in answer(what, asked)]
    except Refused as refused:
        return [str(refused)] + ["-"] * (places - 1)


def main():
    count = 0
    for line in sys.stdin:
        what, *rest = line.split()
        given = 1 if what == "schema" else 2
        asked, want = [bytes.fromhex(text.strip("-")) for text in rest[:given]], rest[given:]
        got = said(what, asked, len(want))
        if got != want:
            sys.exit(f"line {count + 1}: {got} here, {want} there")
        count += 1
    print(count)


if __name__ == "__main__":
    main()
