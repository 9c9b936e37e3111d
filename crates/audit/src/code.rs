//! Mandates and programs as contract code.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, keccak256};

use crate::finding::Fault;

/// Every code that the records name, by address.
pub(crate) type Codes = BTreeMap<Address, Bytes>;

/// The bytes behind a mandate's leading zero byte.
pub(crate) fn mandate(codes: &Codes, at: Address) -> Result<&[u8], Fault> {
    match codes.get(&at).map(|code| code.split_first()) {
        Some(Some((0, bytes))) => Ok(bytes),
        _ => Err(Fault::BadCode(at)),
    }
}

/// A program's bytes, from its root and the chunks that the root names; each must stand where the store derives it to be.
pub(crate) fn program(codes: &Codes, root: Address, store: Address) -> Result<Vec<u8>, Fault> {
    let (chunks, first) = parts(codes, root, store)?;
    let mut bytes = first.to_vec();
    for chunk in chunks {
        bytes.extend_from_slice(content(derived(codes, chunk, store)?));
    }
    Ok(bytes)
}

/// What a chunk adds to a program: forests, of which the first byte is a depth, or rows behind one more zero byte.
const fn content(code: &[u8]) -> &[u8] {
    match code {
        [0, 0, rows @ ..] => rows,
        [0, forests @ ..] => forests,
        _ => &[],
    }
}

/// The chunks that a root's code names, whether or not the code is right.
pub(crate) fn chunks(code: &[u8]) -> Vec<Address> {
    split(code).map_or_else(Vec::new, |(chunks, _)| chunks)
}

fn parts(codes: &Codes, root: Address, store: Address) -> Result<(Vec<Address>, &[u8]), Fault> {
    let code = derived(codes, root, store)?;
    split(code).ok_or(Fault::BadCode(root))
}

/// Root: how many chunks 16 | their addresses | the program's beginning.
fn split(code: &[u8]) -> Option<(Vec<Address>, &[u8])> {
    let (count, rest) = code.split_first_chunk::<2>()?;
    let length = 20 * usize::from(u16::from_be_bytes(*count));
    let (addresses, first) = rest.split_at_checked(length)?;
    Some((addresses.chunks_exact(20).map(Address::from_slice).collect(), first))
}

/// Code that must stand where `CREATE2` with salt zero puts it, as `ModelStore._deploy` does.
fn derived(codes: &Codes, at: Address, store: Address) -> Result<&[u8], Fault> {
    let code = codes.get(&at).ok_or(Fault::BadCode(at))?;
    let length = u16::try_from(code.len()).map_err(|_| Fault::BadCode(at))?;
    let mut init = vec![0x61];
    init.extend_from_slice(&length.to_be_bytes());
    init.extend_from_slice(&[0x80, 0x60, 0x0a, 0x3d, 0x39, 0x3d, 0xf3]);
    init.extend_from_slice(code);
    let recomputed = store.create2(B256::ZERO, keccak256(init));
    if recomputed == at { Ok(code) } else { Err(Fault::WrongCode { recorded: at, recomputed }) }
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn a_chunk_of_rows_has_one_more_zero_byte_than_a_chunk_of_forests() {
        assert_eq!(content(&[0, 4, 0, 1]), [4, 0, 1]);
        assert_eq!(content(&[0, 0, 0, 9]), [0, 9]);
        assert_eq!(content(&[1, 0]), [0_u8; 0]);
        assert_eq!(content(&[]), [0_u8; 0]);
    }
}
