//! A text as tokens that small disguises do not change: what the linear model and the search for copies read.
//!
//! Marks on letters, invisible and direction characters go, compatibility forms become plain ones (NFKD), letters small.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Stands for every web address.
const ADDRESS: &str = "<url>";
/// Stands for every `@name`.
const MENTION: &str = "<at>";
/// Stands before every `$SYMBOL`.
const SYMBOL: &str = "<cash>";

/// The tokens of a text: words, single other signs, and placeholders for addresses, names and symbols.
///
/// No text can spell a placeholder: `<` and `>` are tokens of their own.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let plain = plain(text);
    let mut out = Vec::new();
    for chunk in plain.split_whitespace() {
        push_chunk(chunk, &mut out);
    }
    out
}

/// Whether a token is a word and not a sign or a placeholder.
pub(crate) fn is_word(token: &str) -> bool {
    token.starts_with(char::is_alphanumeric)
}

/// Marks are dropped before decomposition too, so that a storm of them is never sorted.
fn plain(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_combining_mark(*c) && !is_hidden(*c));
    shown.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn push_chunk(chunk: &str, out: &mut Vec<String>) {
    let second = |is: fn(char) -> bool| chunk.chars().nth(1).is_some_and(is);
    if ["http://", "https://", "www."].iter().any(|start| chunk.starts_with(start)) {
        out.push(ADDRESS.to_owned());
    } else if chunk.starts_with('@') && second(char::is_alphanumeric) {
        out.push(MENTION.to_owned());
    } else if chunk.starts_with('$') && second(char::is_alphabetic) {
        out.push(SYMBOL.to_owned());
        push_words(&chunk[1..], out);
    } else {
        push_words(chunk, out);
    }
}

/// Runs of letters and digits, each run of digits as one `0`; every other character by itself; apostrophes not at all.
fn push_words(chunk: &str, out: &mut Vec<String>) {
    let mut word = String::new();
    for c in chunk.chars() {
        match c {
            '\'' | '\u{2019}' => {}
            c if c.is_numeric() => {
                if !word.ends_with('0') {
                    word.push('0');
                }
            }
            c if c.is_alphanumeric() => word.push(c),
            sign => {
                flush(&mut word, out);
                out.push(sign.to_string());
            }
        }
    }
    flush(&mut word, out);
}

fn flush(word: &mut String, out: &mut Vec<String>) {
    if !word.is_empty() {
        out.push(std::mem::take(word));
    }
}

/// Controls other than white space, and characters that show nothing or turn the direction of others.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_do_not_change_tokens() {
        let plain = tokens("Profit warning: don't buy");
        assert_eq!(plain, ["profit", "warning", ":", "dont", "buy"]);
        for disguised in [
            "Pro\u{200b}fit warn\u{ad}ing: don\u{2019}t buy",
            "Ｐｒｏｆｉｔ \u{202e}warning: DON'T buy",
            "Pro\u{301}\u{302}\u{303}fit wárning: do\u{feff}n't buy\0",
        ] {
            assert_eq!(tokens(disguised), plain, "{disguised:?}");
        }
    }

    #[test]
    fn addresses_names_symbols_and_digits_have_one_form() {
        let got = tokens("$TSLA +5.25% https://a.b/c @Bob1 <url> 2019q3 😀😀 $5");
        let want = "<cash> tsla + 0 . 0 % <url> <at> < url > 0q0 😀 😀 $ 0";
        assert_eq!(got.join(" "), want);
    }
}
