//! One operator with its attributes.

use std::collections::HashMap;

use prost::Message;

use super::proto::{AttributeProto, NodeProto, TensorProto};
use super::tensor::Tensor;
use crate::error::ImportError;
use crate::lightgbm::cut;

/// Most attributes of a node: the largest operator has about thirty.
const MOST_ATTRIBUTES: usize = 64;
/// Most inputs or outputs of a node.
const MOST_NAMES: usize = 1 << 16;

/// A node, decoded.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) op: String,
    /// The set of operators it is from, empty for ONNX's own.
    pub(super) domain: String,
    pub(super) input: Vec<String>,
    pub(super) output: Vec<String>,
    pub(super) place: String,
    attributes: HashMap<String, AttributeProto>,
}

/// The two names of ONNX's own operators are one.
pub(super) fn own_domain(domain: &str) -> &str {
    if domain == "ai.onnx" { "" } else { domain }
}

/// Decodes a message.
pub(super) fn decode<M: Message + Default>(bytes: &[u8], place: &str) -> Result<M, ImportError> {
    M::decode(bytes).map_err(|error| ImportError::malformed(place, error))
}

impl Node {
    pub(super) fn read(bytes: &[u8], number: usize) -> Result<Self, ImportError> {
        let place = format!("node {number}");
        let proto: NodeProto = decode(bytes, &place)?;
        let domain = own_domain(&proto.domain).to_owned();
        let op = match domain.as_str() {
            "" | "ai.onnx.ml" => proto.op_type,
            other => format!("{}.{}", cut(other), cut(&proto.op_type)),
        };
        let name =
            if proto.name.is_empty() { String::new() } else { format!(" {:?}", cut(&proto.name)) };
        let place = format!("{place}{name}, {}", cut(&op));
        ImportError::at_most(&place, "attributes", proto.attribute.len(), MOST_ATTRIBUTES)?;
        ImportError::at_most(&place, "inputs", proto.input.len(), MOST_NAMES)?;
        ImportError::at_most(&place, "outputs", proto.output.len(), MOST_NAMES)?;
        let mut attributes = HashMap::new();
        for bytes in &proto.attribute {
            let attribute: AttributeProto = decode(bytes, &place)?;
            let name = attribute.name.clone();
            if attributes.insert(name.clone(), attribute).is_some() {
                return Err(ImportError::malformed(
                    place,
                    format!("attribute {:?} twice", cut(&name)),
                ));
            }
        }
        Ok(Self { op, domain, input: proto.input, output: proto.output, place, attributes })
    }

    /// Where an attribute stands.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}, {name}", self.place)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    pub(super) fn integer(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).map_or(default, |attribute| attribute.i)
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        self.attributes.get(name).map_or(default, |attribute| attribute.f)
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        let text = |attribute: &AttributeProto| String::from_utf8_lossy(&attribute.s).into_owned();
        self.attributes.get(name).map_or_else(|| default.to_owned(), text)
    }

    pub(super) fn integers(&self, name: &str) -> &[i64] {
        self.attributes.get(name).map_or(&[], |attribute| &attribute.ints)
    }

    pub(super) fn texts(&self, name: &str) -> &[Vec<u8>] {
        self.attributes.get(name).map_or(&[], |attribute| &attribute.strings)
    }

    /// Numbers in single precision, all finite.
    pub(super) fn floats(&self, name: &str) -> Result<&[f32], ImportError> {
        let floats: &[f32] = self.attributes.get(name).map_or(&[], |attribute| &attribute.floats);
        match floats.iter().position(|x| !x.is_finite()) {
            Some(i) => Err(ImportError::malformed(self.at(&format!("{name}[{i}]")), floats[i])),
            None => Ok(floats),
        }
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Tensor, ImportError> {
        let place = self.at(name);
        let bytes = self.attributes.get(name).map_or(&[][..], |attribute| &attribute.t);
        Tensor::read(decode::<TensorProto>(bytes, &place)?, &place)
    }

    pub(super) fn refuse(&self, what: impl std::fmt::Display, help: &str) -> ImportError {
        ImportError::unsupported(&self.place, what, help)
    }

    pub(super) fn wrong(&self, reason: impl std::fmt::Display) -> ImportError {
        ImportError::malformed(&self.place, reason)
    }
}
