"""A query over bit vectors as a query over the integers.

Every bit-vector term becomes an integer together with its greatest value, so that a product or a sum that cannot wrap loses
its `mod 2^256`, and a division becomes Euclid's `n = q*d + r, r < d`, one pair (q, r) for one (n, d), whichever width it is
written in. A term that has no translation becomes a fresh integer of its range, which only allows more: `unsat` here is
`unsat` there. A model counts only when the query itself, with the values put in, confirms it.
"""

import z3

CALLS = {"f_evm_bvmul": "mul", "f_evm_bvudiv": "div", "f_evm_bvurem": "rem", "f_evm_bvsdiv": "sdiv"}


# Effort of a first look at a part of a path, in z3's own units: a tenth of a second or so.
BRIEF = 400_000


class Translation:
    """One query over the integers: facts about the terms, and the query's own assertions."""

    def __init__(self) -> None:
        self.facts: list = []
        self.widths: dict = {}
        self.seen: dict = {}
        self.pairs: dict = {}
        self.names: list = []
        self.caps: dict = {}
        self.terms: dict = {}
        self.count = 0

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def fresh(self, most: int, stem: str = "t"):
        """A new integer in [0, most]."""
        self.count += 1
        x = z3.Int(f"{stem}!{self.count}")
        self.facts += [x >= 0, x <= most]
        return x, most

    def narrow(self, assertion) -> bool:
        """Whether this only says how many bits a parameter has, which is then known."""
        if not z3.is_eq(assertion):
            return False
        x, y = assertion.children()
        if not is_name(x) or not z3.is_bv(x) or not is_op(y, z3.Z3_OP_CONCAT):
            return False
        zero, low = y.children() if y.num_args() == 2 else (None, None)
        if zero is None or not is_zero(zero) or not is_op(low, z3.Z3_OP_EXTRACT):
            return False
        if low.params()[1] != 0 or not low.arg(0).eq(x):
            return False
        self.widths[x.get_id()] = low.size()
        return True

    # ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def number(self, t):
        """An integer term equal to the bit vector `t`, and its greatest value."""
        key = t.get_id()
        if key not in self.seen:
            self.seen[key] = (self._number(t), t)
        return self.seen[key][0]

    def _number(self, t):
        if z3.is_bv_value(t):
            return z3.IntVal(t.as_long()), t.as_long()
        size, kind = t.size(), t.decl().kind()
        if is_name(t):
            x, most = self.fresh(2 ** self.widths.get(t.get_id(), size) - 1, t.decl().name())
            self.names.append((t, x))
            return x, most
        name = operation(t)
        if name == "mul" or kind == z3.Z3_OP_BMUL:
            return self.product(t, size)
        if name == "div" or kind in (z3.Z3_OP_BUDIV, z3.Z3_OP_BUDIV_I):
            return self.quotient(t)[0] if name else self.total(t, 0)
        if name == "rem" or kind in (z3.Z3_OP_BUREM, z3.Z3_OP_BUREM_I):
            return self.quotient(t)[1] if name else self.total(t, 1)
        if name == "sdiv" or kind in (z3.Z3_OP_BSDIV, z3.Z3_OP_BSDIV_I):
            plain = all(self.number(x)[1] < 2 ** (size - 1) for x in t.children())
            return (self.quotient(t)[0] if name else self.total(t, 0)) if plain else self.fresh(2**size - 1)
        if kind == z3.Z3_OP_BADD:
            return self.sum(t, size)
        if kind == z3.Z3_OP_BSUB:
            return self.difference(self.number(t.arg(0)), self.number(t.arg(1)), size)
        if kind == z3.Z3_OP_CONCAT:
            return self.concat(t)
        if kind == z3.Z3_OP_ZERO_EXT:
            return self.number(t.arg(0))
        if kind == z3.Z3_OP_EXTRACT:
            return self.extract(t)
        if kind == z3.Z3_OP_ITE and (chosen := settled(t)) is not None:
            return self.number(chosen)
        if kind == z3.Z3_OP_BXOR and t.num_args() == 2:
            return self.flipped(t)
        if kind == z3.Z3_OP_ITE and (op := spelled_out(t)):
            return self.quotient(t.arg(2))[op == "rem"]
        if kind == z3.Z3_OP_ITE:
            (a, ma), (b, mb) = self.number(t.arg(1)), self.number(t.arg(2))
            return z3.If(self.truth(t.arg(0)), a, b), max(ma, mb)
        if kind == z3.Z3_OP_BLSHR and z3.is_bv_value(t.arg(1)):
            return self.divided(self.number(t.arg(0)), 2 ** t.arg(1).as_long())
        if kind == z3.Z3_OP_BSHL and z3.is_bv_value(t.arg(1)):
            a, ma = self.number(t.arg(0))
            by = 2 ** t.arg(1).as_long()
            return self.wrapped((a * by, ma * by), size)
        if kind == z3.Z3_OP_BAND:
            return self.masked(t)
        if kind == z3.Z3_OP_BOR:
            return self.united(t)
        return self.fresh(2**size - 1)

    def folded(self, t, f):
        x, most = self.number(t.arg(0))
        for i in range(1, t.num_args()):
            y, m = self.number(t.arg(i))
            x, most = f(x, y), f(most, m)
        return x, most

    def product(self, t, size):
        """A product; a quotient times its divisor is no larger than what was divided."""
        if negated(t, size):
            return self.sum(t, size, [t])
        x, most = self.folded(t, lambda a, b: a * b)
        if t.num_args() == 2:
            a, b = (self.number(p)[0] for p in t.children())
            most = min(most, self.caps.get(frozenset((a.get_id(), b.get_id())), most))
        return self.wrapped((x, most), size)

    def wrapped(self, xm, size):
        """A product or shift brought back into the range; of one that wraps only the range is said."""
        x, most = xm
        if most < 2**size:
            return xm
        w, most = self.fresh(2**size - 1, "wrap")
        self.facts.append(z3.Implies(x < 2**size, w == x))
        return w, most

    def sum(self, t, size, parts=None):
        """A sum; an addend whose constant factor lies above half the range is read as subtracted."""
        more, less = (z3.IntVal(0), 0), (z3.IntVal(0), 0)
        for part in parts or t.children():
            (x, most), negative = self.addend(part, size)
            side = less if negative else more
            both = (x + side[0] if side[1] else x), side[1] + most
            more, less = (more, both) if negative else (both, less)
        if less[1] == 0:
            return self.carried(more, size)
        if less[1] > 2**size:
            d, most = self.fresh(2**size - 1, "minus")
            self.facts.append(z3.Implies(z3.And(less[0] <= more[0], more[0] < 2**size), d == more[0] - less[0]))
            return d, most
        return self.difference(self.carried(more, size), less, size)

    def addend(self, part, size):
        half = 2 ** (size - 1)
        if z3.is_bv_value(part) and part.as_long() >= half:
            c = 2**size - part.as_long()
            return (z3.IntVal(c), c), True
        if negated(part, size):
            c = 2**size - part.arg(0).as_long()
            x, most = self.number(part.arg(1))
            return (c * x if c != 1 else x, c * most), True
        return self.number(part), False

    def carried(self, xm, size):
        """A sum brought back into the range."""
        x, most = xm
        if most < 2**size:
            return xm
        if most >= 2 ** (size + 1):
            return self.wrapped(xm, size)
        s, most = self.fresh(2**size - 1, "plus")
        self.facts.append(z3.If(x < 2**size, s == x, s == x - 2**size))
        return s, most

    def difference(self, a, b, size):
        (x, mx), (y, _) = a, b
        # A name of its own keeps the case split in one place.
        key = ("-", x.get_id(), y.get_id(), size)
        if key not in self.pairs:
            d, most = self.fresh(2**size - 1, "minus")
            self.facts.append(z3.If(x >= y, d == x - y, d == x - y + 2**size))
            self.pairs[key] = ((d, most), x, y)
        return self.pairs[key][0]

    def euclid(self, n, d):
        """(q, r) of n = q*d + r for d ≠ 0; nothing is said where d is zero."""
        (x, mx), (y, my) = n, d
        x = self.plain(x)
        key = (x.get_id(), y.get_id())
        if key not in self.pairs:
            fixed = z3.is_int_value(y) and my
            q, mq = self.fresh(mx // my if fixed else mx, "q")
            r, mr = self.fresh(min(mx, max(my - 1, 0)) if not z3.is_int_value(y) or my else mx, "r")
            self.facts.append(z3.Implies(y != 0, z3.And(x == q * y + r, r < y)))
            self.pairs[key] = ((q, mq), (r, mr), x, y)
            self.caps[frozenset((q.get_id(), y.get_id()))] = mx
        return self.pairs[key]

    def plain(self, x):
        """One term for one polynomial, whichever order its factors came in."""
        y = z3.simplify(x)
        return self.terms.setdefault(y.get_id(), y)

    def quotient(self, t):
        """The machine's division and remainder, both 0 for a divisor 0."""
        n, d = self.number(t.arg(0)), self.number(t.arg(1))
        (q, mq), (r, mr), _, y = self.euclid(n, d)
        if z3.is_int_value(y) and y.as_long():
            return (q, mq), (r, mr)
        key = ("/", q.get_id())
        if key not in self.pairs:
            whole, rest = z3.If(y == 0, 0, q), z3.If(y == 0, 0, r)
            self.caps[frozenset((whole.get_id(), y.get_id()))] = n[1]
            self.pairs[key] = ((whole, mq), (rest, mr))
        return self.pairs[key]

    def total(self, t, which):
        """The logic's own division: all ones, or the dividend, for a divisor 0; so only where that cannot be."""
        n, d = self.number(t.arg(0)), self.number(t.arg(1))
        pair = self.euclid(n, d)
        x, most = pair[which]
        if z3.is_int_value(d[0]) and d[0].as_long():
            return x, most
        other, mo = self.fresh(2 ** t.size() - 1)
        return z3.If(pair[3] == 0, other, x), max(most, mo)

    def divided(self, xm, by):
        x, most = xm
        if by == 1:
            return xm
        if most < by:
            return z3.IntVal(0), 0
        return self.euclid(xm, (z3.IntVal(by), by))[0][0], most // by

    def remainder(self, xm, by):
        x, most = xm
        return xm if most < by else (self.euclid(xm, (z3.IntVal(by), by))[1][0], by - 1)

    def concat(self, t):
        x, most = z3.IntVal(0), 0
        for part in t.children():
            y, m = self.number(part)
            x, most = x * 2 ** part.size() + y, most * 2 ** part.size() + m
        return z3.simplify(x), most

    def extract(self, t):
        high, low = t.params()
        return self.remainder(self.divided(self.number(t.arg(0)), 2**low), 2 ** (high - low + 1))

    def masked(self, t):
        """`and` with a run of low ones, or between truth values."""
        if t.num_args() == 2:
            for i in (0, 1):
                m = t.arg(i)
                if z3.is_bv_value(m) and (m.as_long() + 1) & m.as_long() == 0:
                    return self.remainder(self.number(t.arg(1 - i)), m.as_long() + 1)
            (a, ma), (b, mb) = self.number(t.arg(0)), self.number(t.arg(1))
            if ma <= 1 and mb <= 1:
                return z3.If(z3.And(a == 1, b == 1), 1, 0), 1
        return self.fresh(2 ** t.size() - 1)

    def united(self, t):
        """`or` of truth values, or of fields that do not overlap."""
        parts = sorted(t.children(), key=free)
        x, most = self.number(parts[0])
        for part in parts[1:]:
            y, m = self.number(part)
            if most <= 1 and m <= 1:
                x, most = z3.If(z3.Or(x == 1, y == 1), 1, 0), 1
            elif most < 2 ** free(part):
                x, most = x + y, most + m
            else:
                return self.fresh(2 ** t.size() - 1)
        return x, most

    def flipped(self, t):
        """`xor` with all ones or none, written as the negative of a truth value."""
        for i in (0, 1):
            (x, most), negative = self.addend(t.arg(i), t.size())
            if negative and most <= 1 and not z3.is_bv_value(t.arg(i)):
                y, _ = self.number(t.arg(1 - i))
                return z3.If(x == 0, y, 2 ** t.size() - 1 - y), 2 ** t.size() - 1
        return self.fresh(2 ** t.size() - 1)

    # ── truths ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def truth(self, f):
        """A formula over integers that holds wherever `f` does; equivalent but for terms that have no translation."""
        kind = f.decl().kind()
        if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
            return f
        if kind == z3.Z3_OP_NOT:
            return z3.Not(self.truth(f.arg(0)))
        if kind in (z3.Z3_OP_AND, z3.Z3_OP_OR):
            parts = [self.truth(x) for x in f.children()]
            return z3.And(parts) if kind == z3.Z3_OP_AND else z3.Or(parts)
        if kind == z3.Z3_OP_IMPLIES:
            return z3.Implies(self.truth(f.arg(0)), self.truth(f.arg(1)))
        if kind == z3.Z3_OP_ITE:
            return z3.If(*[self.truth(x) for x in f.children()])
        if kind in (z3.Z3_OP_EQ, z3.Z3_OP_DISTINCT) and f.num_args() == 2:
            return self.equal(f, kind == z3.Z3_OP_EQ)
        compare = {z3.Z3_OP_ULEQ: "<=", z3.Z3_OP_ULT: "<", z3.Z3_OP_UGEQ: ">=", z3.Z3_OP_UGT: ">"}
        if kind in compare:
            (a, _), (b, _) = self.number(f.arg(0)), self.number(f.arg(1))
            return order(compare[kind], a, b)
        signed = {z3.Z3_OP_SLEQ: "<=", z3.Z3_OP_SLT: "<", z3.Z3_OP_SGEQ: ">=", z3.Z3_OP_SGT: ">"}
        if kind in signed:
            return order(signed[kind], self.signed(f.arg(0)), self.signed(f.arg(1)))
        return self.guess()

    def signed(self, t):
        x, most = self.number(t)
        half = 2 ** (t.size() - 1)
        return x if most < half else z3.If(x >= half, x - 2 * half, x)

    def equal(self, f, positive):
        a, b = f.children()
        if z3.is_bool(a):
            same = self.truth(a) == self.truth(b)
        elif z3.is_bv(a):
            same = self.number(a)[0] == self.number(b)[0]
        else:
            return self.guess()
        return same if positive else z3.Not(same)

    def guess(self):
        self.count += 1
        return z3.Bool(f"b!{self.count}")


def is_name(t) -> bool:
    return z3.is_const(t) and t.decl().kind() == z3.Z3_OP_UNINTERPRETED


def is_op(t, kind) -> bool:
    return z3.is_app(t) and t.decl().kind() == kind


def is_zero(t) -> bool:
    return z3.is_bv_value(t) and t.as_long() == 0


def negated(t, size: int) -> bool:
    """Whether this is a product with a constant above half the range."""
    scaled = is_op(t, z3.Z3_OP_BMUL) and t.num_args() == 2 and z3.is_bv_value(t.arg(0))
    return scaled and t.arg(0).as_long() >= 2 ** (size - 1)


def settled(t):
    """The branch that a choice between constants takes, or nothing."""
    condition = t.arg(0)
    if not z3.is_eq(condition) or not all(z3.is_bv_value(x) for x in condition.children()):
        return None
    a, b = condition.children()
    return t.arg(1) if a.as_long() == b.as_long() else t.arg(2)


def spelled_out(t) -> str:
    """div or rem where `t` is `if d = 0 then 0 else n / d`, which is how refined queries write the machine's operations."""
    divide, zero = t.arg(2), t.arg(1)
    kinds = {z3.Z3_OP_BUDIV: "div", z3.Z3_OP_BUDIV_I: "div", z3.Z3_OP_BUREM: "rem", z3.Z3_OP_BUREM_I: "rem"}
    op = kinds.get(divide.decl().kind(), "") if z3.is_app(divide) else ""
    if not op or not is_zero(zero) or not z3.is_eq(t.arg(0)):
        return ""
    a, b = t.arg(0).children()
    return op if (is_zero(b) and a.eq(divide.arg(1))) or (is_zero(a) and b.eq(divide.arg(1))) else ""


def order(sign: str, a, b):
    return {"<=": a <= b, "<": a < b, ">=": a >= b, ">": a > b}[sign]


def free(t) -> int:
    """How many low bits of `t` are surely zero."""
    if z3.is_bv_value(t):
        x = t.as_long()
        return (x & -x).bit_length() - 1 if x else t.size()
    if is_op(t, z3.Z3_OP_BSHL) and z3.is_bv_value(t.arg(1)):
        return min(t.size(), free(t.arg(0)) + t.arg(1).as_long())
    if is_op(t, z3.Z3_OP_CONCAT):
        low = t.children()[-1]
        return free(low) if not is_zero(low) else low.size() + free_of_rest(t)
    if is_op(t, z3.Z3_OP_BOR):
        return min(free(x) for x in t.children())
    return 0


def free_of_rest(t) -> int:
    rest = t.children()[:-1]
    return free(rest[-1]) if len(rest) == 1 else 0


def operation(t) -> str:
    """mul, div or rem for halmos' names of the machine's operations."""
    name = t.decl().name()
    return next((op for stem, op in CALLS.items() if name.startswith(stem)), "")


def translated(assertions):
    """The query over the integers."""
    t = Translation()
    goals = [t.truth(a) for a in assertions if not t.narrow(a)]
    return t, goals


def decide(path: str, milliseconds: int) -> str:
    """`unsat`, `sat` with a model that the query itself has confirmed, or nothing.

    A path that cannot be taken is refused where it turns off: each assertion is tried with those before it, briefly, because what
    comes later only adds to what the solver may lose itself in.
    """
    assertions = z3.parse_smt2_file(path)
    t, solver, known = Translation(), z3.Solver(), 0
    rest = [a for a in assertions if not t.narrow(a)]
    solver.set("rlimit", BRIEF)
    for assertion in rest:
        solver.add(t.truth(assertion), *t.facts[known:])
        known = len(t.facts)
        if solver.check() == z3.unsat:
            return "unsat"
    solver.set("rlimit", 0)
    solver.set("timeout", milliseconds)
    answer = solver.check()
    if answer == z3.unsat:
        return "unsat"
    return confirmed(assertions, t, solver.model()) if answer == z3.sat else ""


def confirmed(assertions, t, model) -> str:
    """The integer model as a model of the bit vectors, if it is one."""
    values = [(x, z3.BitVecVal(model.eval(n, model_completion=True).as_long(), x.size())) for x, n in t.names]
    query = z3.Solver()
    query.set("timeout", 5000)
    query.add(*[z3.simplify(z3.substitute(a, *values)) for a in assertions])
    if query.check() != z3.sat:
        return ""
    lines = [f"(define-fun {x.sexpr()} () (_ BitVec {x.size()}) (_ bv{v.as_long()} {x.size()}))" for x, v in values]
    return "\n".join(["sat", "(", *lines, ")"])
