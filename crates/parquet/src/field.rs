//! One value as a field of CSV.

use std::io::Write;

use parquet::record::Field;

use crate::date;

/// Milliseconds and microseconds of a second.
const MILLIS: i64 = 1_000;
const MICROS: i64 = 1_000_000;

/// A comma before every field but the first.
pub(crate) fn separate(field: usize, text: &mut Vec<u8>) {
    if field > 0 {
        text.push(b',');
    }
}

/// A text between quotes.
pub(crate) fn quote(value: &str, text: &mut Vec<u8>) {
    text.push(b'"');
    text.extend(value.bytes().flat_map(|b| std::iter::repeat_n(b, if b == b'"' { 2 } else { 1 })));
    text.push(b'"');
}

/// Bytes of a text.
pub(crate) fn length(value: &Field) -> u64 {
    match value {
        Field::Str(value) => value.len() as u64,
        Field::Bytes(bytes) => bytes.len() as u64,
        _ => 0,
    }
}

/// Writes a value; false if it is bytes that are no text.
pub(crate) fn write(value: &Field, text: &mut Vec<u8>) -> bool {
    let mut put = |value: &dyn std::fmt::Display| {
        // A vector takes all.
        let _ = write!(text, "{value}");
    };
    match value {
        Field::Bool(value) => put(&u8::from(*value)),
        Field::Byte(value) => put(value),
        Field::Short(value) => put(value),
        Field::Int(value) => put(value),
        Field::Long(value) => put(value),
        Field::UByte(value) => put(value),
        Field::UShort(value) => put(value),
        Field::UInt(value) => put(value),
        Field::ULong(value) => put(value),
        Field::Float16(value) => put(value),
        Field::Float(value) => put(value),
        Field::Double(value) => put(value),
        Field::Date(days) => put(&date::day(i64::from(*days))),
        Field::TimestampMillis(value) => put(&date::moment(*value, MILLIS)),
        Field::TimestampMicros(value) => put(&date::moment(*value, MICROS)),
        Field::TimeMillis(value) => put(value),
        Field::TimeMicros(value) => put(value),
        Field::Decimal(_) => put(value),
        Field::Str(value) => quote(value, text),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(value) => quote(value, text),
            Err(_) => return false,
        },
        Field::Null | Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {}
    }
    true
}
