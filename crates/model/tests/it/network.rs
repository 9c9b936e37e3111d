//! M-1 and M-2 for networks: at the bound and one beyond it, in one contract and in several.

use alloy_primitives::{Address, U256};
use mandate_model::{
    Body, Head, Layer, Limits, Link, MISSING, ModelError, Network, Program, Unit,
    network::lane_bits, unpack,
};
use rand::Rng;

use crate::{
    chain::Chain,
    random::{self, largest},
};

/// Where limits begin.
const BODY: usize = 79;

fn program(bias: i64, network: Network) -> Program {
    let (schema_hash, explain_hash) = Default::default();
    let features = network.limits().len() as u8;
    let head = Head { link: Link::Identity, features, shift: 0, bias, schema_hash, explain_hash };
    Program::new(head, Body::Network(network)).unwrap()
}

/// One layer over features that are 0 or 1.
fn layer(lanes: u8, units: &[(i64, &[i64])], outputs: &[i64]) -> Network {
    let units: Vec<Unit> = units
        .iter()
        .map(|(bias, weights)| Unit { bias: *bias, weights: weights.to_vec() })
        .collect();
    let limits = vec![Limits { low: 0, high: 1, missing: 0 }; units[0].weights.len()];
    Network::new(limits, vec![Layer::new(lanes, 0, units).unwrap()], outputs.to_vec()).unwrap()
}

/// The bytes with `add` added to one lane of the word at `word`, counted from the first row.
fn bumped(program: &Program, word: usize, lane: u8, add: i64) -> Vec<u8> {
    let Body::Network(network) = program.body() else { unreachable!() };
    let lanes = network.layers()[0].lanes();
    let at = BODY + 9 * network.limits().len() + 3 * network.layers().len() + 32 * word;
    let mut bytes = program.encode();
    let one = U256::ONE << (lane_bits(lanes) as usize * usize::from(lane));
    let word = U256::from_be_slice(&bytes[at..at + 32]);
    let word = if add < 0 { word.wrapping_sub(one) } else { word.wrapping_add(one) };
    bytes[at..at + 32].copy_from_slice(&word.to_be_bytes::<32>());
    bytes
}

/// Rust and the chain accept the program, and refuse the bytes as an overflow.
fn at_the_bound(chain: &mut Chain, program: &Program, beyond: &[u8]) {
    assert!(chain.register(program.encode(), Vec::new()).is_ok());
    assert!(matches!(Program::decode(beyond), Err(ModelError::ModelOverflow { .. })));
    assert_eq!(chain.register(beyond.to_vec(), Vec::new()), Err("ModelOverflow".into()));
}

#[test]
fn m2_a_sum_may_reach_the_bound_of_its_lane_and_not_one_more() {
    let mut chain = Chain::new();
    for lanes in 4..=8 {
        let most = largest(lanes) as i64;
        let high = program(0, layer(lanes, &[(most - 3, &[3, -5])], &[0]));
        at_the_bound(&mut chain, &high, &bumped(&high, 0, 0, 1));
        let low = program(0, layer(lanes, &[(5 - most, &[3, -5])], &[0]));
        at_the_bound(&mut chain, &low, &bumped(&low, 0, 0, -1));
        let weight = program(0, layer(lanes, &[(0, &[most, 0])], &[0]));
        at_the_bound(&mut chain, &weight, &bumped(&weight, 2, 0, 1));
    }
}

#[test]
fn m2_what_outputs_can_sum_to_may_reach_the_bound_and_not_one_more() {
    let mut chain = Chain::new();
    for lanes in 4..=8 {
        let most = largest(lanes) as i64;
        // The output of the first unit stands in the last lane.
        let one = program(0, layer(lanes, &[(1, &[0])], &[most]));
        at_the_bound(&mut chain, &one, &bumped(&one, 2, lanes - 1, 1));
        let less = program(0, layer(lanes, &[(1, &[0])], &[-most]));
        at_the_bound(&mut chain, &less, &bumped(&less, 2, lanes - 1, -1));
        // A unit that says nothing, and a weight that it would meet only in a lower lane.
        let other = program(0, layer(lanes, &[(10, &[0]), (-1, &[1])], &[0, most / 10]));
        at_the_bound(&mut chain, &other, &bumped(&other, 2, lanes - 2, 1));
    }
}

#[test]
fn m2_the_margin_of_a_network_may_reach_the_bound_and_not_one_more() {
    let mut chain = Chain::new();
    for lanes in 4..=8 {
        let most = largest(lanes) as i64;
        for sign in [1, -1] {
            let bias = sign * (i64::MAX - most);
            let good = program(bias, layer(lanes, &[(1, &[0])], &[sign * most]));
            let mut beyond = good.encode();
            beyond[7..15].copy_from_slice(&(bias + sign).to_be_bytes());
            at_the_bound(&mut chain, &good, &beyond);
            assert_eq!(good.margin(&[0, 0, 0]), Ok(sign * i64::MAX));
            let root = chain.load(&good);
            assert_eq!(chain.margin(root, &[0, 0, 0]).to_string(), (sign * i64::MAX).to_string());
        }
    }
}

/// The margin in integers of 128 bits; asserts on the way that every sum stays in its lane.
fn follow(program: &Program, packed: &[u8]) -> i128 {
    let Body::Network(network) = program.body() else { unreachable!() };
    let mut values: Vec<i128> = unpack(packed)
        .zip(network.limits())
        .map(|(x, l)| {
            let counts = if x == MISSING { l.missing } else { x.clamp(l.low, l.high) };
            i128::from(counts - l.low)
        })
        .collect();
    for layer in network.layers() {
        let sum = |unit: usize| {
            let terms = layer.weights(unit).iter().zip(&values);
            let sum = terms.map(|(w, x)| i128::from(*w) * x).sum::<i128>();
            let sum = sum + i128::from(layer.bias(unit));
            assert!(sum.abs() <= largest(layer.lanes()), "{sum}");
            sum.max(0) >> layer.shift()
        };
        values = (0..layer.units()).map(sum).collect();
    }
    let outputs = network.outputs().iter().zip(&values);
    let sum = outputs.map(|(w, x)| i128::from(*w) * x).sum::<i128>();
    sum + i128::from(program.head().bias)
}

#[test]
fn m2_no_sum_of_an_accepted_network_leaves_its_lane() {
    let mut rng = random::generator(50);
    let mut moved = 0;
    for _ in 0..300 {
        let program = random::network(&mut rng).0;
        for _ in 0..20 {
            let input = random::input(&mut rng, program.head().features);
            let margin = program.margin(&input).unwrap();
            assert_eq!(i128::from(margin), follow(&program, &input));
            moved += usize::from(margin != program.head().bias);
        }
    }
    assert!(moved > 2000, "only {moved} of 6,000 margins say more than the bias");
}

/// A network of more than one contract.
fn large(rng: &mut impl Rng) -> Program {
    loop {
        let program = random::network(rng).0;
        if (2..=8).contains(&program.chunks().len()) {
            return program;
        }
    }
}

/// The program with cuts where `cut` says, counted in rows.
fn recut(program: &Program, cuts: &[usize]) -> Vec<Vec<u8>> {
    let Body::Network(network) = program.body() else { unreachable!() };
    let mut rows = Vec::new();
    for (index, layer) in network.layers().iter().enumerate() {
        let last = usize::from(index + 1 == network.layers().len());
        let size = 32 * (1 + layer.inputs() + last);
        rows.extend(std::iter::repeat_n(size, layer.units() / usize::from(layer.lanes())));
    }
    let bytes = program.encode();
    let mut at = bytes.len() - rows.iter().sum::<usize>();
    let mut parts = vec![bytes[..at].to_vec()];
    for (row, size) in rows.iter().enumerate() {
        if cuts.contains(&row) {
            parts.push(vec![0]);
        }
        parts.last_mut().unwrap().extend_from_slice(&bytes[at..at + size]);
        at += size;
    }
    parts
}

fn load(chain: &mut Chain, parts: &[Vec<u8>]) -> Result<Address, String> {
    let mut chunks = Vec::new();
    for part in &parts[1..] {
        chunks.push(chain.store(part.clone())?);
    }
    chain.register(parts[0].clone(), chunks).map(|(_, root)| root)
}

#[test]
fn m1_a_network_in_several_contracts_says_the_same_wherever_it_is_cut() {
    let mut rng = random::generator(51);
    for _ in 0..4 {
        let program = large(&mut rng);
        let inputs: Vec<_> =
            (0..8).map(|_| random::input(&mut rng, program.head().features)).collect();
        let every: Vec<usize> = (0..15).collect();
        let parts = [program.chunks(), recut(&program, &[0]), recut(&program, &every)];
        for parts in parts {
            let mut chain = Chain::new();
            // A part can have become larger than a contract.
            let Ok(root) = load(&mut chain, &parts) else {
                assert!(parts.iter().any(|part| part.len() > 24_000), "refused without need");
                continue;
            };
            for input in &inputs {
                let margin = program.margin(input).unwrap().to_string();
                assert_eq!(chain.margin(root, input).to_string(), margin);
            }
        }
    }
}

#[test]
fn m2_a_network_is_cut_between_rows_only() {
    let mut rng = random::generator(52);
    let program = large(&mut rng);
    let good = program.chunks();
    let mut chain = Chain::new();
    let mut moved = good.clone();
    let word: Vec<u8> = moved[1].drain(1..33).collect();
    moved[0].extend(word);
    assert_eq!(load(&mut chain, &moved), Err("ChunkNotWhole".into()));
    // Limits and shapes of layers are not cut either.
    let small = self::program(0, layer(4, &[(1, &[1; 8])], &[1])).encode();
    let at = BODY + 9 * 8 + 3 - 32;
    let inside = [small[..at].to_vec(), [&[0], &small[at..]].concat()];
    assert_eq!(load(&mut chain, &inside), Err("ChunkNotWhole".into()));
    let nowhere = chain.register(good[0].clone(), vec![Address::repeat_byte(7)]);
    assert_eq!(nowhere, Err("ChunkUnknown".into()));
    assert_eq!(load(&mut chain, &good[..1]), Err("ModelTruncated".into()));
    let twice = [good.clone(), good[1..].to_vec()].concat();
    assert_eq!(load(&mut chain, &twice), Err("ModelTrailingBytes".into()));
    for (length, refusal) in
        [(1, "ModelTruncated"), (32, "ModelTruncated"), (34, "ModelTrailingBytes")]
    {
        assert_eq!(chain.store(vec![0; length]), Err(refusal.into()));
    }
    assert!(load(&mut chain, &good).is_ok());
}

/// The refusal of a program whose bytes at `at` are `put`, the same in Rust and on chain.
fn refused(chain: &mut Chain, at: usize, put: &[u8]) -> String {
    let mut bytes = program(0, layer(4, &[(1, &[2, 3])], &[4])).encode();
    bytes[at..at + put.len()].copy_from_slice(put);
    let rust = format!("{:?}", Program::decode(&bytes).unwrap_err());
    let rust = rust.split(' ').next().unwrap().to_owned();
    assert_eq!(chain.register(bytes, Vec::new()), Err(rust.clone()));
    rust
}

#[test]
fn m2_counts_and_limits_outside_their_ranges_are_refused_by_name() {
    let mut chain = Chain::new();
    let cases: [(usize, &[u8], &str); 17] = [
        (1, &[5], "ModelFamilyUnknown"),
        (5, &[1], "SlotCountOutOfRange"),
        (6, &[0], "LayerCountOutOfRange"),
        (6, &[9], "LayerCountOutOfRange"),
        (6, &[255], "LayerCountOutOfRange"),
        (BODY, &[0, 0, 0], "LimitsOutOfOrder"),
        (BODY, &[0xff, 0xff, 0xff], "LimitsOutOfOrder"),
        (BODY + 6, &[0xff, 0xff, 0xff], "LimitsOutOfOrder"),
        (BODY + 12, &[0, 0, 2], "LimitsOutOfOrder"),
        (BODY + 18, &[3], "LaneCountOutOfRange"),
        (BODY + 18, &[9], "LaneCountOutOfRange"),
        (BODY + 19, &[0], "UnitCountOutOfRange"),
        (BODY + 19, &[33], "UnitCountOutOfRange"),
        (BODY + 19, &[255], "UnitCountOutOfRange"),
        (BODY + 20, &[63], "ShiftOutOfRange"),
        (BODY + 18, &[8, 1, 31], "ShiftOutOfRange"),
        (BODY + 19, &[32], "ModelTruncated"),
    ];
    for (at, put, name) in cases {
        assert_eq!(refused(&mut chain, at, put), name, "at {at}: {put:?}");
    }
}

#[test]
fn a_network_whose_parts_do_not_fit_is_refused_when_it_is_put_together() {
    let unit = |weights: &[i64]| Unit { bias: 0, weights: weights.to_vec() };
    let shape = |network: Result<Network, ModelError>| {
        assert!(matches!(network, Err(ModelError::NetworkShape { .. })));
    };
    let limits = vec![Limits { low: 0, high: 1, missing: 0 }; 2];
    let two = || Layer::new(4, 0, vec![unit(&[1, 1]); 2]).unwrap();
    shape(Layer::new(4, 0, vec![unit(&[1, 1]), unit(&[1])]).map(|_| unreachable!()));
    shape(Network::new(limits.clone(), vec![], vec![1]));
    shape(Network::new(limits[..1].to_vec(), vec![two()], vec![1, 1]));
    shape(Network::new(
        limits.clone(),
        vec![two(), Layer::new(4, 0, vec![unit(&[1; 5])]).unwrap()],
        vec![1],
    ));
    shape(Network::new(limits.clone(), vec![two()], vec![1; 5]));
    shape(Network::new(limits, vec![two()], vec![]));
    for lanes in 4..=8 {
        let most = largest(lanes) as i64;
        assert!(Layer::new(lanes, 0, vec![unit(&[most])]).is_ok());
        if lanes > 4 {
            let refused = Layer::new(lanes, 0, vec![unit(&[most + 1])]).unwrap_err();
            assert_eq!(refused, ModelError::WeightOutOfRange { given: most + 1, allowed: most });
        }
    }
    assert_eq!(
        Layer::new(9, 0, vec![]).unwrap_err(),
        ModelError::LaneCountOutOfRange { given: 9, allowed: 8 }
    );
}
