//! Trees of any shape: what they say, what is refused, and what chunks hold.

use mandate_model::{
    Body, Branch, Head, Link, MAX_VALUE, MISSING, ModelError, Program, SparseBuilder, ValueSet,
    pack, sparse::Step, unpack,
};
use rand::Rng;

use crate::{chain::Chain, random};

fn head(features: u8) -> Head {
    let (schema_hash, explain_hash) = Default::default();
    Head { link: Link::Identity, features, shift: 0, bias: 7, schema_hash, explain_hash }
}

fn leaf(value: i32) -> Branch {
    Branch::Leaf { value, cover: 1 }
}

fn split(feature: u8, threshold: i32) -> Branch {
    Branch::Split { feature, threshold, missing_left: true }
}

fn built(trees: Vec<Vec<Branch>>, features: u8) -> Result<Program, ModelError> {
    let mut builder = SparseBuilder::new();
    trees.into_iter().try_for_each(|tree| builder.push(tree))?;
    builder.build(head(features)).map(|built| built.0)
}

/// Follows one tree as a person would; answers what it says and what is left of the list.
fn follow<'a>(tree: &'a [Branch], values: &[i32]) -> (i64, &'a [Branch]) {
    match tree[0] {
        Branch::Leaf { value, .. } => (value.into(), &tree[1..]),
        Branch::Split { feature, threshold, missing_left } => {
            let (left, rest) = follow(&tree[1..], values);
            let (right, rest) = follow(rest, values);
            let value = values[usize::from(feature)];
            let goes_left = if value == MISSING { missing_left } else { value < threshold };
            (if goes_left { left } else { right }, rest)
        }
        Branch::Set { feature, set } => {
            let (left, rest) = follow(&tree[1..], values);
            let (right, rest) = follow(rest, values);
            let inside = set.holds(values[usize::from(feature)]);
            (if inside { left } else { right }, rest)
        }
    }
}

#[test]
fn trees_of_any_shape_say_what_their_lists_say() {
    let mut rng = random::generator(40);
    for _ in 0..100 {
        let features = random::features(&mut rng).min(31);
        let trees: Vec<_> = (0..rng.random_range(1..20))
            .map(|_| random::sparse_tree(&mut rng, features, true))
            .collect();
        let Ok(program) = built(trees.clone(), features) else { continue };
        for _ in 0..50 {
            let packed = random::input(&mut rng, features);
            let values: Vec<i32> = unpack(&packed).collect();
            let expected = 7 + trees.iter().map(|tree| follow(tree, &values).0).sum::<i64>();
            assert_eq!(program.margin(&packed), Ok(expected));
        }
    }
}

/// M-2: at the bound, and one past it.
#[test]
fn m2_a_tree_has_at_most_64_levels_and_24000_bytes() {
    let chain = |levels: usize| {
        let mut tree: Vec<Branch> = (0..levels).map(|i| split(0, i as i32)).collect();
        tree.extend((0..=levels).map(|_| leaf(3)));
        tree
    };
    assert!(built(vec![chain(64)], 1).is_ok());
    let deep = ModelError::TreeDepthOutOfRange { given: 65, allowed: 64 };
    assert_eq!(built(vec![chain(65)], 1), Err(deep));
    let balanced = |leaves: usize| {
        fn grow(leaves: usize, tree: &mut Vec<Branch>) {
            if leaves == 1 {
                return tree.push(leaf(1));
            }
            tree.push(split(0, MAX_VALUE));
            grow(leaves / 2, tree);
            grow(leaves - leaves / 2, tree);
        }
        let mut tree = Vec::new();
        grow(leaves, &mut tree);
        tree
    };
    // Ten bytes a leaf but the first.
    assert!(built(vec![balanced(2400)], 1).is_ok());
    let long = ModelError::TreeBytesOutOfRange { given: 24_004, allowed: 24_000 };
    assert_eq!(built(vec![balanced(2401)], 1), Err(long));
}

/// M-2: the builder takes whole trees of numbers that fit, and nothing else.
#[test]
fn m2_the_builder_refuses_what_no_tree_can_hold() {
    let not_whole = Err(ModelError::TreeNotCanonical { tree: 0 });
    assert_eq!(built(vec![vec![split(0, 1), leaf(1)]], 1), not_whole);
    assert_eq!(built(vec![vec![split(0, 1), leaf(1), leaf(2), leaf(3)]], 1), not_whole);
    let out = |value| built(vec![vec![split(0, 1), leaf(value), leaf(2)]], 1);
    assert!(out(-1 << 23).is_ok() && out((1 << 23) - 1).is_ok());
    assert!(matches!(out(1 << 23), Err(ModelError::LeafOutOfRange { .. })));
    assert!(matches!(out((-1 << 23) - 1), Err(ModelError::LeafOutOfRange { .. })));
    let many = (0..63).map(|feature| vec![split(feature, 1), leaf(1), leaf(2)]);
    let full: Vec<_> = many.clone().take(62).collect();
    assert!(built(full, 64).is_ok());
    let slots = ModelError::SlotCountOutOfRange { given: 63, allowed: 62 };
    assert_eq!(built(many.collect(), 64), Err(slots));
    assert!(matches!(built(vec![vec![leaf(1)]], 1), Err(ModelError::SlotCountOutOfRange { .. })));
}

/// A program and the changes of its bytes that no tree survives, alike in Rust and in the store.
#[test]
fn m2_a_damaged_shape_is_refused_alike() {
    let mut chain = Chain::new();
    let program =
        built(vec![vec![split(0, 5), split(1, 9), leaf(1), leaf(2), leaf(3)]], 2).unwrap();
    let bytes = program.encode();
    let tree = 79 + 2 + 2 + 2;
    let mut check = |what: &str, at: usize, byte: u8, name: &str| {
        let mut bytes = bytes.clone();
        assert_ne!(bytes[tree + at], byte, "{what}");
        bytes[tree + at] = byte;
        let rust = format!("{:?}", Program::decode(&bytes).unwrap_err());
        assert_eq!(rust.split(' ').next(), Some(name), "{what}");
        assert_eq!(chain.register(bytes, Vec::new()), Err(name.to_owned()), "{what}");
    };
    check("a distance into the tree itself", 5, 16, "TreeNotCanonical");
    check("a distance of nothing: a cycle", 11, 0, "TreeNotCanonical");
    check("a distance far away", 4, 1, "TreeNotCanonical");
    check("a leaf where a node was", 9, 252, "TreeNotCanonical");
    check("a node where a leaf was", 15, 0, "TreeNotCanonical");
    check("an address of no slot", 9, 8, "FeatureIndexOutOfRange");
    check("an address between slots", 9, 2, "FeatureIndexOutOfRange");
    let level = |at: usize| program.encode()[tree + at];
    assert_eq!((level(3), level(9), level(15)), (0, 4, 252));
    // A threshold of nothing, below which no value is.
    let zero = built(vec![vec![split(0, MISSING + 1), leaf(1), leaf(2)]], 1).unwrap().encode();
    let (mut none, at) = (zero.clone(), 79 + 1 + 2 + 2 + 2);
    none[at] = 0;
    assert_eq!(zero[at], 1);
    assert_eq!(Program::decode(&none), Err(ModelError::TreeNotCanonical { tree: 0 }));
    assert_eq!(chain.register(none, Vec::new()), Err("TreeNotCanonical".to_owned()));
}

/// M-1 and M-2: a set holds the values that were put into it, none outside 0 to 255, and nothing beside it.
#[test]
fn m1_a_set_holds_what_it_names() {
    let (mut set, mut chain) = (ValueSet::default(), Chain::new());
    for value in [0, 7, 8, 200, 255] {
        set.insert(value);
    }
    let program = built(vec![vec![Branch::Set { feature: 0, set }, leaf(1), leaf(0)]], 1).unwrap();
    let root = chain.load(&program);
    for value in [MISSING, -256, -1, 0, 1, 7, 8, 9, 199, 200, 254, 255, 256, 263, MAX_VALUE] {
        let inside = i64::from([0, 7, 8, 200, 255].contains(&value));
        let input = pack(&[value]).unwrap();
        assert_eq!(program.margin(&input), Ok(7 + inside), "{value}");
        assert_eq!(chain.margin(root, &input).to_string(), (7 + inside).to_string(), "{value}");
    }
    let tree = 79 + 1 + 2 + 2;
    for (at, name) in
        [(0, "FeatureIndexOutOfRange"), (1, "TreeNotCanonical"), (2, "TreeNotCanonical")]
    {
        let mut bytes = program.encode();
        bytes[tree + at] = 248;
        let rust = format!("{:?}", Program::decode(&bytes).unwrap_err());
        assert!(rust.starts_with(name), "{rust}");
        assert_eq!(chain.register(bytes, Vec::new()), Err(name.to_owned()));
    }
}

/// M-1: trees go on in other contracts, and a chunk of them is nothing else.
#[test]
fn m1_sparse_trees_fill_several_contracts() {
    let mut rng = random::generator(41);
    let (mut builder, mut chain) = (SparseBuilder::new(), Chain::new());
    for _ in 0..400 {
        builder.push(random::sparse_tree(&mut rng, 20, true)).unwrap();
    }
    let program = builder.build(head(20)).unwrap().0;
    let chunks = program.chunks();
    assert!(chunks.len() > 2 && chunks[1][0] == 0xff, "{}", chunks.len());
    let joined: Vec<u8> =
        chunks.iter().enumerate().flat_map(|(i, c)| c[i.min(1)..].to_vec()).collect();
    assert_eq!(joined, program.encode());
    let root = chain.load(&program);
    for _ in 0..40 {
        let input = random::input(&mut rng, 20);
        assert_eq!(
            chain.margin(root, &input).to_string(),
            program.margin(&input).unwrap().to_string()
        );
    }
    let stored: Vec<_> =
        chunks[1..].iter().map(|chunk| chain.store(chunk.clone()).unwrap()).collect();
    let register = |chain: &mut Chain, chunks: &[_]| {
        chain.register(program.chunks()[0].clone(), chunks.to_vec()).map(|_| ())
    };
    assert_eq!(register(&mut chain, &stored), Ok(()));
    assert_eq!(register(&mut chain, &stored[1..]), Err("ModelTruncated".into()));
    let twice = [stored.as_slice(), &stored[..1]].concat();
    assert_eq!(register(&mut chain, &twice), Err("ModelTrailingBytes".into()));
    let (forest, _) = random::trees(&mut rng);
    let forest = forest.encode()[79 + usize::from(forest.encode()[5])..].to_vec();
    let other = [&stored[1..], &[chain.store(forest).unwrap()]].concat();
    assert_eq!(register(&mut chain, &other), Err("ChunkUnknown".into()));
    assert_eq!(chain.store(vec![0xff]), Err("ModelTruncated".into()));
    let mut longer = chunks[1].clone();
    longer.push(0);
    assert_eq!(chain.store(longer), Err("ModelTruncated".into()));
}

#[test]
fn steps_lead_to_every_leaf_once() {
    let mut rng = random::generator(42);
    let program = random::sparse(&mut rng).0;
    let Body::Sparse(body) = program.body() else { unreachable!() };
    for tree in body.trees() {
        let (mut open, mut leaves) = (vec![0], 0);
        while let Some(at) = open.pop() {
            match tree.step(at) {
                Step::Leaf(_) => leaves += 1,
                Step::Split { slot, on_true, on_false, .. } => {
                    assert!(slot < body.slots().len() && on_true == at + 1 && on_false > on_true);
                    open.extend([on_true, on_false]);
                }
            }
        }
        assert_eq!(leaves, tree.leaves());
    }
}
