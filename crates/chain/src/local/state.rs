//! Accounts and storage, with the record of what each change replaced.

use std::convert::Infallible;

use alloy::primitives::map::{AddressMap, B256Map, HashMap};
use alloy::primitives::{Address, B256, Bytes, KECCAK256_EMPTY, Keccak256, U256};
use alloy_rlp::{RlpDecodable, RlpEncodable};
use revm::Database;
use revm::bytecode::Bytecode;
use revm::state::{Account as EvmAccount, AccountInfo};

/// An account without its storage. One that is empty does not exist (EIP-161), so no option is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Basic {
    pub(super) balance: U256,
    pub(super) nonce: u64,
    pub(super) code_hash: B256,
}

impl Basic {
    pub(super) const EMPTY: Self =
        Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK256_EMPTY };

    fn info(self) -> Option<AccountInfo> {
        (self != Self::EMPTY).then(|| AccountInfo {
            balance: self.balance,
            nonce: self.nonce,
            code_hash: self.code_hash,
            code: None,
            ..AccountInfo::default()
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) basic: Basic,
    pub(super) storage: HashMap<U256, U256>,
}

/// The account that was there before a change.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct AccountWas {
    address: Address,
    basic: Basic,
}

/// The storage value that was there before a change.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct SlotWas {
    address: Address,
    slot: U256,
    value: U256,
}

/// Everything that one unit of history replaced, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Undo {
    accounts: Vec<AccountWas>,
    slots: Vec<SlotWas>,
    digest: B256,
}

/// The present state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) accounts: AddressMap<Account>,
    /// Code is kept for ever: it is found by its hash and may be shared.
    pub(super) codes: B256Map<Bytecode>,
    /// Hashes of all blocks, which `BLOCKHASH` reads.
    pub(super) hashes: Vec<B256>,
    /// Binds every change since the beginning, in order.
    pub(super) digest: B256,
}

impl State {
    pub(super) fn account(&self, address: Address) -> Basic {
        self.accounts.get(&address).map_or(Basic::EMPTY, |a| a.basic)
    }

    pub(super) fn slot(&self, address: Address, slot: U256) -> U256 {
        let account = self.accounts.get(&address);
        account.and_then(|a| a.storage.get(&slot)).copied().unwrap_or_default()
    }

    pub(super) fn code(&self, address: Address) -> Bytes {
        let code = self.codes.get(&self.account(address).code_hash);
        code.map(Bytecode::original_bytes).unwrap_or_default()
    }

    /// Begins a unit of history.
    pub(super) fn begin(&self) -> Undo {
        Undo { digest: self.digest, ..Undo::default() }
    }

    /// Takes over what an execution changed, and notes in `undo` what was there before.
    pub(super) fn commit(&mut self, changes: AddressMap<EvmAccount>, undo: &mut Undo) {
        let mut touched: Vec<_> = changes.into_iter().filter(|(_, a)| a.is_touched()).collect();
        touched.sort_unstable_by_key(|(address, _)| *address);
        let mut digest = Keccak256::new();
        digest.update(self.digest);
        for (address, account) in touched {
            // Since Cancun only a contract made in the same transaction can be destroyed: it has no storage here.
            let basic = if account.is_selfdestructed() {
                Basic::EMPTY
            } else {
                self.keep_code(&account.info);
                basic_of(&account.info)
            };
            self.set_basic(address, basic, undo);
            hash_basic(&mut digest, address, basic);
            let mut slots: Vec<_> = account.changed_storage_slots().collect();
            slots.sort_unstable_by_key(|(slot, _)| **slot);
            for (slot, value) in slots {
                if basic != Basic::EMPTY {
                    self.set_slot(address, *slot, value.present_value(), undo);
                    digest.update(slot.to_be_bytes::<32>());
                    digest.update(value.present_value().to_be_bytes::<32>());
                }
            }
        }
        self.digest = digest.finalize();
    }

    /// Sets what `address` owns.
    pub(super) fn set_balance(&mut self, address: Address, balance: U256, undo: &mut Undo) {
        let basic = Basic { balance, ..self.account(address) };
        self.set_basic(address, basic, undo);
        let mut digest = Keccak256::new();
        digest.update(self.digest);
        hash_basic(&mut digest, address, basic);
        self.digest = digest.finalize();
    }

    /// Puts back what a unit of history replaced.
    pub(super) fn undo(&mut self, undo: &Undo) {
        for was in undo.accounts.iter().rev() {
            self.put_basic(was.address, was.basic);
        }
        for was in undo.slots.iter().rev() {
            self.put_slot(was.address, was.slot, was.value);
        }
        self.digest = undo.digest;
    }

    fn keep_code(&mut self, info: &AccountInfo) {
        if let Some(code) = &info.code
            && info.code_hash != KECCAK256_EMPTY
        {
            self.codes.entry(info.code_hash).or_insert_with(|| code.clone());
        }
    }

    fn set_basic(&mut self, address: Address, basic: Basic, undo: &mut Undo) {
        let was = self.account(address);
        if was != basic {
            undo.accounts.push(AccountWas { address, basic: was });
            self.put_basic(address, basic);
        }
    }

    fn set_slot(&mut self, address: Address, slot: U256, value: U256, undo: &mut Undo) {
        undo.slots.push(SlotWas { address, slot, value: self.slot(address, slot) });
        self.put_slot(address, slot, value);
    }

    fn put_basic(&mut self, address: Address, basic: Basic) {
        if basic == Basic::EMPTY {
            self.accounts.remove(&address);
            return;
        }
        let empty = || Account { basic, storage: HashMap::default() };
        self.accounts.entry(address).or_insert_with(empty).basic = basic;
    }

    fn put_slot(&mut self, address: Address, slot: U256, value: U256) {
        let Some(account) = self.accounts.get_mut(&address) else { return };
        if value.is_zero() {
            account.storage.remove(&slot);
        } else {
            account.storage.insert(slot, value);
        }
    }
}

fn basic_of(info: &AccountInfo) -> Basic {
    if info.is_empty() {
        return Basic::EMPTY;
    }
    Basic { balance: info.balance, nonce: info.nonce, code_hash: info.code_hash }
}

fn hash_basic(digest: &mut Keccak256, address: Address, basic: Basic) {
    digest.update(address);
    digest.update(basic.balance.to_be_bytes::<32>());
    digest.update(basic.nonce.to_be_bytes());
    digest.update(basic.code_hash);
}

impl Database for State {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(Self::account(self, address).info())
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.codes.get(&hash).cloned().unwrap_or_default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(usize::try_from(number)
            .ok()
            .and_then(|n| self.hashes.get(n))
            .copied()
            .unwrap_or_default())
    }
}

/// The state as it was before the newest units of history.
pub(super) struct Past<'a> {
    state: &'a State,
    accounts: AddressMap<Basic>,
    slots: HashMap<(Address, U256), U256>,
}

impl<'a> Past<'a> {
    /// Looks behind `units`, which run from the newest to the oldest.
    pub(super) fn new(state: &'a State, units: impl Iterator<Item = &'a Undo>) -> Self {
        let (mut accounts, mut slots) = (AddressMap::default(), HashMap::default());
        for undo in units {
            for was in undo.accounts.iter().rev() {
                accounts.insert(was.address, was.basic);
            }
            for was in undo.slots.iter().rev() {
                slots.insert((was.address, was.slot), was.value);
            }
        }
        Self { state, accounts, slots }
    }

    pub(super) fn account(&self, address: Address) -> Basic {
        self.accounts.get(&address).copied().unwrap_or_else(|| self.state.account(address))
    }
}

impl Database for Past<'_> {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(Self::account(self, address).info())
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.state.codes.get(&hash).cloned().unwrap_or_default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self
            .slots
            .get(&(address, slot))
            .copied()
            .unwrap_or_else(|| self.state.slot(address, slot)))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(usize::try_from(number)
            .ok()
            .and_then(|n| self.state.hashes.get(n))
            .copied()
            .unwrap_or_default())
    }
}
