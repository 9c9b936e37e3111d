//! The kernel's pure rules.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, I256, U256, keccak256};
use alloy_sol_types::{SolError, sol};
use mandate_core::{
    bounds::{BoundsError, Direction},
    bucket::{self, Allowance, Bucket},
    mandate::{Class, Component, Kind, Mandate, MandateError, Mode, Value},
    ramp::Ramp,
    record::{LinkHead, RecordKind, body},
    units::WAD,
};
use rand::Rng;

use super::{cases, count, evm::Harness, wide};
use RulesHarness as H;

sol! {
    #[sol(all_derives)]
    #[allow(missing_docs)]
    RulesHarness,
    "tests/fixtures/RulesHarness.json"
}

sol! {
    error OutOfCorridor(uint256 value, uint256 min, uint256 max);
    error Frozen(uint256 given, uint256 held);
    error StepExceeded(uint256 moved, uint256 limit);
    error SafeStepExceeded(uint256 moved, uint256 limit);
    error TooSoon(uint256 elapsed, uint256 delay);
    error StrayBits(uint160 value, uint160 mask);
    error BodyLength(uint256 given, uint256 needed);
}

fn harness() -> Harness {
    Harness::new(&H::DEPLOYED_BYTECODE)
}

/// A refusal as Solidity encodes it: same name, same fields, same values.
fn encoded(error: BoundsError) -> Vec<u8> {
    let u = |x: u128| U256::from(x);
    match error {
        BoundsError::OutOfCorridor { value, min, max } => {
            OutOfCorridor { value: u(value), min: u(min), max: u(max) }.abi_encode()
        }
        BoundsError::Frozen { given, held } => {
            Frozen { given: u(given), held: u(held) }.abi_encode()
        }
        BoundsError::StepExceeded { moved, limit } => {
            StepExceeded { moved: u(moved), limit: u(limit) }.abi_encode()
        }
        BoundsError::SafeStepExceeded { moved, limit } => {
            SafeStepExceeded { moved: u(moved), limit: u(limit) }.abi_encode()
        }
        BoundsError::TooSoon { elapsed, delay } => {
            TooSoon { elapsed: u(elapsed.into()), delay: u(delay.into()) }.abi_encode()
        }
        BoundsError::StrayBits { value, mask } => StrayBits { value, mask }.abi_encode(),
    }
}

fn encoded_mandate(error: MandateError) -> Vec<u8> {
    use MandateError as E;
    let u = |x: u128| U256::from(x);
    let n = |x: usize| U256::from(x);
    let s = |x: u64| U256::from(x);
    match error {
        E::MandateVersion { given } => H::MandateVersion { given }.abi_encode(),
        E::MandateMode { given } => H::MandateMode { given }.abi_encode(),
        E::MandateLength { given, expected } => {
            H::MandateLength { given: n(given), expected: n(expected) }.abi_encode()
        }
        E::MandateCount { given, least, most } => {
            H::MandateCount { given: n(given), least: n(least), most: n(most) }.abi_encode()
        }
        E::WindowTooLong { window, limit } => {
            H::WindowTooLong { window: s(window.into()), limit: s(limit) }.abi_encode()
        }
        E::GraceTooLong { grace, limit } => {
            H::GraceTooLong { grace: s(grace.into()), limit: s(limit.into()) }.abi_encode()
        }
        E::FinalityTooShort { finality, window } => {
            H::FinalityTooShort { finality: s(finality.into()), window: s(window.into()) }
                .abi_encode()
        }
        E::ReserveTooLarge { bps, limit } => {
            H::ReserveTooLarge { bps: u(bps.into()), limit: u(limit.into()) }.abi_encode()
        }
        E::ZeroDelay { class } => H::ZeroDelay { class }.abi_encode(),
        E::NotAscending { given, previous } => H::NotAscending { given, previous }.abi_encode(),
        E::CorridorEmpty { min, max } => H::CorridorEmpty { min: u(min), max: u(max) }.abi_encode(),
        E::CorridorTooWide { max, width } => {
            H::CorridorTooWide { max: u(max), width: u(width.into()) }.abi_encode()
        }
        E::ComponentWidth { width, limit } => {
            H::ComponentWidth { width: u(width.into()), limit: u(limit.into()) }.abi_encode()
        }
        E::UnknownKind { kind } => H::UnknownKind { kind }.abi_encode(),
        E::ResidualShape { class } => H::ResidualShape { class }.abi_encode(),
        E::NoAveraging { class } => H::NoAveraging { class }.abi_encode(),
        E::UnknownTerm { class } => H::UnknownTerm { class }.abi_encode(),
        E::ClassFlags { flags } => H::ClassFlags { flags }.abi_encode(),
        E::TooWide { .. } => unreachable!("bytes cannot hold what does not fit"),
    }
}

const KINDS: [Kind; 4] = [Kind::Up, Kind::Down, Kind::TwoSided, Kind::Frozen];

fn way(direction: Direction) -> U256 {
    U256::from(direction as u8)
}

fn component(rng: &mut impl Rng, offset: u8, width: u8) -> Component {
    let bits = width.into();
    let (a, b) = (wide(rng, bits), wide(rng, bits));
    let kind = KINDS[rng.random_range(0..KINDS.len())];
    let [step, safe_step] = [(); 2].map(|()| wide(rng, bits));
    Component { offset, width, kind, min: a.min(b), max: a.max(b), step, safe_step }
}

fn class(rng: &mut impl Rng) -> Class {
    let count = rng.random_range(1..=5);
    let mut free = 0;
    let components = (0..count).map(|_| {
        let offset = free + rng.random_range(0..4);
        let width = rng.random_range(1..=28);
        free = offset + width;
        component(rng, offset, width)
    });
    Class {
        components: components.collect(),
        id: rng.random_range(1..=255),
        market_wide: false,
        residual: false,
        needs_score: rng.random(),
        model_slot: rng.random(),
        signer_set: rng.random_range(1..=u32::MAX),
        greatest_age_s: rng.random(),
        delay_s: rng.random_range(1..1_000),
        averaging_s: 0,
    }
}

/// A component's value near what its rules speak of.
fn near(rng: &mut impl Rng, c: &Component, from: u128) -> u128 {
    let chosen = match rng.random_range(0..8) {
        0 => from,
        1 => from.saturating_add(c.step),
        2 => from.saturating_add(c.step + 1),
        3 => from.saturating_sub(c.safe_step),
        4 => c.min.saturating_sub(rng.random_range(0..2)),
        5 => c.max + rng.random_range(0..2u128),
        _ => wide(rng, c.width.into()),
    };
    chosen & c.limit()
}

fn value(rng: &mut impl Rng, class: &Class, from: Option<Value>) -> Value {
    let mut parts = Vec::new();
    for c in &class.components {
        let start = from.map_or(c.min, |from| c.get(from));
        parts.push(near(rng, c, start));
    }
    let stray = if rng.random_range(0..50) == 0 {
        Value::ONE << rng.random_range(0..160)
    } else {
        Value::ZERO
    };
    class.pack(&parts) | stray
}

fn mandate(rng: &mut impl Rng, mut classes: Vec<Class>) -> Mandate {
    classes.sort_by_key(|class| class.id);
    classes.dedup_by_key(|class| class.id);
    let mut agents: Vec<Address> =
        (0..rng.random_range(0..5)).map(|_| Address::from(rng.random::<[u8; 20]>())).collect();
    agents.sort_unstable();
    let window_s = rng.random_range(0..1 << 24);
    Mandate {
        mode: Mode::Inline,
        market: Address::from(rng.random::<[u8; 20]>()),
        expiry: rng.random_range(0..1 << 40),
        window_s,
        grace_s: rng.random_range(0..=window_s / 4),
        finality_s: rng.random_range(window_s..=u32::MAX),
        tau_s: rng.random(),
        tau_r_s: rng.random(),
        exit_reserve_bps: rng.random_range(0..=10_000),
        agents,
        classes,
        linear: vec![],
        views: vec![],
    }
}

/// A mandate with residual class, predicates and views: everything that can be encoded.
fn full_mandate(rng: &mut impl Rng) -> Mandate {
    use mandate_core::mandate::{Linear, Term, View};
    let classes = (0..rng.random_range(1..4)).map(|_| class(rng)).collect();
    let mut m = mandate(rng, classes);
    if rng.random() {
        m.classes[0].market_wide = true;
        m.classes[0].averaging_s = rng.random_range(1..=u32::MAX);
    }
    if rng.random() {
        let width = rng.random_range(61..=96);
        let around = Component {
            min: WAD / 2,
            max: 2 * WAD,
            kind: Kind::TwoSided,
            ..component(rng, 0, width)
        };
        let first = &mut m.classes[0];
        (first.market_wide, first.residual, first.averaging_s) = (true, true, 1);
        first.components = vec![around];
    }
    for _ in 0..rng.random_range(0..3) {
        let terms = (0..rng.random_range(1..4)).map(|_| {
            let class = &m.classes[rng.random_range(0..m.classes.len())];
            Term {
                class: class.id,
                subject: B256::from(rng.random::<[u8; 32]>()),
                component: rng.random_range(0..class.components.len()) as u8,
                coefficient: rng.random::<i128>() >> 32,
            }
        });
        let terms = terms.collect();
        m.linear.push(Linear { bound: rng.random(), terms });
    }
    for _ in 0..rng.random_range(0..3) {
        let mut name = vec![0; rng.random_range(1..=32)];
        rng.fill_bytes(&mut name);
        m.views.push(View {
            target: Address::from(rng.random::<[u8; 20]>()),
            stipend: rng.random(),
            name,
        });
    }
    m
}

// K-2 and K-3.
#[test]
fn a_component_is_judged_alike() {
    let mut evm = harness();
    cases("judge", |rng| {
        let width = rng.random_range(1..=96);
        let c = component(rng, 0, width);
        let from = wide(rng, width.into());
        let [to, anchor] = [(); 2].map(|()| near(rng, &c, from));
        let [offset, width, kind] = [c.offset, c.width, c.kind as u8].map(U256::from);
        let [min, max, step, safe_step] = [c.min, c.max, c.step, c.safe_step].map(U256::from);
        let component = H::Component { offset, width, kind, min, max, step, safeStep: safe_step };
        let [from_, to_, anchor_] = [from, to, anchor].map(U256::from);
        let call = H::judgeCall { c: component, from: from_, to: to_, anchor: anchor_ };
        let answer = evm.tell(&call);
        match c.check(from, to, anchor) {
            Ok(direction) => {
                assert_eq!(
                    (answer.way, &answer.refusal[..]),
                    (way(direction), &[][..]),
                    "{call:?}"
                );
            }
            Err(error) => assert_eq!(answer.refusal, encoded(error), "{call:?}"),
        }
        if c.kind != Kind::Frozen {
            let call = H::directionCall { kind, from: from_, to: to_, anchor: anchor_ };
            assert_eq!(evm.tell(&call), way(c.direction(from, to, anchor)), "{call:?}");
        }
    });
}

// K-2, K-3 and K-4.
#[test]
fn a_parameter_is_judged_and_clipped_alike() {
    let mut evm = harness();
    cases("judgeAll", |rng| {
        let class = class(rng);
        let bytes: Bytes = mandate(rng, vec![class.clone()]).encode().expect("valid").into();
        let from = value(rng, &class, None);
        let [to, anchor] = [(); 2].map(|()| value(rng, &class, Some(from)));
        let elapsed = u64::from(class.delay_s) + rng.random_range(0..3) - 1;
        let call = H::judgeAllCall {
            mandate: bytes.clone(),
            class: class.id,
            from,
            to,
            anchor,
            elapsed: U256::from(elapsed),
        };
        let answer = evm.tell(&call);
        match class.check(from, to, anchor, elapsed) {
            Ok(direction) => {
                assert_eq!(
                    (answer.way, &answer.refusal[..]),
                    (way(direction), &[][..]),
                    "{class:?} {call:?}"
                );
                assert_eq!(class.direction(from, to, anchor), direction);
            }
            Err(error) => assert_eq!(answer.refusal, encoded(error), "{class:?} {call:?}"),
        }
        let call = H::clipCall { mandate: bytes, class: class.id, value: to };
        assert_eq!(evm.tell(&call), class.clip(to), "{call:?}");
    });
}

#[test]
fn mandates_are_read_and_refused_alike() {
    let mut evm = harness();
    let mut refused = std::collections::BTreeMap::<String, u32>::new();
    cases("decode", |rng| {
        let mut bytes = full_mandate(rng).encode().expect("valid");
        mangle(rng, &mut bytes);
        let min_delay = rng.random_range(1u64 << 23..1 << 28);
        let call = H::decodeCall { m: bytes.clone().into(), minDelay: U256::from(min_delay) };
        match (Mandate::decode(&bytes, min_delay), evm.ask(&call)) {
            (Ok(ours), Ok(theirs)) => assert_same(&ours, &theirs),
            (Err(ours), Err(theirs)) => {
                assert_eq!(theirs, encoded_mandate(ours), "{ours:?} for {}", call.m);
                let name = format!("{ours:?}");
                *refused.entry(name.split(' ').next().expect("a name").into()).or_default() += 1;
            }
            (ours, theirs) => panic!("{ours:?} and {theirs:?} for {}", call.m),
        }
    });
    // A full run meets every refusal that bytes can earn.
    assert!(count() < 20_000 || refused.len() == 18, "{refused:?}");
}

/// Leaves bytes alone, or cuts, lengthens or changes them, most often in the head and in the first class.
fn mangle(rng: &mut impl Rng, bytes: &mut Vec<u8>) {
    let length = bytes.len();
    match rng.random_range(0..12) {
        0 => {}
        1 => bytes.truncate(rng.random_range(0..length)),
        2 => bytes.push(rng.random()),
        3..6 => {
            let byte = if rng.random() { rng.random_range(0..6) } else { rng.random() };
            bytes[rng.random_range(0..53)] = byte;
        }
        _ => {
            let agents = 20 * usize::from(bytes[49]);
            let first = 53 + agents;
            let start = if rng.random() { first } else { 53 };
            let at = if rng.random() {
                start + rng.random_range(0..(length - start).min(40))
            } else {
                rng.random_range(53..length)
            };
            bytes[at] = if rng.random() { 0 } else { rng.random() };
            if rng.random_range(0..4) == 0 {
                // A delay, an averaging time and a signer set are zero in whole words.
                let word = first + [7, 15, 19][rng.random_range(0..3)];
                bytes[word..word + 4].fill(0);
            }
        }
    }
}

fn assert_same(ours: &Mandate, theirs: &H::Mandate) {
    let s = |x: u32| U256::from(x);
    assert_eq!((ours.market, U256::from(ours.expiry)), (theirs.market, theirs.expiry));
    assert_eq!(
        [s(ours.window_s), s(ours.grace_s), s(ours.finality_s)],
        [theirs.window, theirs.grace, theirs.finality]
    );
    assert_eq!(
        [s(ours.tau_s), s(ours.tau_r_s), U256::from(ours.exit_reserve_bps)],
        [theirs.tau, theirs.tauR, theirs.exitReserveBps]
    );
    assert_eq!(ours.agents, theirs.agents);
    assert_eq!(ours.classes.len(), theirs.classes.len());
    for (a, b) in ours.classes.iter().zip(&theirs.classes) {
        let flags =
            u8::from(a.market_wide) | u8::from(a.residual) << 1 | u8::from(a.needs_score) << 2;
        assert_eq!(
            (a.id, flags, a.model_slot, a.signer_set),
            (b.id, b.flags, b.modelSlot, b.signerSet)
        );
        assert_eq!(
            [s(a.greatest_age_s), s(a.delay_s), s(a.averaging_s)],
            [b.greatestAge, b.delay, b.averaging]
        );
        assert_eq!(a.components.len(), b.components.len());
        for (a, b) in a.components.iter().zip(&b.components) {
            assert_eq!(
                [a.offset, a.width, a.kind as u8].map(U256::from),
                [b.offset, b.width, b.kind]
            );
            assert_eq!(
                [a.min, a.max, a.step, a.safe_step].map(U256::from),
                [b.min, b.max, b.step, b.safeStep]
            );
        }
    }
    assert_eq!(ours.linear.len(), theirs.linears.len());
    for (a, b) in ours.linear.iter().zip(&theirs.linears) {
        assert_eq!(a.bound, i128::try_from(b.bound).unwrap());
        for (a, b) in a.terms.iter().zip(&b.terms) {
            assert_eq!(
                (a.class, a.subject, U256::from(a.component)),
                (b.class, b.subject, b.component)
            );
            assert_eq!(a.coefficient, i128::try_from(b.coefficient).unwrap());
        }
    }
    assert_eq!(ours.views.len(), theirs.views.len());
    for (a, b) in ours.views.iter().zip(&theirs.views) {
        assert_eq!((a.target, s(a.stipend)), (b.target, b.stipend));
    }
}

// K-5 and K-23.
#[test]
fn buckets_leak_and_store_alike() {
    let mut evm = harness();
    cases("bucket", |rng| {
        let [level, leak, capacity] = [(); 3].map(|()| wide(rng, 96));
        let elapsed = wide(rng, 40) as u64;
        let allowance = Allowance { capacity, leak };
        let call = H::leakedCall {
            level: U256::from(level),
            leak: U256::from(leak),
            elapsed: U256::from(elapsed),
        };
        let after = Bucket { level, at: 5 }.level_at(&allowance, 5 + elapsed);
        assert_eq!(evm.tell(&call), U256::from(after), "{call:?}");

        let small = alloy_primitives::aliases::U96::from(capacity);
        assert_eq!(
            evm.tell(&H::storedCall { capacity: small }),
            U256::from(bucket::stored(capacity)),
            "{capacity}"
        );

        let bps = rng.random_range(0..=10_000);
        let call = H::shareCall { whole: U256::from(capacity), bps: U256::from(bps) };
        assert_eq!(evm.tell(&call), U256::from(bucket::share(capacity, bps)), "{call:?}");
        let zero = U256::ZERO;
        let c = H::Capacity {
            drift: U256::from(capacity),
            driftLeak: zero,
            instant: zero,
            instantLeak: zero,
            reserveBps: U256::from(bps),
        };
        let limit = capacity - bucket::reserve(capacity, bps);
        assert_eq!(evm.tell(&H::agentLimitCall { c }), U256::from(limit), "{capacity} {bps}");
    });
}

// K-21.
#[test]
fn multipliers_fade_alike() {
    let mut evm = harness();
    cases("ramp", |rng| {
        let (set, beat) = (wide(rng, 96), wide(rng, 40) as u64);
        let [tau_s, tau_r_s] = [(); 2].map(|()| wide(rng, 32) as u64);
        let ramp = Ramp { set, anchor: WAD, beat, tau_s, tau_r_s };
        let time = match rng.random_range(0..4) {
            0 => ramp.fades_from() + rng.random_range(0..2),
            1 => ramp.faded_at() + rng.random_range(0..2),
            2 => ramp.fades_from() + wide(rng, 32) as u64 % (tau_r_s + 1),
            _ => wide(rng, 41) as u64,
        };
        let [beat, time_, tau, tau_r] = [beat, time, tau_s, tau_r_s].map(U256::from);
        let call = H::rampCall { set: U256::from(set), beat, time: time_, tau, tauR: tau_r };
        assert_eq!(evm.tell(&call), U256::from(ramp.at(time)), "{call:?}");
    });
}

// K-22.
#[test]
fn records_are_linked_alike() {
    let mut evm = harness();
    cases("link", |rng| {
        let previous = FixedBytes::<27>::from_slice(&rng.random::<[u8; 32]>()[..27]);
        let kind = RecordKind::from_number(rng.random_range(1..=16)).expect("a kind");
        let head = LinkHead {
            previous,
            sequence: wide(rng, 40) as u64,
            kind,
            chain_id: wide(rng, 64) as u64,
            kernel: Address::from(rng.random::<[u8; 20]>()),
            time: wide(rng, 40) as u64,
        };
        let body = rng.random::<[u8; 32]>();
        let small = |x: u64| alloy_primitives::aliases::U40::from(x);
        let call = H::linkCall {
            previous,
            sequence: small(head.sequence),
            kind: kind as u8,
            chainId: head.chain_id,
            kernel: head.kernel,
            time: small(head.time),
            bodyHash: keccak256(body),
        };
        assert_eq!(evm.tell(&call), head.link(&body), "{call:?}");
    });
}

// K-10.
#[test]
fn bodies_are_packed_alike() {
    let mut evm = harness();
    cases("body", |rng| {
        let moves = (0..rng.random_range(0..9)).map(|_| body::Move {
            class: rng.random(),
            subject: B256::from(rng.random::<[u8; 32]>()),
            from: Value::from(wide(rng, 128)) << rng.random_range(0..33),
            to: Value::from(wide(rng, 128)),
            trail: U256::from_be_bytes(rng.random::<[u8; 32]>()),
        });
        let moves: Vec<_> = moves.collect();
        let features: Vec<u8> = (0..rng.random_range(0..70)).map(|_| rng.random()).collect();
        let reserved: U256 = U256::from(0xff_u8) << 232;
        let given = body::Decision {
            origin: U256::from_be_bytes(rng.random::<[u8; 32]>()) & !reserved,
            charge: U256::from(wide(rng, 96)),
            eta: alloy_primitives::aliases::U40::from(wide(rng, 40) as u64),
            output: I256::from_be_bytes(rng.random::<[u8; 32]>()),
            features: features.into(),
            moves,
        };
        let call = H::bodyCall { d: theirs(&given) };
        let bytes = evm.tell(&call);
        assert_eq!(bytes, Bytes::from(given.encode()), "{call:?}");
        let call = H::decisionCall { body_: bytes };
        assert_eq!(evm.tell(&call), theirs(&given), "{call:?}");
        let call =
            H::decisionCall { body_: call.body_.slice(..rng.random_range(0..call.body_.len())) };
        match body::Decision::decode(&call.body_) {
            Ok(fewer) => assert_eq!(evm.tell(&call), theirs(&fewer), "{call:?}"),
            Err(body::BodyError { given, needed }) => {
                let refusal = BodyLength { given: U256::from(given), needed: U256::from(needed) };
                assert_eq!(evm.ask(&call).unwrap_err(), refusal.abi_encode(), "{call:?}");
            }
        }
    });
}

fn theirs(d: &body::Decision) -> H::Decision {
    let moves = d.moves.iter().map(|m| H::Move {
        class: m.class,
        subject: m.subject,
        from: m.from,
        to: m.to,
        trail: m.trail,
    });
    let (features, moves) = (d.features.clone(), moves.collect());
    H::Decision {
        origin: d.origin,
        charge: d.charge,
        eta: d.eta,
        output: d.output,
        features,
        moves,
    }
}
