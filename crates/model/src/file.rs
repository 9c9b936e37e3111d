//! The model file: a program with what people need beside it.

use alloc::vec::Vec;

use alloy_primitives::B256;

use crate::{Explain, ModelError, Program, Schema, bytes::Reader};

/// First bytes of a model file.
const MAGIC: [u8; 8] = *b"mandate1";

/// A program, its schema, and its explanation data, each as the program commits to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    program: Program,
    schema: Schema,
    explain: Explain,
}

impl Model {
    /// Joins the parts and writes their hashes into the program's head.
    pub fn new(program: Program, schema: Schema, explain: Explain) -> Result<Self, ModelError> {
        let program = program.with_commitments(schema.hash(), explain.hash());
        Self::check(program, schema, explain)
    }

    fn check(program: Program, schema: Schema, explain: Explain) -> Result<Self, ModelError> {
        let (given, allowed) = (schema.features().len(), program.head().features.into());
        if given != allowed {
            return Err(ModelError::SchemaLength { given, allowed });
        }
        commits("schema", schema.hash(), program.head().schema_hash)?;
        commits("explanation", explain.hash(), program.head().explain_hash)?;
        let explain = explain.of(&program)?;
        Ok(Self { program, schema, explain })
    }

    /// The program that runs.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// What its features are.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What its attributions are measured against, and the manifest it may commit to.
    pub const fn explanation_data(&self) -> &Explain {
        &self.explain
    }

    /// Hash of the manifest of the training data, if the model commits to one.
    pub const fn manifest(&self) -> Option<B256> {
        self.explain.manifest()
    }

    /// The same model, committed to a manifest of its training data by that manifest's hash, which is not zero. Another manifest is
    /// another model; the schema stays.
    pub fn with_manifest(self, manifest: B256) -> Result<Self, ModelError> {
        Self::new(self.program, self.schema, self.explain.with_manifest(manifest)?)
    }

    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for part in [self.program.encode(), self.schema.encode(), self.explain.encode()] {
            let length = u32::try_from(part.len()).expect("a part is far smaller than 4 GiB");
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&part);
        }
        out
    }

    /// Reads a file and checks that its parts belong together.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader::new(bytes);
        if !bytes.starts_with(&MAGIC) {
            return Err(ModelError::FileUnknown);
        }
        reader.take(MAGIC.len())?;
        let program = Program::decode(part(&mut reader)?)?;
        let schema = Schema::decode(part(&mut reader)?)?;
        let explain = Explain::decode(part(&mut reader)?, &program)?;
        reader.finish()?;
        Self::check(program, schema, explain)
    }
}

fn part<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], ModelError> {
    let length = reader.u32()?;
    reader.take(usize::try_from(length).unwrap_or(usize::MAX))
}

fn commits(part: &'static str, given: B256, committed: B256) -> Result<(), ModelError> {
    if given == committed {
        return Ok(());
    }
    Err(ModelError::CommitmentMismatch { part, given, committed })
}
