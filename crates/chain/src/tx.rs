//! Transactions as this crate reads them: signed bytes, or an impersonated call.

use alloy::consensus::transaction::SignerRecoverable;
use alloy::consensus::{Transaction as _, TxEnvelope, TxType};
use alloy::eips::eip2718::Decodable2718;
use alloy::eips::eip2930::AccessList;
use alloy::primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use revm::context::TxEnv;

use crate::{Call, LedgerError, Transaction};

/// How a transaction came here, in the form in which it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(crate) struct Raw {
    /// Whether `bytes` are EIP-2718 bytes; otherwise they are an [`Acted`].
    signed: bool,
    bytes: Bytes,
}

/// An impersonated call: nobody signed it.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
struct Acted {
    chain_id: u64,
    from: Address,
    nonce: u64,
    to: TxKind,
    value: U256,
    input: Bytes,
    gas_limit: u64,
}

/// A transaction, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Tx {
    pub(crate) raw: Raw,
    pub(crate) hash: B256,
    pub(crate) from: Address,
    pub(crate) nonce: u64,
    pub(crate) to: TxKind,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas_limit: u64,
    pub(crate) max_fee: u128,
    pub(crate) priority_fee: Option<u128>,
    tx_type: TxType,
    access_list: AccessList,
}

impl Tx {
    /// Reads signed bytes and recovers who signed them.
    pub(crate) fn signed(raw: &[u8], chain_id: u64) -> Result<Self, LedgerError> {
        let bad = |e: &dyn std::fmt::Display| LedgerError::BadTransaction(e.to_string());
        let mut rest = raw;
        let envelope = TxEnvelope::decode_2718(&mut rest).map_err(|e| bad(&e))?;
        if !rest.is_empty() {
            return Err(bad(&format_args!("{} bytes after its end", rest.len())));
        }
        let tx_type = envelope.tx_type();
        if !matches!(tx_type, TxType::Legacy | TxType::Eip2930 | TxType::Eip1559) {
            return Err(bad(&format_args!("type {} is not taken", u8::from(tx_type))));
        }
        match envelope.chain_id() {
            Some(given) if given == chain_id => {}
            Some(given) => return Err(LedgerError::WrongChain { given, expected: chain_id }),
            None => return Err(bad(&"it names no chain (EIP-155)")),
        }
        let from = envelope.recover_signer().map_err(|e| bad(&e))?;
        Ok(Self {
            raw: Raw { signed: true, bytes: Bytes::copy_from_slice(raw) },
            hash: *envelope.tx_hash(),
            from,
            nonce: envelope.nonce(),
            to: envelope.kind(),
            value: envelope.value(),
            input: envelope.input().clone(),
            gas_limit: envelope.gas_limit(),
            max_fee: envelope.max_fee_per_gas(),
            priority_fee: envelope.max_priority_fee_per_gas(),
            tx_type,
            access_list: envelope.access_list().cloned().unwrap_or_default(),
        })
    }

    /// A call as `from` would make it, without a signature and without fees.
    pub(crate) fn acted(call: &Call, nonce: u64, chain_id: u64, gas_limit: u64) -> Self {
        Self::from_acted(Acted {
            chain_id,
            from: call.from,
            nonce,
            to: call.to.map_or(TxKind::Create, TxKind::Call),
            value: call.value,
            input: call.input.clone(),
            gas_limit: call.gas_limit.unwrap_or(gas_limit),
        })
    }

    /// Reads what was recorded.
    pub(crate) fn recorded(raw: &Raw, chain_id: u64) -> Result<Self, LedgerError> {
        if raw.signed {
            return Self::signed(&raw.bytes, chain_id);
        }
        let acted = Acted::decode(&mut raw.bytes.as_ref())
            .map_err(|e| LedgerError::BadTransaction(e.to_string()))?;
        Ok(Self::from_acted(acted))
    }

    fn from_acted(acted: Acted) -> Self {
        let mut bytes = Vec::new();
        acted.encode(&mut bytes);
        // No signed transaction begins with this byte, so the hashes cannot meet.
        let hash = keccak256([&[0xff], bytes.as_slice()].concat());
        let Acted { from, nonce, to, value, input, gas_limit, .. } = acted;
        Self {
            raw: Raw { signed: false, bytes: bytes.into() },
            hash,
            from,
            nonce,
            to,
            value,
            input,
            gas_limit,
            max_fee: 0,
            priority_fee: None,
            tx_type: TxType::Legacy,
            access_list: AccessList::default(),
        }
    }

    /// Whether somebody signed it, and therefore pays.
    pub(crate) const fn is_signed(&self) -> bool {
        self.raw.signed
    }

    /// The price of gas that its sender pays.
    pub(crate) fn gas_price(&self, base_fee: u64) -> u128 {
        let Some(tip) = self.priority_fee else { return self.max_fee };
        self.max_fee.min(u128::from(base_fee).saturating_add(tip))
    }

    /// Value and largest fee together.
    pub(crate) fn largest_cost(&self) -> U256 {
        let fee = U256::from(self.gas_limit).saturating_mul(U256::from(self.max_fee));
        fee.saturating_add(self.value)
    }

    pub(crate) fn env(&self, chain_id: u64) -> TxEnv {
        TxEnv {
            tx_type: self.tx_type.into(),
            caller: self.from,
            gas_limit: self.gas_limit,
            gas_price: self.max_fee,
            kind: self.to,
            value: self.value,
            data: self.input.clone(),
            nonce: self.nonce,
            chain_id: Some(chain_id),
            access_list: self.access_list.clone(),
            gas_priority_fee: self.priority_fee,
            ..TxEnv::default()
        }
    }

    pub(crate) fn public(&self, block: Option<u64>) -> Transaction {
        Transaction {
            hash: self.hash,
            from: self.from,
            to: self.to.to().copied(),
            nonce: self.nonce,
            value: self.value,
            input: self.input.clone(),
            gas_limit: self.gas_limit,
            block,
        }
    }
}
