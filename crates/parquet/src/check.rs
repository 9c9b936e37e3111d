//! What a file says of its own parts, held against its length before anything is unpacked.

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use crate::{LARGEST_GROUP, ParquetError};

/// Refuses row groups that are too large to unpack, and columns outside the file.
pub(crate) fn groups(metadata: &ParquetMetaData, length: u64) -> Result<(), ParquetError> {
    for (group, found) in metadata.row_groups().iter().enumerate() {
        let sizes = found.columns().iter().map(ColumnChunkMetaData::uncompressed_size);
        let given = sizes.fold(found.total_byte_size(), |sum, size| sum.max(size));
        if given > LARGEST_GROUP {
            return Err(ParquetError::GroupTooLarge { group, given });
        }
        if let Some(column) = found.columns().iter().find(|column| !inside(column, length)) {
            let path = column.column_path().string();
            let what = format!("row group {group} has column {path} outside the file");
            return Err(ParquetError::Damaged(what));
        }
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
