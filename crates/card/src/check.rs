//! Whether a card that was handed over says what its files say.

use serde_json::Value;

use crate::card::Card;

/// How far two floats may lie apart, relative to the larger: another machine's logarithm may differ in the last place.
const TOLERANCE: f64 = 1e-9;
/// Most differences named.
const MOST: usize = 20;

/// Something that a card says and its files do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where on the card, as a JSON pointer.
    pub place: String,
    /// What the card says.
    pub says: String,
    /// What comes out of the files.
    pub computed: String,
}

/// Compares what a card says with what has been computed; at most twenty differences, in the order of the card.
pub fn check(said: &Value, computed: &Card) -> Vec<Difference> {
    let computed = serde_json::to_value(computed).unwrap_or(Value::Null);
    let mut found = Vec::new();
    compare("", said, &computed, &mut found);
    found
}

fn compare(place: &str, said: &Value, computed: &Value, found: &mut Vec<Difference>) {
    if found.len() >= MOST {
        return;
    }
    match (said, computed) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) =
                    (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                compare(&format!("{place}/{key}"), a, b, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{place}/{index}"), a, b, found);
            }
        }
        _ if same(said, computed) => {}
        _ => found.push(Difference {
            place: place.to_owned(),
            says: said.to_string(),
            computed: computed.to_string(),
        }),
    }
}

fn same(said: &Value, computed: &Value) -> bool {
    match (said, computed) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) else { return false };
            (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
        }
        _ => said == computed,
    }
}
