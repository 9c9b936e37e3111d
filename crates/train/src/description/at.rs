//! Checks of single settings, and errors at their place.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use crate::error::{Place, TrainError};

/// The text under check: turns spans into places.
pub(super) struct At<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a Path,
}

impl At<'_> {
    pub(super) fn place(&self, span: &Range<usize>) -> Box<Place> {
        let start = span.start.min(self.text.len());
        let before = &self.text.as_bytes()[..start];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
        let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count() as u64;
        Place::of(self.path, line, column)
    }

    pub(super) fn refuse(
        &self,
        span: &Range<usize>,
        key: &str,
        given: impl ToString,
        allowed: &str,
    ) -> TrainError {
        TrainError::Setting {
            place: self.place(span),
            key: key.to_owned(),
            given: given.to_string(),
            allowed: allowed.to_owned(),
        }
    }

    /// A text of 1 to 64 bytes without control characters.
    pub(super) fn word(&self, key: &str, text: &Spanned<String>) -> Result<String, TrainError> {
        self.text_of(key, text, 1, 64)
    }

    pub(super) fn text_of(
        &self,
        key: &str,
        text: &Spanned<String>,
        least: usize,
        most: usize,
    ) -> Result<String, TrainError> {
        let value = text.get_ref();
        let fits = (least..=most).contains(&value.len());
        if fits && !value.chars().any(char::is_control) {
            return Ok(value.clone());
        }
        let allowed = format!("{least} to {most} bytes without control characters");
        Err(self.refuse(&text.span(), key, format!("{value:?}"), &allowed))
    }

    pub(super) fn number<T: Copy + PartialOrd + ToString>(
        &self,
        key: &str,
        given: &Option<Spanned<T>>,
        default: T,
        range: (T, T),
    ) -> Result<T, TrainError> {
        let Some(given) = given else { return Ok(default) };
        let value = *given.get_ref();
        if value >= range.0 && value <= range.1 {
            return Ok(value);
        }
        let allowed = format!("{} to {}", range.0.to_string(), range.1.to_string());
        Err(self.refuse(&given.span(), key, value.to_string(), &allowed))
    }
}
