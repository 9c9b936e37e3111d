//! Tells formats apart.

use crate::error::ImportError;
use crate::model::FloatModel;
use crate::{lightgbm, onnx, xgboost};

/// Largest file read: a program of fifteen contracts has fewer than 100,000 nodes, which no format needs 32 MiB for.
pub const LARGEST_FILE: usize = 32 << 20;

/// Reads a model, whatever its format.
pub fn read(bytes: &[u8]) -> Result<FloatModel, ImportError> {
    if bytes.len() > LARGEST_FILE {
        return Err(ImportError::TooLarge { allowed: LARGEST_FILE });
    }
    let unknown = |given: &str| Err(ImportError::FormatUnknown { given: given.to_owned() });
    match bytes {
        [] => unknown("an empty file"),
        [b'{', rest @ ..] if ubjson_key(rest) => xgboost::from_ubjson(bytes),
        [b'{' | b' ' | b'\n' | b'\r' | b'\t', ..] if lightgbm_dump(bytes) => {
            unknown("JSON that LightGBM's dump_model wrote, which does not say all")
        }
        [b'{' | b' ' | b'\n' | b'\r' | b'\t', ..] => xgboost::from_json(bytes),
        [0xef, 0xbb, 0xbf, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            unknown("a text that begins with a byte-order mark")
        }
        [b't', b'r', b'e', b'e', b'\n' | b'\r', ..] => lightgbm::read(text(bytes)?),
        _ if old_xgboost(bytes) => unknown(
            "XGBoost's old binary format, which XGBoost itself no longer reads; load it with XGBoost 2 and save it as JSON",
        ),
        [0x1f, 0x8b, ..] | [b'P', b'K', ..] => unknown("a compressed file; unpack it first"),
        [0x80, 2..=5, ..] => unknown("a Python pickle, which can run any code and is never read"),
        // A first field of a protocol buffer that an ONNX model may have: numbers, texts, the graph.
        [0x08 | 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72, ..] => onnx::read(bytes),
        _ => unknown("bytes that begin like no model"),
    }
}

/// Whether an object's first key is written as UBJSON writes it: an integer's marker, then the key's length.
const fn ubjson_key(rest: &[u8]) -> bool {
    matches!(rest, [b'i' | b'U' | b'I' | b'l' | b'L' | b'$' | b'#', ..])
}

/// What LightGBM's `dump_model` gives, saved as JSON: its keys stand in the file's beginning in this order.
fn lightgbm_dump(bytes: &[u8]) -> bool {
    let start = bytes.get(..1024).unwrap_or(bytes);
    let has = |key: &[u8]| start.windows(key.len()).any(|part| part == key);
    has(b"\"num_tree_per_iteration\"") || has(b"\"tree_info\"") && !has(b"\"learner\"")
}

/// XGBoost's binary format up to version 2: parameters of 136 bytes, then the length and the name of the objective.
fn old_xgboost(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"binf").unwrap_or(bytes);
    let Some((length, rest)) = bytes.get(136..).and_then(|rest| rest.split_first_chunk::<8>())
    else {
        return false;
    };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let name = rest.get(..length).unwrap_or_default();
    (4..40).contains(&length) && name.contains(&b':') && name.iter().all(u8::is_ascii_graphic)
}

fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        ImportError::malformed(format!("line {line}"), "not UTF-8")
    })
}
