//! Keystore files: what one may ask of this machine before a key is known.
//!
//! Whoever writes such a file chooses how much memory and time opening it takes, and lengths on which a decryptor relies. All that is
//! checked first; nothing of what stands in the file is repeated in an error but its costs.

use std::path::Path;

use alloy::primitives::{Address, hex};
use alloy::signers::local::PrivateKeySigner;
use serde_json::Value;

use crate::KeyError;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 16;
/// Most memory that scrypt may take, in bytes: what `geth` takes.
const MOST_MEMORY: u64 = 1 << 28;
/// Most work that scrypt may do, as n·r·p: eight times what `geth` does.
const MOST_WORK: u64 = 1 << 24;
/// Most rounds of PBKDF2: forty times the usual number.
const MOST_ROUNDS: u64 = 10_000_000;

/// The key in the file at `path`.
pub(crate) fn open(path: &Path, password: &str) -> Result<PrivateKeySigner, KeyError> {
    let fail = |detail: String| KeyError::Keystore { path: path.display().to_string(), detail };
    let bytes = mandate_disk::read_file(path, LARGEST).map_err(|e| fail(e.to_string()))?;
    let named = check(&bytes).map_err(fail)?;
    let key = PrivateKeySigner::decrypt_keystore(path, password)
        .map_err(|_| fail("the password is wrong, or the file was changed".into()))?;
    match named {
        Some(named) if named != key.address() => {
            Err(fail(format!("it is said to be of {named}, the key in it is {}'s", key.address())))
        }
        _ => Ok(key),
    }
}

/// Checks everything that decrypting takes for granted; the address that the file names, if it does.
fn check(bytes: &[u8]) -> Result<Option<Address>, String> {
    let file: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON")?;
    let crypto = &file["crypto"];
    if !crypto.is_object() {
        return Err("it is not a keystore: it has no `crypto`".into());
    }
    if file["version"] != 3 {
        return Err("it is not a keystore of version 3".into());
    }
    if crypto["cipher"] != "aes-128-ctr" {
        return Err("its cipher is unknown, known is aes-128-ctr".into());
    }
    let parts = [(&crypto["cipherparams"]["iv"], "iv", 16), (&crypto["mac"], "mac", 32)];
    for (value, name, length) in
        parts.into_iter().chain([(&crypto["ciphertext"], "ciphertext", 32)])
    {
        if octets(value) != Some(length) {
            return Err(format!("its {name} is not {length} bytes in hexadecimal"));
        }
    }
    costs(&crypto["kdf"], &crypto["kdfparams"])?;
    match &file["address"] {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| "its address is none".into()),
        _ => Err("its address is none".into()),
    }
}

fn costs(kdf: &Value, given: &Value) -> Result<(), String> {
    let number = |name: &str| given[name].as_u64().filter(|n| *n > 0 && *n <= u32::MAX.into());
    let wanted = |name: &'static str| number(name).ok_or(format!("its kdf's {name} is no count"));
    if number("dklen") != Some(32) {
        return Err("its kdf's dklen is not 32".into());
    }
    if octets(&given["salt"]).is_none() {
        return Err("its kdf's salt is not in hexadecimal".into());
    }
    let at_most = |what: &str, given: u64, most: u64| match given > most {
        true => Err(format!("its kdf takes {given} {what}, at most {most} allowed")),
        false => Ok(()),
    };
    match kdf.as_str() {
        // With a `c` a decryptor may take it for the other one.
        Some("scrypt") if given.get("c").is_none() => {
            let (n, r, p) = (wanted("n")?, wanted("r")?, wanted("p")?);
            if n < 2 || !n.is_power_of_two() {
                return Err("its kdf's n is not a power of two".into());
            }
            at_most("bytes", n.saturating_mul(r).saturating_mul(128), MOST_MEMORY)?;
            at_most("blocks (n·r·p)", n.saturating_mul(r).saturating_mul(p), MOST_WORK)
        }
        Some("pbkdf2") if given["prf"] == "hmac-sha256" => {
            at_most("rounds", wanted("c")?, MOST_ROUNDS)
        }
        _ => Err("its kdf is unknown, known are scrypt and pbkdf2 with hmac-sha256".into()),
    }
}

/// Length of a value in hexadecimal, in bytes.
fn octets(value: &Value) -> Option<usize> {
    hex::decode(value.as_str()?).ok().map(|bytes| bytes.len())
}
