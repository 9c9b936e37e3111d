//! The mandate's encoding: one behaviour, one encoding, one id.

use alloy_primitives::{Address, B256, U256, address, hex, keccak256};
use mandate_core::mandate::{
    Class, Component, Kind, Linear, Mandate, MandateError, Mode, Term, View,
};
use mandate_core::units::WAD;
use proptest::{collection::vec, prelude::*};

const fn component(offset: u8, width: u8, kind: Kind) -> Component {
    let max = (1u128 << width) - 1;
    Component { offset, width, kind, min: 0, max, step: max / 8, safe_step: max }
}

const fn class(id: u8, market_wide: bool, components: Vec<Component>) -> Class {
    Class {
        id,
        market_wide,
        residual: market_wide,
        needs_score: !market_wide,
        model_slot: 1,
        signer_set: 2,
        greatest_age_s: 3_600,
        delay_s: 600,
        averaging_s: 1_800,
        components,
    }
}

fn decode(bytes: &[u8]) -> Result<Mandate, MandateError> {
    Mandate::decode(bytes, 1 << 30)
}

/// A mandate of the lending economy's shape.
fn sample() -> Mandate {
    let kinds = [Kind::Up, Kind::Up, Kind::Up, Kind::Up, Kind::Down, Kind::Up];
    let layout = [(0, 48), (48, 48), (96, 16), (112, 16), (128, 16), (144, 16)];
    let terms = layout.iter().zip(kinds).map(|((o, w), k)| component(*o, *w, k)).collect();
    Mandate {
        mode: Mode::Inline,
        market: address!("0x00000000000000000000000000000000000000a1"),
        expiry: 1_900_000_000,
        window_s: 86_400,
        grace_s: 21_600,
        finality_s: 172_800,
        tau_s: 21_600,
        tau_r_s: 43_200,
        exit_reserve_bps: 1_000,
        agents: vec![address!("0x00000000000000000000000000000000000000b1")],
        classes: vec![
            class(1, true, vec![component(0, 96, Kind::TwoSided)]),
            class(2, false, terms),
        ],
        linear: vec![Linear {
            bound: -5,
            terms: vec![Term { class: 2, subject: B256::ZERO, component: 3, coefficient: -1 }],
        }],
        views: vec![View {
            target: Address::repeat_byte(7),
            stipend: 50_000,
            name: b"cap".to_vec(),
        }],
    }
}

/// Valid mandates of many shapes.
fn mandates() -> impl Strategy<Value = Mandate> {
    let times = (4u32..1 << 30, 1u32.., any::<u32>(), 1u32.., 1u32..);
    let parts = (any::<[u8; 20]>(), 0u64..1 << 40, 0u16..=10_000, vec(any::<[u8; 19]>(), 0..5));
    let lists =
        (classes(), vec(any::<(u8, u8, i128, i64)>(), 0..4), vec(vec(any::<u8>(), 1..33), 0..3));
    (times, parts, lists).prop_map(
        |((window_s, grace, more, tau_s, tau_r_s), (market, expiry, reserve, agents), lists)| {
            let (classes, linear, names) = lists;
            let agents = agents.iter().enumerate().map(|(i, tail)| {
                let mut bytes = [i as u8 + 1; 20];
                bytes[1..].copy_from_slice(tail);
                Address::from(bytes)
            });
            let linear = linear.iter().map(|(c, p, bound, coefficient)| {
                let class = &classes[*c as usize % classes.len()];
                let term = Term {
                    class: class.id,
                    subject: if class.market_wide { B256::ZERO } else { B256::repeat_byte(*p) },
                    component: p % class.components.len() as u8,
                    coefficient: i128::from(*coefficient).max(1),
                };
                Linear { bound: *bound, terms: vec![term; 1 + *p as usize % 3] }
            });
            let views = names.iter().map(|name| View {
                target: Address::repeat_byte(9),
                stipend: 1 + name.len() as u32,
                name: name.clone(),
            });
            let mut market = market;
            market[0] |= 1;
            Mandate {
                mode: Mode::Inline,
                market: Address::from(market),
                expiry,
                window_s,
                grace_s: 1 + grace % (window_s / 4),
                finality_s: window_s.saturating_add(more),
                tau_s,
                tau_r_s,
                exit_reserve_bps: reserve,
                agents: agents.collect(),
                linear: linear.collect(),
                views: views.collect(),
                classes,
            }
        },
    )
}

fn classes() -> impl Strategy<Value = Vec<Class>> {
    vec((1u8..20, class_rules()), 1..5).prop_map(|classes| {
        let mut id = 0;
        let numbered = classes.into_iter().map(|(gap, class)| {
            id += gap;
            Class { id, ..class }
        });
        numbered.collect()
    })
}

fn class_rules() -> impl Strategy<Value = Class> {
    let rules = (any::<[bool; 3]>(), any::<[u32; 5]>(), components());
    rules.prop_map(|([market_wide, residual, needs_score], numbers, components)| {
        let [model_slot, signer_set, greatest_age_s, delay_s, averaging_s] = numbers;
        let c = components[0];
        let around_one = c.offset == 0 && c.min <= WAD && c.max >= WAD;
        let may_fade = components.len() == 1 && c.kind == Kind::TwoSided && around_one;
        Class {
            id: 0,
            market_wide,
            residual: market_wide && residual && may_fade,
            needs_score,
            model_slot,
            signer_set,
            greatest_age_s,
            delay_s: delay_s.max(1),
            averaging_s: averaging_s.max(1),
            components,
        }
    })
}

/// One wide component, or up to four narrow ones with gaps between them.
fn components() -> impl Strategy<Value = Vec<Component>> {
    let wide = ranged(64u8..97).prop_map(|component| vec![component]);
    let narrow = vec((0u8..8, ranged(1u8..33)), 1..5).prop_map(|list| {
        let mut free = 0;
        let placed = list.into_iter().map(|(gap, component)| {
            let offset = free + gap;
            free = offset + component.width;
            Component { offset, ..component }
        });
        placed.collect()
    });
    prop_oneof![wide, narrow]
}

fn ranged(width: std::ops::Range<u8>) -> impl Strategy<Value = Component> {
    let kinds = [Kind::Up, Kind::Down, Kind::TwoSided, Kind::Frozen];
    (width, prop::sample::select(kinds.to_vec()), any::<[u128; 4]>()).prop_map(
        |(width, kind, [a, b, step, safe_step])| {
            let limit = (1u128 << width) - 1;
            let (a, b) = (a & limit, b & limit);
            let (min, max) = (a.min(b), a.max(b));
            Component {
                offset: 0,
                width,
                kind,
                min,
                max,
                step: step >> 32,
                safe_step: safe_step >> 32,
            }
        },
    )
}

proptest! {
    #[test]
    fn decoding_inverts_encoding(mandate in mandates()) {
        let bytes = mandate.encode().expect("the strategy makes valid mandates");
        prop_assert_eq!(mandate.id(), Ok(keccak256(&bytes)));
        prop_assert_eq!(decode(&bytes), Ok(mandate));
    }

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(mandate in mandates(), at: usize, bit in 0u8..8) {
        let mut bytes = mandate.encode().expect("the strategy makes valid mandates");
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(other) = decode(&bytes) {
            prop_assert_ne!(&other, &mandate);
            prop_assert_eq!(other.encode(), Ok(bytes));
        }
    }

    #[test]
    fn every_prefix_is_truncated(mandate in mandates(), cut: usize) {
        let bytes = mandate.encode().expect("the strategy makes valid mandates");
        let length = cut % bytes.len();
        let error = decode(&bytes[..length]);
        let short = matches!(error, Err(MandateError::MandateLength { given, expected }) if given == length && expected > given);
        prop_assert!(short, "{error:?}");
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        let mut bytes = bytes;
        if let [version, mode, ..] = bytes.as_mut_slice() {
            (*version, *mode) = (1, 1);
        }
        let _ = decode(&bytes);
    }
}

#[test]
fn the_layout_is_the_spines() {
    let mandate = Mandate { views: vec![], linear: vec![], ..sample() };
    let mandate = Mandate { classes: vec![mandate.classes[0].clone()], ..mandate };
    let mut expected = hex!(
        "01 01 00000000000000000000000000000000000000a1 00713fb300 00015180 00005460 0002a300"
        "00005460 0000a8c0 03e8 01 01 00 00 00000000000000000000000000000000000000b1"
        "01 03 01 00000001 00000002 00000e10 00000258 00000708"
        "00 60 02 000000000000000000000000 ffffffffffffffffffffffff"
        "1fffffffffffffffffffffff ffffffffffffffffffffffff"
    )
    .to_vec();
    assert_eq!(mandate.encode().unwrap(), expected);
    expected.push(0);
    let error = MandateError::MandateLength { given: expected.len(), expected: expected.len() - 1 };
    assert_eq!(decode(&expected), Err(error));
}

/// Every rule, broken once, with the error it gets.
#[test]
fn each_broken_rule_has_its_error() {
    use MandateError as E;
    type Break = fn(&mut Mandate);
    let ascending = |given: u64, previous: u64| E::NotAscending {
        given: U256::from(given),
        previous: U256::from(previous),
    };
    let agent = U256::from(0xb1);
    let cases: [(Break, MandateError); 36] = [
        (
            |m| (m.window_s, m.finality_s) = ((1 << 30) + 1, u32::MAX),
            E::WindowTooLong { window: (1 << 30) + 1, limit: 1 << 30 },
        ),
        (|m| m.grace_s = 21_601, E::GraceTooLong { grace: 21_601, limit: 21_600 }),
        (|m| m.finality_s = 86_399, E::FinalityTooShort { finality: 86_399, window: 86_400 }),
        (|m| m.exit_reserve_bps = 10_001, E::ReserveTooLarge { bps: 10_001, limit: 10_000 }),
        (|m| m.agents.push(m.agents[0]), E::NotAscending { given: agent, previous: agent }),
        (|m| m.agents[0] = Address::ZERO, ascending(0, 0)),
        (
            |m| m.agents = (1..=17).map(word).collect(),
            E::MandateCount { given: 17, least: 0, most: 16 },
        ),
        (|m| m.expiry = 1 << 40, E::TooWide { bits: 40 }),
        (|m| m.classes.clear(), E::MandateCount { given: 0, least: 1, most: 8 }),
        (
            |m| m.classes = vec![m.classes[0].clone(); 9],
            E::MandateCount { given: 9, least: 0, most: 8 },
        ),
        (|m| m.classes.swap(0, 1), ascending(1, 2)),
        (|m| m.classes[1].id = 1, ascending(1, 1)),
        (|m| m.classes[0].id = 0, ascending(0, 0)),
        (|m| m.classes[0].market_wide = false, E::ResidualShape { class: 1 }),
        (|m| m.classes[0].components[0].kind = Kind::Up, E::ResidualShape { class: 1 }),
        (|m| m.classes[0].components[0].min = WAD + 1, E::ResidualShape { class: 1 }),
        (|m| m.classes[0].components[0].max = WAD - 1, E::ResidualShape { class: 1 }),
        (|m| m.classes[1].residual = true, E::ResidualShape { class: 2 }),
        (|m| m.classes[1].components.clear(), E::MandateCount { given: 0, least: 1, most: 8 }),
        (
            |m| m.classes[1].components = vec![m.classes[1].components[0]; 9],
            E::MandateCount { given: 9, least: 0, most: 8 },
        ),
        (|m| m.classes[1].delay_s = 0, E::ZeroDelay { class: 2 }),
        (|m| m.classes[0].averaging_s = 0, E::NoAveraging { class: 1 }),
        (
            |m| (m.classes[1].averaging_s, m.classes[1].signer_set) = (0, 0),
            E::NoAveraging { class: 2 },
        ),
        (|m| m.classes[1].components[1].offset = 47, ascending(47, 48)),
        (|m| m.classes[0].components[0].width = 97, E::ComponentWidth { width: 97, limit: 160 }),
        (|m| m.classes[0].components[0].width = 0, E::ComponentWidth { width: 0, limit: 160 }),
        (|m| m.classes[1].components[5].offset = 145, E::ComponentWidth { width: 161, limit: 160 }),
        (
            |m| m.classes[1].components[2].max = 1 << 16,
            E::CorridorTooWide { max: 1 << 16, width: 16 },
        ),
        (
            |m| m.classes[1].components[2].min = 0x1_0000,
            E::CorridorEmpty { min: 0x1_0000, max: 0xffff },
        ),
        (|m| m.classes[0].components[0].step = 1 << 96, E::TooWide { bits: 96 }),
        (|m| m.linear[0].terms.clear(), E::MandateCount { given: 0, least: 1, most: 255 }),
        (|m| m.linear[0].terms[0].component = 6, E::MandateCount { given: 6, least: 0, most: 5 }),
        (|m| m.linear[0].terms[0].class = 3, E::UnknownTerm { class: 3 }),
        (|m| m.linear[0].terms[0].coefficient = 1 << 95, E::TooWide { bits: 96 }),
        (
            |m| m.views = vec![m.views[0].clone(); 3],
            E::MandateCount { given: 3, least: 0, most: 2 },
        ),
        (|m| m.views[0].name = vec![b'x'; 33], E::MandateCount { given: 33, least: 0, most: 32 }),
    ];
    sample().encode().expect("the sample is valid");
    for (index, (break_rule, error)) in cases.into_iter().enumerate() {
        let mut mandate = sample();
        break_rule(&mut mandate);
        let refused = mandate.encode().and_then(|bytes| decode(&bytes));
        assert_eq!(refused, Err(error), "case {index}");
    }
}

fn word(n: u64) -> Address {
    Address::left_padding_from(&n.to_be_bytes())
}

/// Bytes that no valid mandate encodes to, with the error they get.
#[test]
fn each_malformed_byte_has_its_error() {
    use MandateError as E;
    let good = sample().encode().unwrap();
    let first_class = 53 + 20;
    let cases = [
        (0, 2, E::MandateVersion { given: 2 }),
        (1, 2, E::MandateMode { given: 2 }),
        (first_class + 1, 9, E::ClassFlags { flags: 9 }),
        (first_class + 25, 4, E::UnknownKind { kind: 4 }),
        (good.len() - 4, 2, E::MandateLength { given: good.len(), expected: good.len() - 1 }),
        (good.len() - 4, 4, E::MandateLength { given: good.len(), expected: good.len() + 1 }),
        (good.len() - 4, 0, E::MandateCount { given: 0, least: 1, most: 32 }),
    ];
    for (at, byte, error) in cases {
        let mut bytes = good.clone();
        bytes[at] = byte;
        assert_eq!(decode(&bytes), Err(error), "byte {at}");
    }
}
