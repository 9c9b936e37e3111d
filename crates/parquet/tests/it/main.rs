//! Files written by the library itself, read as CSV.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use mandate_parquet::{open, text};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const SCHEMA: &str = "message m {
    required int32 a;
    optional double b;
    required binary c (UTF8);
    required boolean d;
    required int32 e (DATE);
    required int64 f (TIMESTAMP(MILLIS,true));
    optional group g (LIST) { repeated group list { optional int32 element; } }
}";

/// Two row groups of two rows.
fn write(path: &Path, compression: Compression, text: &[u8]) {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer =
        SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    for group in 0..2 {
        let mut rows = writer.next_row_group().unwrap();
        macro_rules! column {
            ($type:ty, $values:expr, $levels:expr, $repetition:expr) => {
                let mut column = rows.next_column().unwrap().unwrap();
                column.typed::<$type>().write_batch(&$values, $levels, $repetition).unwrap();
                column.close().unwrap();
            };
        }
        let words: Vec<ByteArray> =
            vec![ByteArray::from("say \"hi\", you"), ByteArray::from(text.to_vec())];
        column!(Int32Type, [1 + group, -7], None, None);
        column!(DoubleType, [0.1], Some(&[1, 0]), None);
        column!(ByteArrayType, words, None, None);
        column!(BoolType, [true, false], None, None);
        column!(Int32Type, [0, 20_783], None, None);
        column!(Int64Type, [0, 1_000], None, None);
        column!(Int32Type, [5, 6], Some(&[3, 3]), Some(&[0, 0]));
        rows.close().unwrap();
    }
    writer.close().unwrap();
}

/// What a file says, row after row from the disk; it says the same, or fails the same way, from memory.
fn read(path: &Path) -> std::io::Result<String> {
    let all = |source: std::io::Result<Box<dyn Read>>| -> std::io::Result<String> {
        let mut said = String::new();
        source?.read_to_string(&mut said)?;
        Ok(said)
    };
    let streamed = all(open(path));
    let kept = all(text(&Bytes::from(fs::read(path).unwrap())));
    assert_eq!(streamed.as_ref().ok(), kept.as_ref().ok());
    streamed
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn every_kind_of_value_has_its_text_under_every_compression() {
    let folder = folder();
    let path = folder.path().join("d.parquet");
    let zstd = Compression::ZSTD(ZstdLevel::default());
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd] {
        write(&path, compression, b"two\nlines");
        let group = |a: i32| {
            format!(
                "{a},0.1,\"say \"\"hi\"\", you\",1,1970-01-01,1970-01-01T00:00:00.000\n\
                 -7,,\"two\nlines\",0,2026-11-26,1970-01-01T00:00:01.000\n"
            )
        };
        let header = "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"\n";
        let expected = format!("{header}{}{}", group(1), group(2));
        assert_eq!(read(&path).unwrap(), expected, "{compression:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let folder = folder();
    let path = folder.path().join("d.parquet");
    let schema = "message m { required binary raw; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(File::create(&path).unwrap(), schema, Default::default())
            .unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let mut column = rows.next_column().unwrap().unwrap();
    let values = [ByteArray::from("fine"), ByteArray::from(vec![0xff_u8])];
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    rows.close().unwrap();
    writer.close().unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert_eq!(error, "row 2: column \"raw\" holds bytes that are no UTF-8");
}

#[test]
fn damaged_files_are_refused_without_panic() {
    let folder = folder();
    let path = folder.path().join("d.parquet");
    write(&path, Compression::SNAPPY, b"text");
    let sound = fs::read(&path).unwrap();
    for cut in (0..sound.len()).step_by(7) {
        fs::write(&path, &sound[..cut]).unwrap();
        if cut < 4 {
            // Not a Parquet file yet, and not CSV of much use: the bytes as they are.
            assert_eq!(read(&path).unwrap().as_bytes(), &sound[..cut]);
            continue;
        }
        let error = read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{cut}: {error}");
        let error = error.to_string();
        assert!(error.contains("Parquet") || error.contains("EOF"), "{cut}: {error}");
    }
    // A byte changed may leave a sound file; what matters is that reading ends.
    let mut state = 20_261_126_u64;
    for _ in 0..2_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bytes = sound.clone();
        let at = (state >> 33) as usize % bytes.len();
        bytes[at] = (state >> 24) as u8;
        fs::write(&path, &bytes).unwrap();
        let _ = read(&path);
    }
}

#[test]
fn a_compression_that_is_not_read_is_named() {
    let folder = folder();
    let path = folder.path().join("d.parquet");
    write(&path, Compression::SNAPPY, b"text");
    let mut bytes = fs::read(&path).unwrap();
    // In the footer: a list of one text, `c`, and behind it the compression, 1 for snappy and 2 for gzip.
    let snappy = [0x19, 0x18, 1, b'c', 0x15, 2];
    let at = bytes.windows(6).position(|six| six == snappy).expect("the column's name");
    bytes[at + 5] = 4;
    fs::write(&path, &bytes).unwrap();
    let error = read(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(
        error.to_string(),
        "column \"c\" is packed with gzip, read are snappy, zstd and none"
    );
}

#[test]
fn a_value_beyond_any_record_is_refused_before_it_is_written() {
    let folder = folder();
    let path = folder.path().join("d.parquet");
    for (mebibytes, place) in [(17, "row 2"), (40, "row group 0")] {
        write(&path, Compression::SNAPPY, &vec![b'x'; mebibytes << 20]);
        assert!(fs::metadata(&path).unwrap().len() < 8 << 20, "packed well");
        let error = read(&path).unwrap_err().to_string();
        let expected = format!("{place}: column \"c\" holds a value of more than 16777216 bytes");
        assert_eq!(error, expected);
    }
}
