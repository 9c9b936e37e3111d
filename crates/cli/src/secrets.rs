//! Keys on the command line: refused before anything else reads, and repeats, what was typed.
//!
//! A shell keeps its history and a system shows everybody's arguments, so whatever was typed there is known.

/// Longest run of hexadecimal digits that an argument may be: an address has forty.
const MOST_DIGITS: usize = 55;
/// Fewest words of a recovery phrase.
const FEWEST_WORDS: usize = 12;
/// Letters that a word of one has (BIP-39).
const LETTERS: std::ops::RangeInclusive<usize> = 3..=8;

/// What to say when an argument looks like a key.
pub(crate) const REFUSAL: &str = "\
error: an argument looks like a private key or a recovery phrase; keys are never taken from arguments
  = help: export the key in a variable and give its name with --key-env, or use --keystore; a text that is neither goes into a file, with --data; treat what was typed as exposed";

/// Whether any of the arguments looks like a key.
pub(crate) fn any(arguments: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
    arguments.into_iter().any(|argument| {
        argument.as_ref().split(['=', ',']).any(|part| is_digits(part) || is_phrase(part))
    })
}

fn is_digits(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    digits.len() > MOST_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_phrase(text: &str) -> bool {
    let is_word =
        |word: &str| LETTERS.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
    text.split_whitespace().count() >= FEWEST_WORDS && text.split_whitespace().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_phrases_are_seen_and_nothing_else_is() {
        let key = "1f".repeat(32);
        let phrase = ["word"; 12].join(" ");
        for argument in [&key, &format!("0x{key}"), &format!("--key={key}"), &key[1..], &phrase] {
            assert!(any([argument]), "{argument}");
        }
        let address = format!("0x{}", "1f".repeat(20));
        let path = format!("/store/{key}/token.toml");
        let sentence = "this token is a very good thing and people will love it";
        let two = format!("{address},{address}");
        for argument in [&address, &two, &path, "a design of mine", sentence] {
            assert!(!any([argument]), "{argument}");
        }
    }
}
