//! The rows that interventional attributions are measured against: a file beside the model, with a hash of its own.
//!
//! A background is a question put to a model, not a part of it: against whom is this row compared? One model has as many as
//! there are such questions, and its identity knows none of them. Whoever states attributions states the background's hash.

use alloc::vec::Vec;

use alloy_primitives::{B256, keccak256};

use crate::{ModelError, Program, bytes::Reader, features::check_length};

/// First bytes of a background file.
const MAGIC: [u8; 8] = *b"mandateb";
/// Most rows of a background: what any program's leaves give any feature against so many, in units of `1 / (840 · rows)`, fits
/// 62 bits.
pub const MOST_BACKGROUND_ROWS: usize = 1 << 15;

/// Packed features of some rows, for one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Background {
    program: B256,
    row_bytes: usize,
    rows: Vec<u8>,
}

impl Background {
    /// Rows of packed features, one behind the other.
    pub fn new(program: &Program, rows: Vec<u8>) -> Result<Self, ModelError> {
        let row_bytes = 3 * usize::from(program.head().features);
        let (given, allowed) = (rows.len() / row_bytes, MOST_BACKGROUND_ROWS);
        if given == 0 || given > allowed {
            return Err(ModelError::BackgroundRowCount { given, allowed });
        }
        check_length(&rows[given * row_bytes - row_bytes..], program.head().features)?;
        Ok(Self { program: program.id(), row_bytes, rows })
    }

    /// The rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.rows.chunks_exact(self.row_bytes)
    }

    /// The rows as the body of `program` reads them.
    pub(crate) fn held(&self, program: &Program) -> Self {
        let rows = self.rows().flat_map(|row| program.held(row).into_owned()).collect();
        Self { rows, ..*self }
    }

    /// Keccak-256 of the encoding: what attributions against it are stated with.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }

    /// Whether it was made for `program`.
    pub(crate) fn belongs_to(&self, program: &Program) -> Result<(), ModelError> {
        let (given, committed) = (program.id(), self.program);
        if given == committed {
            return Ok(());
        }
        Err(ModelError::BackgroundOfAnother { given, committed })
    }

    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(self.program.as_slice());
        let count = u32::try_from(self.rows().len()).expect("bounded when it was made");
        out.extend_from_slice(&count.to_be_bytes());
        out.extend_from_slice(&self.rows);
        out
    }

    /// Reads a file that was made for `program`.
    pub fn decode(bytes: &[u8], program: &Program) -> Result<Self, ModelError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(ModelError::BackgroundUnknown);
        }
        let mut reader = Reader::new(bytes);
        reader.take(MAGIC.len())?;
        let committed = B256::from(reader.array::<32>()?);
        let given = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        if given == 0 || given > MOST_BACKGROUND_ROWS {
            let allowed = MOST_BACKGROUND_ROWS;
            return Err(ModelError::BackgroundRowCount { given, allowed });
        }
        let row_bytes = 3 * usize::from(program.head().features);
        let background = Self { program: committed, row_bytes, rows: Vec::new() };
        background.belongs_to(program)?;
        let rows = reader.take(given * row_bytes)?.to_vec();
        reader.finish()?;
        Ok(Self { rows, ..background })
    }
}
