//! The explanation data of a model file: what attributions are measured against, and which manifest of training data the model
//! commits to.

use alloc::vec::Vec;

use alloy_primitives::{B256, keccak256};

use crate::{Body, ModelError, Program, SparseTree};

/// What explains a model beside its program and its schema. For trees it says how much training weight ended in each leaf, for a
/// network one input, for a GLM nothing; behind that, for any of them, it may name the manifest of the training data.
///
/// The program commits to it, so another manifest is another model; no report does, so a model trained anew may keep its schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explain {
    reference: Reference,
    manifest: Option<B256>,
}

/// What attributions are measured against.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reference {
    Covers(Vec<u32>),
    Baseline(Vec<u8>),
}

impl Default for Reference {
    /// That of a GLM.
    fn default() -> Self {
        Self::Covers(Vec::new())
    }
}

impl Explain {
    /// Covers in the order of the program's leaves.
    pub const fn new(covers: Vec<u32>) -> Self {
        Self { reference: Reference::Covers(covers), manifest: None }
    }

    /// The packed features of the input that a network's attributions start from.
    pub const fn from_baseline(packed: Vec<u8>) -> Self {
        Self { reference: Reference::Baseline(packed), manifest: None }
    }

    /// The same, committed to a manifest of the training data by its hash, which is not zero.
    pub fn with_manifest(self, manifest: B256) -> Result<Self, ModelError> {
        let manifest = read_manifest(manifest.as_slice())?;
        Ok(Self { manifest, ..self })
    }

    /// Hash of the manifest of the training data, if the model commits to one.
    pub const fn manifest(&self) -> Option<B256> {
        self.manifest
    }

    /// Covers in the order of the program's leaves; none unless it is of trees.
    pub fn covers(&self) -> &[u32] {
        match &self.reference {
            Reference::Covers(covers) => covers,
            Reference::Baseline(_) => &[],
        }
    }

    /// Packed features where a network's attributions start; none for another family.
    pub fn baseline(&self) -> &[u8] {
        match &self.reference {
            Reference::Baseline(packed) => packed,
            Reference::Covers(_) => &[],
        }
    }

    /// Keccak-256 of the encoding: what the program commits to.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }

    /// The one encoding: four bytes for each cover, or packed features; then the manifest's hash, if there is one.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.reference.encode();
        if let Some(manifest) = self.manifest {
            out.extend_from_slice(manifest.as_slice());
        }
        out
    }

    /// Reads the data that belong to `program`, whose family and shape say where a manifest's hash begins.
    pub fn decode(bytes: &[u8], program: &Program) -> Result<Self, ModelError> {
        let (given, allowed) = (bytes.len(), Reference::length(program));
        let (reference, manifest) =
            bytes.split_at_checked(allowed).ok_or(ModelError::ExplainLength { given, allowed })?;
        let reference = Reference::read(reference, program)?;
        Ok(Self { reference, manifest: read_manifest(manifest)? })
    }

    /// The same data as a file of `program` has them.
    pub(crate) fn of(self, program: &Program) -> Result<Self, ModelError> {
        let reference = Reference::read(&self.reference.encode(), program)?;
        Ok(Self { reference, ..self })
    }
}

impl Reference {
    /// Bytes that a program needs.
    fn length(program: &Program) -> usize {
        match program.body() {
            Body::Glm(_) => 0,
            Body::Trees(trees) => {
                4 * trees.forests().iter().map(|f| f.trees() << f.depth()).sum::<usize>()
            }
            Body::Network(network) => 3 * network.limits().len(),
            Body::Sparse(trees) => 4 * trees.trees().iter().map(SparseTree::leaves).sum::<usize>(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Covers(covers) => covers.iter().flat_map(|cover| cover.to_be_bytes()).collect(),
            Self::Baseline(packed) => packed.clone(),
        }
    }

    fn read(bytes: &[u8], program: &Program) -> Result<Self, ModelError> {
        let (given, allowed) = (bytes.len(), Self::length(program));
        if given != allowed {
            return Err(ModelError::ExplainLength { given, allowed });
        }
        Ok(match program.body() {
            Body::Network(_) => Self::Baseline(bytes.to_vec()),
            Body::Glm(_) | Body::Trees(_) | Body::Sparse(_) => {
                let (covers, _) = bytes.as_chunks();
                Self::Covers(covers.iter().map(|cover| u32::from_be_bytes(*cover)).collect())
            }
        })
    }
}

/// What may end the data: nothing, or a hash that is not zero, so that there is one way to name no manifest.
fn read_manifest(bytes: &[u8]) -> Result<Option<B256>, ModelError> {
    let (given, allowed) = (bytes.len(), B256::len_bytes());
    if given == 0 {
        return Ok(None);
    }
    match B256::try_from(bytes) {
        Ok(B256::ZERO) => Err(ModelError::ManifestZero),
        Ok(hash) => Ok(Some(hash)),
        Err(_) => Err(ModelError::ManifestLength { given, allowed }),
    }
}
