//! Model files that are none.

use mandate_model::Program;

use super::run::{Case, Spoil};
use super::world::{glm, model};

const INSPECT: &str = "model inspect small.model";
/// Where the program begins: after the magic and its length.
const PROGRAM: usize = 12;
/// Bytes of a program's head.
const HEAD: usize = 79;

pub(super) fn cases() -> Vec<Case> {
    [files(), heads(), bodies(), parts()].into_iter().flatten().collect()
}

fn file(given: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::new(given, Spoil::Bytes("small.model", bytes.into()), INSPECT)
}

/// The trees with one byte of the program set.
fn byte(given: &'static str, at: usize, value: u8) -> Case {
    let mut bytes = model().to_vec();
    bytes[PROGRAM + at] = value;
    file(given, bytes)
}

fn files() -> Vec<Case> {
    let mut flipped = model().to_vec();
    flipped[0] ^= 1;
    vec![
        Case::new("no such file", Spoil::Gone("small.model"), INSPECT),
        Case::new("a folder", Spoil::Folder("small.model"), INSPECT),
        Case::new("a file without end", Spoil::Nothing, "model inspect /dev/zero"),
        file("an empty file", ""),
        file("a table", "id,income\n1,2\n"),
        file("more than 16 MiB", vec![0; (16 << 20) + 1]),
        file("one bit of the first byte flipped", flipped),
        file("the first half", &model()[..model().len() / 2]),
        file("all but the last byte", &model()[..model().len() - 1]),
        file("one byte more", [model(), &[0]].concat()),
        file("a length of 4 GiB", [&model()[..8], &[0xff; 4], &model()[12..]].concat()),
    ]
}

fn heads() -> Vec<Case> {
    vec![
        byte("another version", 0, 2),
        byte("an unknown family", 1, 9),
        byte("an unknown link", 2, 3),
        byte("no features", 3, 0),
        byte("features above 128", 3, 129),
        byte("a margin unit of 2^-63", 4, 63),
        byte("no slots", 5, 0),
        byte("no forests", 6, 0),
    ]
}

fn bodies() -> Vec<Case> {
    let slots = usize::from(model()[PROGRAM + 5]);
    let forest = HEAD + slots;
    let mut overflow = model().to_vec();
    overflow[PROGRAM + 7..PROGRAM + 15].copy_from_slice(&i64::MAX.to_be_bytes());
    let mut weight = glm().to_vec();
    weight[PROGRAM + HEAD..PROGRAM + HEAD + 8].copy_from_slice(&i64::MAX.to_be_bytes());
    vec![
        byte("a slot of a feature that is not there", HEAD, 2),
        byte("slots in the wrong order", HEAD, 0x7f),
        byte("trees of nine levels", forest, 9),
        byte("a forest without trees", forest + 2, 0),
        byte("a node that asks a slot that is not there", forest + 6, 252),
        file("trees that could overflow", overflow),
        file("a weight that could overflow", weight),
    ]
}

fn parts() -> Vec<Case> {
    let length = |at: usize, bytes: &[u8]| {
        u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
    };
    let schema = PROGRAM + length(8, model());
    let explain = schema + 4 + length(schema, model());
    let mut reworded = model().to_vec();
    let word = reworded.windows(6).rposition(|w| w == b"income").expect("a reason");
    reworded[word] = b'I';
    let mut covers = model().to_vec();
    covers[explain + 7] ^= 1;
    let other = glm();
    let other_program = 8 + 4 + length(8, other);
    let program = Program::decode(&model()[PROGRAM..schema]).expect("a program");
    let wrong = program.with_commitments([0x11; 32].into(), [0x22; 32].into()).encode();
    // A part with another end: `less` bytes shorter, then `more`.
    let ending = |part: usize, less: usize, more: &[u8]| {
        let end = part + 4 + length(part, model());
        let kept = &model()[part + 4..end - less];
        let length = u32::try_from(kept.len() + more.len()).expect("a small part");
        [&model()[..part], &length.to_be_bytes(), kept, more, &model()[end..]].concat()
    };
    vec![
        file("a schema with bytes behind it", ending(schema, 0, &[7; 32])),
        // The last 32 bytes of the explanation data are the manifest's hash.
        file("half a manifest's hash", ending(explain, 32, &[7; 16])),
        file("a manifest's hash of zero", ending(explain, 32, &[0; 32])),
        file("the hash of another manifest", ending(explain, 32, &[7; 32])),
        file("no manifest's hash, where there was one", ending(explain, 32, &[])),
        file("explanation data without their last cover", ending(explain, 36, &[])),
        file("a reason reworded", reworded),
        file("a bit of the explanation flipped", covers),
        file(
            "the program of another model",
            [&other[..other_program], &model()[schema..]].concat(),
        ),
        file(
            "a program that commits to another schema",
            [&model()[..12], &wrong, &model()[schema..]].concat(),
        ),
        file("no explanation", &model()[..explain]),
    ]
}
