//! What a file says of its own parts, held against its length before anything is unpacked.

use mandate_disk::MOST_RECORD_BYTES;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use crate::{LARGEST_GROUP, ParquetError};

/// Refuses row groups that are too large to unpack or hold a value that must be, columns that are packed in a way unknown here, and
/// columns outside the file.
pub(crate) fn groups(metadata: &ParquetMetaData, length: u64) -> Result<(), ParquetError> {
    for (group, found) in metadata.row_groups().iter().enumerate() {
        let sizes = found.columns().iter().map(ColumnChunkMetaData::uncompressed_size);
        let given = sizes.fold(found.total_byte_size(), |sum, size| sum.max(size));
        if given > LARGEST_GROUP {
            return Err(ParquetError::GroupTooLarge { group, given });
        }
        found.columns().iter().try_for_each(|column| unpacks(group, column))?;
        if let Some(column) = found.columns().iter().find(|column| !inside(column, length)) {
            let path = column.column_path().string();
            let what = format!("row group {group} has column {path} outside the file");
            return Err(ParquetError::Damaged(what));
        }
    }
    Ok(())
}

fn unpacks(group: usize, column: &ColumnChunkMetaData) -> Result<(), ParquetError> {
    let name = || column.column_path().string();
    let packing = column.compression();
    let known = [Compression::UNCOMPRESSED, Compression::SNAPPY];
    if !known.contains(&packing) && !matches!(packing, Compression::ZSTD(_)) {
        let packing = packing.to_string();
        let packing = packing.split('(').next().unwrap_or_default().to_lowercase();
        return Err(ParquetError::Packing { name: name(), packing });
    }
    // A mean above the bound is a value above it.
    let mean = u64::try_from(column.uncompressed_size() / column.num_values().max(1));
    if mean.is_ok_and(|mean| mean > MOST_RECORD_BYTES) {
        return Err(ParquetError::ValueTooLarge {
            place: format!("row group {group}"),
            name: name(),
        });
    }
    Ok(())
}

fn inside(column: &ColumnChunkMetaData, length: u64) -> bool {
    let starts = [Some(column.data_page_offset()), column.dictionary_page_offset()];
    let size = u64::try_from(column.compressed_size());
    starts.into_iter().flatten().all(|start| match (u64::try_from(start), &size) {
        (Ok(start), Ok(size)) => start <= length && *size <= length,
        _ => false,
    }) && column.uncompressed_size() >= 0
        && column.num_values() >= 0
}
