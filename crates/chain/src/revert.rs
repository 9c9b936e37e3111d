//! What a contract says when it refuses, decoded by name.

use std::fmt;
use std::sync::{Arc, LazyLock};

use alloy::dyn_abi::{DynSolValue, ErrorExt};
use alloy::json_abi::{Error as AbiError, JsonAbi};
use alloy::primitives::map::HashMap;
use alloy::primitives::{Bytes, Selector, U256};
use alloy::sol_types::{Panic, Revert as RevertString, SolError};

/// Why an execution undid itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Revert {
    /// A custom error of a known contract.
    Named {
        /// The error's name in Solidity.
        name: String,
        /// Its arguments, in order.
        args: Vec<Arg>,
        /// The encoded error, for a typed decoding.
        data: Bytes,
    },
    /// `revert("…")` or `require(…, "…")`.
    Message(String),
    /// A check that the compiler put in: overflow 0x11, division by zero 0x12, index 0x32, …
    Panic(U256),
    /// The gas limit was too small.
    OutOfGas,
    /// An error that no known contract declares; empty where the contract gave no reason.
    Unknown(Bytes),
    /// Any other exceptional halt, in the EVM's words.
    Halted(String),
}

// `DynSolValue` has no `Eq`, but none of its values is unequal to itself.
impl Eq for Revert {}

/// One argument of a custom error.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// Its name in Solidity; empty if it has none.
    pub name: String,
    /// Its value.
    pub value: DynSolValue,
}

impl Revert {
    /// The name of the custom error, if it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The argument called `name`, if there is one.
    pub fn arg(&self, name: &str) -> Option<&DynSolValue> {
        match self {
            Self::Named { args, .. } => args.iter().find(|a| a.name == name).map(|a| &a.value),
            _ => None,
        }
    }

    /// The error as type `E`, if it is one.
    pub fn decode<E: SolError>(&self) -> Option<E> {
        match self {
            Self::Named { data, .. } | Self::Unknown(data) => E::abi_decode(data).ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { name, args, .. } => {
                write!(f, "{name}(")?;
                for (i, arg) in args.iter().enumerate() {
                    write!(
                        f,
                        "{}{}: {}",
                        if i == 0 { "" } else { ", " },
                        arg.name,
                        Plain(&arg.value)
                    )?;
                }
                write!(f, ")")
            }
            Self::Message(message) => write!(f, "{message:?}"),
            Self::Panic(code) => write!(f, "panic {code:#04x}"),
            Self::OutOfGas => write!(f, "out of gas"),
            Self::Unknown(data) if data.is_empty() => write!(f, "no reason given"),
            Self::Unknown(data) => write!(f, "unknown error {data}"),
            Self::Halted(reason) => write!(f, "{reason}"),
        }
    }
}

/// A value as a person writes it.
struct Plain<'a>(&'a DynSolValue);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DynSolValue::Bool(v) => write!(f, "{v}"),
            DynSolValue::Int(v, _) => write!(f, "{v}"),
            DynSolValue::Uint(v, _) => write!(f, "{v}"),
            DynSolValue::Address(v) => write!(f, "{v}"),
            DynSolValue::FixedBytes(v, size) => {
                write!(f, "{}", Bytes::copy_from_slice(&v[..*size]))
            }
            DynSolValue::Bytes(v) => write!(f, "{}", Bytes::copy_from_slice(v)),
            DynSolValue::String(v) => write!(f, "{v:?}"),
            DynSolValue::Array(items) | DynSolValue::FixedArray(items) => list(f, "[", items, "]"),
            DynSolValue::Tuple(items) => list(f, "(", items, ")"),
            other => write!(f, "{other:?}"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, open: &str, items: &[DynSolValue], close: &str) -> fmt::Result {
    write!(f, "{open}")?;
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{}", if i == 0 { "" } else { ", " }, Plain(item))?;
    }
    write!(f, "{close}")
}

/// The custom errors that can be decoded by name.
#[derive(Clone, Debug, Default)]
pub struct Errors(Arc<HashMap<Selector, AbiError>>);

static OURS: LazyLock<Errors> = LazyLock::new(|| {
    mandate_contracts::ALL
        .iter()
        .try_fold(Errors::default(), |errors, artifact| errors.with(artifact.json))
        .expect("the committed artifacts are JSON ABIs; a test reads them all")
});

impl Errors {
    /// The errors of all our contracts.
    pub fn ours() -> Self {
        OURS.clone()
    }

    /// These errors and those of another artifact: a JSON object with an `abi`.
    ///
    /// # Errors
    /// The parser's words, if the artifact has no ABI.
    pub fn with(&self, artifact: &str) -> Result<Self, String> {
        let mut artifact: serde_json::Value =
            serde_json::from_str(artifact).map_err(|e| e.to_string())?;
        let abi: JsonAbi =
            serde_json::from_value(artifact["abi"].take()).map_err(|e| e.to_string())?;
        let mut known = (*self.0).clone();
        known.extend(abi.errors.into_values().flatten().map(|e| (e.selector(), e)));
        Ok(Self(Arc::new(known)))
    }

    /// Reads the bytes that a contract reverted with.
    pub fn decode(&self, data: &Bytes) -> Revert {
        if let Ok(revert) = RevertString::abi_decode(data) {
            return Revert::Message(revert.reason);
        }
        if let Ok(panic) = Panic::abi_decode(data) {
            return Revert::Panic(panic.code);
        }
        self.decode_named(data).unwrap_or_else(|| Revert::Unknown(data.clone()))
    }

    fn decode_named(&self, data: &Bytes) -> Option<Revert> {
        let selector = Selector::try_from(data.get(..4)?).ok()?;
        let error = self.0.get(&selector)?;
        let values = error.decode_error(data).ok()?.body;
        let names = error.inputs.iter().map(|input| input.name.clone());
        let args = names.zip(values).map(|(name, value)| Arg { name, value }).collect();
        Some(Revert::Named { name: error.name.clone(), args, data: data.clone() })
    }
}
