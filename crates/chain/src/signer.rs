//! Keys: where they come from, and that they never show.

use std::fmt;
use std::path::Path;

use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy::eips::eip2718::Encodable2718;
use alloy::primitives::{Address, B256, Bytes, Signature, TxKind};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;

use crate::tx::Tx;
use crate::{Call, Fees, LedgerError, keystore};

/// A key that signs and never shows itself: neither `Debug` nor `Display` nor any error prints it.
#[derive(Clone)]
pub struct Signer(PrivateKeySigner);

/// Why a key could not be loaded. No variant repeats what was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The environment has no such variable.
    #[error("environment variable {name} is not set")]
    Unset {
        /// Name of the variable.
        name: String,
    },
    /// What was found is not a key.
    #[error("{place} does not hold a key of 32 bytes in hexadecimal")]
    Malformed {
        /// Where it was found.
        place: String,
    },
    /// The keystore file could not be opened with this password.
    #[error("keystore {path} cannot be opened: {detail}")]
    Keystore {
        /// The file.
        path: String,
        /// What went wrong.
        detail: String,
    },
}

/// A transaction before it is signed: EIP-1559, without an access list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The chain it is for.
    pub chain_id: u64,
    /// The sender's nonce.
    pub nonce: u64,
    /// Largest gas to spend.
    pub gas_limit: u64,
    /// What it offers.
    pub fees: Fees,
    /// The message; its `from` and `gas_limit` are not read.
    pub call: Call,
}

/// A transaction as signed bytes, ready to be journalled and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Keccak-256 of the bytes, by which the ledger knows it.
    pub hash: B256,
    /// EIP-2718 bytes.
    pub raw: Bytes,
}

impl Unsigned {
    /// What somebody signed; the call is from whoever that was.
    ///
    /// # Errors
    /// [`LedgerError::BadTransaction`](crate::LedgerError::BadTransaction) and
    /// [`LedgerError::WrongChain`](crate::LedgerError::WrongChain).
    pub fn of(raw: &[u8], chain_id: u64) -> Result<Self, LedgerError> {
        let tx = Tx::signed(raw, chain_id)?;
        let (max_fee, nonce, gas_limit) = (tx.max_fee, tx.nonce, tx.gas_limit);
        let fees = Fees { max_fee, priority_fee: tx.priority_fee.unwrap_or(max_fee) };
        let (from, to, value) = (tx.from, tx.to.into_to(), tx.value);
        let call = Call { from, to, value, input: tx.input, gas_limit: None };
        Ok(Self { chain_id, nonce, gas_limit, fees, call })
    }
}

impl Signer {
    /// Loads a key from an environment variable, in hexadecimal with or without `0x`.
    ///
    /// # Errors
    /// [`KeyError::Unset`] or [`KeyError::Malformed`].
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let text = std::env::var(name).map_err(|_| KeyError::Unset { name: name.into() })?;
        Self::parse(&text, || format!("environment variable {name}"))
    }

    /// Loads a key from an encrypted keystore file (the `geth` format, version 3); takes about a second, and at most 256 MiB.
    ///
    /// # Errors
    /// [`KeyError::Keystore`].
    pub fn from_keystore(path: &Path, password: &str) -> Result<Self, KeyError> {
        keystore::open(path, password).map(Self)
    }

    /// A key from its 32 bytes; `None` for zero and for what lies beyond the curve's order.
    ///
    /// For tests and simulations with keys that everybody may know.
    pub fn from_bytes(bytes: &B256) -> Option<Self> {
        PrivateKeySigner::from_bytes(bytes).ok().map(Self)
    }

    /// The account of this key.
    pub const fn address(&self) -> Address {
        self.0.address()
    }

    /// Signs a transaction; the same transaction gives the same bytes.
    pub fn sign(&self, tx: &Unsigned) -> Signed {
        let body = TxEip1559 {
            chain_id: tx.chain_id,
            nonce: tx.nonce,
            gas_limit: tx.gas_limit,
            max_fee_per_gas: tx.fees.max_fee,
            max_priority_fee_per_gas: tx.fees.priority_fee,
            to: tx.call.to.map_or(TxKind::Create, TxKind::Call),
            value: tx.call.value,
            input: tx.call.input.clone(),
            ..TxEip1559::default()
        };
        let signature = self.sign_hash(&body.signature_hash());
        let envelope = TxEnvelope::from(body.into_signed(signature));
        Signed { hash: *envelope.tx_hash(), raw: envelope.encoded_2718().into() }
    }

    /// Signs a 32-byte digest, for example an EIP-712 signing hash.
    pub fn sign_hash(&self, hash: &B256) -> Signature {
        self.0.sign_hash_sync(hash).expect("a key in memory signs any digest")
    }

    fn parse(text: &str, place: impl FnOnce() -> String) -> Result<Self, KeyError> {
        text.trim().parse().map(Self).map_err(|_| KeyError::Malformed { place: place() })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.address())
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address())
    }
}
