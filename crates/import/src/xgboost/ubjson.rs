//! UBJSON as a source for serde: the same document as the JSON one.
//!
//! Nothing is set aside before its bytes are seen: a count that the rest of the file cannot hold is refused, types without
//! bytes (which could be counted without end) may not be counted, and depth is bounded.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Visitor};

use crate::error::ImportError;

/// Most containers inside one another.
const DEEPEST: usize = 64;

/// Reads a document, to its last byte.
pub(super) fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, ImportError> {
    let mut reader = Reader { bytes, at: 0, depth: 0, marker: None };
    let read = T::deserialize(&mut reader);
    let place = format!("byte {}", reader.at);
    let value = read.map_err(|error| ImportError::malformed(&place, error.0))?;
    if reader.at == bytes.len() {
        return Ok(value);
    }
    Err(ImportError::malformed(place, format!("{} bytes after the end", bytes.len() - reader.at)))
}

#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Reader<'de> {
    bytes: &'de [u8],
    at: usize,
    depth: usize,
    /// The type of the next value, where a counted list has said it for all.
    marker: Option<u8>,
}

impl<'de> Reader<'de> {
    fn take(&mut self, length: usize) -> Result<&'de [u8], Wrong> {
        let end = self.at.checked_add(length).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| Wrong(format!("{length} bytes needed, the file ends")))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    fn byte(&mut self) -> Result<u8, Wrong> {
        Ok(self.array::<1>()?[0])
    }

    /// The next marker; `N` says nothing and is skipped.
    fn marker(&mut self) -> Result<u8, Wrong> {
        if let Some(marker) = self.marker.take() {
            return Ok(marker);
        }
        loop {
            match self.byte()? {
                b'N' => {}
                marker => return Ok(marker),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn integer(&mut self, marker: u8) -> Result<i64, Wrong> {
        Ok(match marker {
            b'i' => i64::from(i8::from_be_bytes(self.array()?)),
            b'U' => i64::from(self.byte()?),
            b'I' => i64::from(i16::from_be_bytes(self.array()?)),
            b'l' => i64::from(i32::from_be_bytes(self.array()?)),
            b'L' => i64::from_be_bytes(self.array()?),
            other => return Err(Wrong(format!("marker {other:#04x} where an integer is needed"))),
        })
    }

    fn length(&mut self) -> Result<usize, Wrong> {
        let marker = self.marker()?;
        let length = self.integer(marker)?;
        usize::try_from(length).map_err(|_| Wrong(format!("a length of {length}")))
    }

    fn text(&mut self) -> Result<&'de str, Wrong> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Wrong("not UTF-8".to_owned()))
    }

    /// What stands behind the opening of a list or an object: a type for all, a count.
    fn header(&mut self) -> Result<Header, Wrong> {
        let mut kind = None;
        if self.peek() == Some(b'$') {
            self.at += 1;
            let marker = self.byte()?;
            let bytes = width(marker).ok_or_else(|| {
                Wrong(format!(
                    "marker {marker:#04x} for all of a list; numbers, texts and containers have one"
                ))
            })?;
            kind = Some((marker, bytes));
        }
        if self.peek() != Some(b'#') {
            return match kind {
                None => Ok(Header { kind: None, left: None }),
                Some(_) => Err(Wrong("a type for all without a count".to_owned())),
            };
        }
        self.at += 1;
        let count = self.length()?;
        let least = kind.map_or(1, |(_, bytes)| bytes);
        let rest = self.bytes.len() - self.at;
        if count > rest / least {
            return Err(Wrong(format!(
                "{count} values of at least {least} bytes, {rest} bytes are left"
            )));
        }
        Ok(Header { kind: kind.map(|(marker, _)| marker), left: Some(count) })
    }

    fn enter(&mut self) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth <= DEEPEST {
            return Ok(());
        }
        Err(Wrong(format!("more than {DEEPEST} containers inside one another")))
    }
}

/// The fewest bytes that a value of a type takes.
const fn width(marker: u8) -> Option<usize> {
    match marker {
        b'i' | b'U' | b'C' => Some(1),
        b'I' | b'S' | b'H' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        b'[' | b'{' => Some(1),
        _ => None,
    }
}

struct Header {
    kind: Option<u8>,
    left: Option<usize>,
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.marker()? {
            b'Z' => visitor.visit_unit(),
            b'T' => visitor.visit_bool(true),
            b'F' => visitor.visit_bool(false),
            b'd' => visitor.visit_f32(f32::from_be_bytes(self.array()?)),
            b'D' => visitor.visit_f64(f64::from_be_bytes(self.array()?)),
            b'C' => visitor.visit_char(char::from(self.byte()?)),
            b'S' | b'H' => visitor.visit_borrowed_str(self.text()?),
            open @ (b'[' | b'{') => {
                self.enter()?;
                let header = self.header()?;
                let items = Items { reader: self, header, close: open + 2, left: false };
                if open == b'[' { visitor.visit_seq(items) } else { visitor.visit_map(items) }
            }
            marker => {
                let integer = self.integer(marker)?;
                visitor.visit_i64(integer)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match (self.marker, self.peek()) {
            (None, Some(b'Z')) => {
                self.at += 1;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The values of a list, or the keys and values of an object.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    header: Header,
    close: u8,
    /// Whether the end has been met; whoever expects more asks again.
    left: bool,
}

impl Items<'_, '_> {
    /// Whether there is another item; if not, the container is left.
    fn more(&mut self) -> Result<bool, Wrong> {
        if self.left {
            return Ok(false);
        }
        let more = match &mut self.header.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => {
                while self.reader.peek() == Some(b'N') {
                    self.reader.at += 1;
                }
                self.reader.peek() != Some(self.close)
            }
        };
        if !more {
            self.left = true;
            self.reader.at += usize::from(self.header.left.is_none());
            self.reader.depth -= 1;
        }
        Ok(more)
    }
}

impl<'de> de::SeqAccess<'de> for Items<'_, 'de> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Wrong> {
        if !self.more()? {
            return Ok(None);
        }
        self.reader.marker = self.header.kind;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        self.header.left
    }
}

impl<'de> de::MapAccess<'de> for Items<'_, 'de> {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Wrong> {
        if !self.more()? {
            return Ok(None);
        }
        let key = self.reader.text()?;
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        self.reader.marker = self.header.kind;
        seed.deserialize(&mut *self.reader)
    }
}
