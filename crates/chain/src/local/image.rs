//! Everything a chain holds, as bytes and back.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::{RlpDecodable, RlpEncodable};
use revm::bytecode::Bytecode;

use super::Config;
use super::chain::{Chain, Logged, Mined, Unit};
use super::state::{Account, Basic, State};
use crate::Block;

/// A chain at rest. What can be derived (indices, block hashes) is left out.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Image {
    blocks: Vec<Block>,
    mined: Vec<Mined>,
    logs: Vec<Logged>,
    units: Vec<Unit>,
    height: u64,
    accounts: Vec<AccountImage>,
    codes: Vec<Bytes>,
    digest: B256,
}

#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
struct AccountImage {
    address: Address,
    basic: Basic,
    storage: Vec<SlotImage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, RlpEncodable, RlpDecodable)]
struct SlotImage {
    slot: U256,
    value: U256,
}

impl Image {
    /// The same chain gives the same image, whatever order its maps have.
    pub(super) fn of(chain: &Chain) -> Self {
        let mut accounts: Vec<_> = chain.state.accounts.iter().map(AccountImage::of).collect();
        accounts.sort_unstable_by_key(|account| account.address);
        let mut codes: Vec<_> = chain.state.codes.values().map(Bytecode::original_bytes).collect();
        codes.sort_unstable();
        Self {
            blocks: chain.blocks.clone(),
            mined: chain.mined.clone(),
            logs: chain.logs.clone(),
            units: chain.units.iter().cloned().collect(),
            height: chain.height,
            accounts,
            codes,
            digest: chain.state.digest,
        }
    }

    pub(super) fn into_chain(self, config: Config) -> Chain {
        let index = self.mined.iter().enumerate().map(|(place, mined)| (mined.hash, place));
        let codes = self.codes.into_iter().map(|code| (keccak256(&code), Bytecode::new_raw(code)));
        let state = State {
            accounts: self.accounts.into_iter().map(AccountImage::into_account).collect(),
            codes: codes.collect(),
            hashes: self.blocks.iter().map(|block| block.hash).collect(),
            digest: self.digest,
        };
        Chain {
            config,
            state,
            index: index.collect(),
            blocks: self.blocks,
            mined: self.mined,
            logs: self.logs,
            units: self.units.into(),
            height: self.height,
        }
    }
}

impl AccountImage {
    fn of((address, account): (&Address, &Account)) -> Self {
        let slots =
            account.storage.iter().map(|(slot, value)| SlotImage { slot: *slot, value: *value });
        let mut storage: Vec<_> = slots.collect();
        storage.sort_unstable();
        Self { address: *address, basic: account.basic, storage }
    }

    fn into_account(self) -> (Address, Account) {
        let storage = self.storage.into_iter().map(|s| (s.slot, s.value)).collect();
        (self.address, Account { basic: self.basic, storage })
    }
}
