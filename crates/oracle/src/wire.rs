//! A signed report as JSON, the form in which it travels to agents.

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U40};
use serde::{Deserialize, Serialize};

use crate::{OracleError, Report, Result, SignedReport};

/// Largest JSON text that is read.
const MAX_TEXT: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    subject: B256,
    sequence: u32,
    signer_set: u32,
    signer_version: u32,
    schema_hash: B256,
    market: Address,
    issued_at: u64,
    expires_at: u64,
    payload: Bytes,
    signers: U256,
    signatures: Bytes,
}

impl SignedReport {
    /// The report as one JSON object.
    pub fn to_json(&self) -> String {
        let report = &self.report;
        let wire = Wire {
            subject: report.subject,
            sequence: report.sequence,
            signer_set: report.signerSet,
            signer_version: report.signerVersion,
            schema_hash: report.schemaHash,
            market: report.market,
            issued_at: report.issuedAt.to(),
            expires_at: report.expiresAt.to(),
            payload: report.payload.clone(),
            signers: self.signers,
            signatures: self.signatures.clone(),
        };
        serde_json::to_string_pretty(&wire).expect("numbers, strings and bytes only")
    }

    /// Reads what [`Self::to_json`] writes; nothing more, nothing less.
    pub fn from_json(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT {
            return Err(malformed(format!("{} bytes, at most {MAX_TEXT} read", text.len())));
        }
        let wire: Wire = serde_json::from_str(text).map_err(|e| malformed(e.to_string()))?;
        Ok(Self {
            report: Report {
                subject: wire.subject,
                sequence: wire.sequence,
                signerSet: wire.signer_set,
                signerVersion: wire.signer_version,
                schemaHash: wire.schema_hash,
                market: wire.market,
                issuedAt: seconds("issuedAt", wire.issued_at)?,
                expiresAt: seconds("expiresAt", wire.expires_at)?,
                payload: wire.payload,
            },
            signers: wire.signers,
            signatures: wire.signatures,
        })
    }
}

fn seconds(name: &str, value: u64) -> Result<U40> {
    if value >> 40 == 0 {
        Ok(U40::from(value))
    } else {
        Err(malformed(format!("{name} is {value}, at most {} allowed", (1_u64 << 40) - 1)))
    }
}

const fn malformed(reason: String) -> OracleError {
    OracleError::Malformed { reason }
}
