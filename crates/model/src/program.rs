//! The program: head, body, and the one encoding of both.

use alloc::{borrow::Cow, vec::Vec};

use alloy_primitives::{B256, keccak256};

use crate::{
    Glm, Limit, Link, MAX_FEATURES, ModelError, Network, SparseTree, SparseTrees, Trees,
    bytes::Reader, features::check_length, limits, trees::tree_bytes, unpack,
};

/// The only version of the format.
pub const VERSION: u8 = 1;
/// Finest margin unit: `2^-62`.
pub const MAX_SHIFT: u8 = 62;

/// Bit of the family's byte that says that limits stand behind the head.
const LIMITED: u8 = 0x80;
/// Bytes of the head.
const HEAD_BYTES: usize = 79;
/// Most bytes of a program in its root: a contract's 24,576 less a zero byte, a count, and fifteen addresses.
const MAX_FIRST: usize = 24_576 - 2 - 15 * 20;
/// Most bytes of a program in another chunk: a contract's less a zero byte.
const MAX_CHUNK: usize = 24_576 - 1;

/// What kind of margin a program computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Family {
    /// Bias plus a weight for each feature.
    Glm = 1,
    /// Bias plus a leaf of each tree.
    Trees = 2,
    /// Bias plus a sum over the last of several layers of rectified units.
    Network = 3,
    /// Bias plus a leaf of each tree, whatever the trees' shapes.
    Sparse = 4,
}

/// What every program says about itself, whatever its family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// From margin to output.
    pub link: Link,
    /// Number of features, `1..=128`.
    pub features: u8,
    /// The margin's unit is `2^-shift`.
    pub shift: u8,
    /// The margin before any feature speaks, in margin units.
    pub bias: i64,
    /// Keccak-256 of the schema that says what the features are.
    pub schema_hash: B256,
    /// Keccak-256 of the data that attributions need beside the program.
    pub explain_hash: B256,
}

/// The part that differs by family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Family 1.
    Glm(Glm),
    /// Family 2.
    Trees(Trees),
    /// Family 3.
    Network(Network),
    /// Family 4.
    Sparse(SparseTrees),
}

/// A checked model: it has one encoding, and no input makes it overflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    head: Head,
    /// One for each feature, or none at all.
    limits: Vec<Limit>,
    body: Body,
}

/// The head as it stands in the bytes.
struct RawHead {
    head: Head,
    family: Family,
    limited: bool,
    slots: u8,
    parts: u8,
}

impl Program {
    /// Puts head and body together and checks them as [`Self::decode`] would.
    pub fn new(head: Head, body: Body) -> Result<Self, ModelError> {
        Self::decode(&Self { head, limits: Vec::new(), body }.encode())
    }

    /// The same of a program that holds each feature inside limits before it reads it. A network has limits of its own.
    pub fn limited(head: Head, limits: Vec<Limit>, body: Body) -> Result<Self, ModelError> {
        let (given, allowed) = (limits.len(), usize::from(head.features));
        if given != allowed {
            return Err(ModelError::LimitsCount { given, allowed });
        }
        limits::check(&limits)?;
        Self::decode(&Self { head, limits, body }.encode())
    }

    /// The program with these limits in place of those that it has.
    pub fn with_limits(self, limits: Vec<Limit>) -> Result<Self, ModelError> {
        Self::limited(self.head, limits, self.body)
    }

    /// Reads the one encoding of a model; every refusal is a typed error.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader::new(bytes);
        let RawHead { head, family, limited, slots, parts } = decode_head(&mut reader)?;
        let limits = if limited { limits::decode(&mut reader, head.features)? } else { Vec::new() };
        let body = match family {
            Family::Glm => Body::Glm(Glm::decode(&mut reader, head.features)?),
            Family::Trees => Body::Trees(Trees::decode(&mut reader, head.features, slots, parts)?),
            Family::Network => Body::Network(Network::decode(&mut reader, head.features, parts)?),
            Family::Sparse => Body::Sparse(SparseTrees::decode(&mut reader, head.features, slots)?),
        };
        reader.finish()?;
        match &body {
            Body::Glm(glm) => glm.check(head.bias, &limits)?,
            Body::Trees(trees) => trees.check(head.bias)?,
            Body::Network(network) => network.check(head.bias)?,
            Body::Sparse(trees) => trees.check(head.bias)?,
        }
        Ok(Self { head, limits, body })
    }

    /// The one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let (slots, parts) = match &self.body {
            Body::Glm(_) => (0, 0),
            Body::Trees(trees) => (trees.slots().len(), trees.forests().len()),
            Body::Network(network) => (0, network.layers().len()),
            Body::Sparse(trees) => (trees.slots().len(), 0),
        };
        let limited = if self.limits.is_empty() { 0 } else { LIMITED };
        let family = self.family() as u8 | limited;
        let head = &self.head;
        let mut out = Vec::new();
        out.extend_from_slice(&[VERSION, family, head.link as u8, head.features, head.shift]);
        // A count above its field is refused by `decode`, which allows less than 255 of either.
        out.push(u8::try_from(slots).unwrap_or(u8::MAX));
        out.push(u8::try_from(parts).unwrap_or(u8::MAX));
        out.extend_from_slice(&head.bias.to_be_bytes());
        out.extend_from_slice(head.schema_hash.as_slice());
        out.extend_from_slice(head.explain_hash.as_slice());
        limits::encode(&self.limits, &mut out);
        match &self.body {
            Body::Glm(glm) => glm.encode(&mut out),
            Body::Trees(trees) => trees.encode(&mut out),
            Body::Network(network) => network.encode(&mut out),
            Body::Sparse(trees) => trees.encode(&mut out),
        }
        out
    }

    /// The model's identity: Keccak-256 of its encoding.
    pub fn id(&self) -> B256 {
        keccak256(self.encode())
    }

    /// What the program says about itself.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Between which values each feature is held before the body reads it; empty if the program has no such limits.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// What the body reads of packed features: each inside its limits.
    pub fn held<'a>(&self, packed: &'a [u8]) -> Cow<'a, [u8]> {
        limits::hold(&self.limits, packed)
    }

    /// The part that differs by family.
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// The family of the body.
    pub const fn family(&self) -> Family {
        match self.body {
            Body::Glm(_) => Family::Glm,
            Body::Trees(_) => Family::Trees,
            Body::Network(_) => Family::Network,
            Body::Sparse(_) => Family::Sparse,
        }
    }

    /// The margin of packed features, in units of `2^-shift`. Every input of the right length has one.
    pub fn margin(&self, packed: &[u8]) -> Result<i64, ModelError> {
        check_length(packed, self.head.features)?;
        let packed = &*self.held(packed);
        Ok(match &self.body {
            Body::Glm(glm) => glm.margin(self.head.bias, unpack(packed)),
            Body::Trees(trees) => trees.margin(self.head.bias, packed),
            Body::Network(network) => network.margin(self.head.bias, packed),
            Body::Sparse(trees) => trees.margin(self.head.bias, packed),
        })
    }

    /// The output of packed features: the link of the margin, scaled by `1e18`.
    pub fn run(&self, packed: &[u8]) -> Result<i128, ModelError> {
        Ok(self.head.link.apply(self.margin(packed)?, self.head.shift))
    }

    /// The encoding cut where the chain may keep it in several contracts: what `register` takes first, then what `store`
    /// takes. Forests, rows of a network, or sparse trees are whole, chunks as full as they can be. A chunk of forests begins
    /// with the depth of the first; one of rows with a zero byte, one of sparse trees with a byte of ones, which say so and are
    /// no part of the program.
    pub fn chunks(&self) -> Vec<Vec<u8>> {
        let (before, parts, begin): (_, Vec<usize>, &[u8]) = match &self.body {
            Body::Glm(_) => (0, Vec::new(), &[]),
            Body::Trees(trees) => {
                let forests = trees.forests().iter();
                let sizes = forests.map(|f| 3 + f.trees() * tree_bytes(f.depth()));
                (trees.slots().len(), sizes.collect(), &[])
            }
            Body::Network(network) => {
                let (before, rows) = network.sizes();
                (before, rows, &[0])
            }
            Body::Sparse(trees) => {
                let sizes = trees.trees().iter().map(SparseTree::encoded_len);
                (trees.slots().len() + 2, sizes.collect(), &[0xff])
            }
        };
        let start = HEAD_BYTES + limits::BYTES * self.limits.len() + before;
        cut(self.encode(), start, &parts, begin)
    }

    /// The same program over another schema and other explanation data.
    pub const fn with_commitments(mut self, schema_hash: B256, explain_hash: B256) -> Self {
        self.head.schema_hash = schema_hash;
        self.head.explain_hash = explain_hash;
        self
    }
}

/// Cuts `bytes` between parts that begin at `start`; every chunk but the first opens with `begin`.
fn cut(bytes: Vec<u8>, start: usize, parts: &[usize], begin: &[u8]) -> Vec<Vec<u8>> {
    let mut at = if parts.is_empty() { bytes.len() } else { start };
    let mut chunks = Vec::from([bytes[..at].to_vec()]);
    for part in parts {
        let limit = if chunks.len() == 1 { MAX_FIRST } else { MAX_CHUNK };
        if chunks.last().is_none_or(|last| last.len() + part > limit) {
            chunks.push(begin.to_vec());
        }
        let part = &bytes[at..at + part];
        chunks.last_mut().expect("never empty").extend_from_slice(part);
        at += part.len();
    }
    chunks
}

fn decode_head(reader: &mut Reader<'_>) -> Result<RawHead, ModelError> {
    let version = reader.u8()?;
    if version != VERSION {
        return Err(ModelError::ModelVersionUnknown { given: version, allowed: VERSION });
    }
    let (family, limited) = decode_family(reader.u8()?)?;
    let link = Link::try_from(reader.u8()?)?;
    let features = reader.u8()?;
    if features == 0 || features > MAX_FEATURES {
        return Err(ModelError::FeatureCountOutOfRange { given: features, allowed: MAX_FEATURES });
    }
    let shift = reader.u8()?;
    if shift > MAX_SHIFT {
        return Err(ModelError::ShiftOutOfRange { given: shift, allowed: MAX_SHIFT });
    }
    let (slots, parts) = (reader.u8()?, reader.u8()?);
    check_counts(family, slots, parts)?;
    let bias = reader.i64()?;
    let schema_hash = B256::from(reader.array()?);
    let explain_hash = B256::from(reader.array()?);
    let head = Head { link, features, shift, bias, schema_hash, explain_hash };
    Ok(RawHead { head, family, limited, slots, parts })
}

/// The family, and whether limits stand behind the head; a network has its own in its body.
const fn decode_family(given: u8) -> Result<(Family, bool), ModelError> {
    let limited = given & LIMITED != 0;
    let family = match given & !LIMITED {
        1 => Family::Glm,
        2 => Family::Trees,
        3 if !limited => Family::Network,
        4 => Family::Sparse,
        _ => return Err(ModelError::ModelFamilyUnknown { given, allowed: Family::Sparse as u8 }),
    };
    Ok((family, limited))
}

/// Trees have slots and forests, sparse trees have slots, a network has layers, a GLM has none of them.
const fn check_counts(family: Family, slots: u8, parts: u8) -> Result<(), ModelError> {
    let (most_slots, most_parts) = match family {
        Family::Glm => (0, 0),
        Family::Trees => (crate::trees::MAX_SLOTS, crate::trees::MAX_FORESTS),
        Family::Network => (0, crate::network::MAX_LAYERS),
        Family::Sparse => (crate::sparse::MAX_SLOTS, 0),
    };
    if slots > most_slots || (slots == 0 && most_slots > 0) {
        return Err(ModelError::SlotCountOutOfRange { given: slots, allowed: most_slots });
    }
    if parts <= most_parts && (parts > 0 || most_parts == 0) {
        return Ok(());
    }
    Err(match family {
        Family::Network => ModelError::LayerCountOutOfRange { given: parts, allowed: most_parts },
        _ => ModelError::ForestCountOutOfRange { given: parts, allowed: most_parts },
    })
}

/// Refuses a margin that could leave `[-(2^63 - 1), 2^63 - 1]`.
pub(crate) const fn check_margin(low: i128, high: i128) -> Result<(), ModelError> {
    let (low, high) = (low.unsigned_abs(), high.unsigned_abs());
    let given = if low > high { low } else { high };
    let allowed = i64::MAX as u128;
    if given <= allowed { Ok(()) } else { Err(ModelError::ModelOverflow { given, allowed }) }
}
