//! What borrowers, suppliers and keepers do. Whether it works is for the contracts to say.

use alloy::primitives::{Address, U256};
use mandate_chain::Revert;
use mandate_contracts::LendingMarket;

use super::attestors::{Lie, close};
use super::{Stage, account};
use crate::LabError;
use crate::world::Borrower;

/// Nearly for ever.
const ALL: U256 = U256::MAX;

/// The address of a borrower.
pub fn address_of(borrower: &Borrower) -> Address {
    account("borrower", borrower.index)
}

/// The address of the suppliers.
pub fn supplier() -> Address {
    account("supplier", 0)
}

/// The address of whoever liquidates and declares defaults.
pub fn keeper() -> Address {
    account("keeper", 0)
}

/// A loan that a borrower has drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Amount, in smallest units.
    pub amount: u64,
    /// When it falls due, in seconds since 1970.
    pub due: u64,
}

/// What a keeper did to a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// Nothing: it is neither late nor unhealthy.
    Nothing,
    /// The loan was unhealthy.
    Liquidated,
    /// The loan was past due and grace.
    Defaulted,
}

impl Stage {
    /// Attestors observe a price and a round is closed; what each one said, or the refusal.
    pub fn price(
        &mut self,
        micro: u64,
        time: u64,
        lie: Option<Lie>,
    ) -> Result<Result<Vec<U256>, Revert>, LabError> {
        let price = self.assets().price(micro);
        let round = self.signers.round(price, time, lie)?;
        let said = round.observations.iter().map(|o| o.price).collect();
        let oracle = self.at().price_oracle;
        Ok(self.act(keeper(), oracle, &close(round))?.map(|_| said))
    }

    /// Suppliers add `amount`, in smallest units.
    pub fn supply(&mut self, amount: U256) -> Result<(), LabError> {
        self.endow(self.assets().loan, supplier(), amount)?;
        let call = LendingMarket::depositCall { assets: amount, to: supplier() };
        self.must(supplier(), self.at().market, &call)?;
        Ok(())
    }

    /// Suppliers withdraw up to `amount` of what is free, and the amount withdrawn.
    pub async fn withdraw(&mut self, amount: U256) -> Result<U256, LabError> {
        let free = self.read(&LendingMarket::maxWithdrawCall { owner: supplier() }).await?;
        let assets = amount.min(free);
        if assets.is_zero() {
            return Ok(assets);
        }
        let call = LendingMarket::withdrawCall { assets, to: supplier(), owner: supplier() };
        self.must(supplier(), self.at().market, &call)?;
        Ok(assets)
    }

    /// Somebody draws on their own line, come what may.
    pub fn draw_as(&mut self, who: Address, amount: U256) -> Result<Result<u64, Revert>, LabError> {
        let call = LendingMarket::drawCall { amount, greatestSpreadBps: u16::MAX, to: who };
        Ok(self.act(who, self.at().market, &call)?.map(|_| amount.to()))
    }

    /// A borrower brings collateral and draws what they want or what they are allowed, whichever is less.
    pub async fn draw(
        &mut self,
        b: &Borrower,
        price_micro: u64,
    ) -> Result<Result<Drawn, Revert>, LabError> {
        let who = address_of(b);
        let collateral = self.collateral_of(b, price_micro);
        let market = self.at().market;
        self.endow(self.assets().collateral, who, collateral)?;
        self.must(
            who,
            market,
            &LendingMarket::addCollateralCall { borrower: who, amount: collateral },
        )?;
        let wants = self.assets().loan(b.wants);
        let drawn = match self.try_draw(b, wants)? {
            Err(refused) => match allowed(&refused, wants) {
                Some(less) => self.try_draw(b, less)?,
                None => Err(refused),
            },
            drawn => drawn,
        };
        if drawn.is_err() {
            let call = LendingMarket::withdrawCollateralCall { amount: collateral, to: who };
            self.must(who, market, &call)?;
        }
        Ok(drawn)
    }

    fn try_draw(&mut self, b: &Borrower, amount: U256) -> Result<Result<Drawn, Revert>, LabError> {
        let who = address_of(b);
        let call =
            LendingMarket::drawCall { amount, greatestSpreadBps: b.accepts_bps as u16, to: who };
        Ok(self.act(who, self.at().market, &call)?.map(|acted| {
            let events = acted.receipt.logs.iter();
            let due = events
                .filter_map(|l| l.decode::<LendingMarket::Drawn>())
                .map(|d| d.due.to())
                .next();
            Drawn { amount: amount.to(), due: due.unwrap_or(u64::MAX) }
        }))
    }

    /// A borrower pays everything back and takes the collateral home.
    pub async fn repay(&mut self, b: &Borrower) -> Result<(), LabError> {
        let (who, market) = (address_of(b), self.at().market);
        let debt = self.read(&LendingMarket::debtOfCall { borrower: who }).await?;
        if debt.is_zero() {
            return Ok(());
        }
        // Interest runs on until the next block.
        self.endow(self.assets().loan, who, debt + debt / U256::from(1000))?;
        self.must(who, market, &LendingMarket::repayCall { borrower: who, amount: ALL })?;
        let held = self.read(&LendingMarket::positionCall { borrower: who }).await?.collateral;
        if held > 0 {
            let call = LendingMarket::withdrawCollateralCall { amount: U256::from(held), to: who };
            self.must(who, market, &call)?;
        }
        Ok(())
    }

    /// A keeper looks after one loan: liquidates what is unhealthy or late, declares what is in default.
    pub async fn keep(&mut self, borrower: Address) -> Result<Keeper, LabError> {
        let market = self.at().market;
        let debt = self.read(&LendingMarket::debtOfCall { borrower }).await?;
        if debt.is_zero() {
            return Ok(Keeper::Nothing);
        }
        self.endow(self.assets().loan, keeper(), debt + debt / U256::from(1000))?;
        let seize =
            LendingMarket::liquidateCall { borrower, repayUpTo: ALL, leastSeized: U256::ZERO };
        let (acted, declared) = match self.act(keeper(), market, &seize)? {
            Ok(acted) => (acted, false),
            Err(refused) if refused.name() == Some("NothingToSeize") => {
                match self.act(keeper(), market, &LendingMarket::declareDefaultCall { borrower })? {
                    Ok(acted) => (acted, true),
                    Err(_) => return Ok(Keeper::Nothing),
                }
            }
            Err(_) => return Ok(Keeper::Nothing),
        };
        let late =
            acted.receipt.logs.iter().any(|l| l.decode::<LendingMarket::Defaulted>().is_some());
        Ok(if late || declared { Keeper::Defaulted } else { Keeper::Liquidated })
    }

    fn collateral_of(&self, b: &Borrower, price_micro: u64) -> U256 {
        let worth = U256::from(b.wants) * U256::from(b.collateral_bps) * U256::from(100);
        let one = U256::from(10).pow(U256::from(self.assets().collateral_decimals));
        worth * one / U256::from(price_micro)
    }
}

/// How much a refused draw would have been allowed, if that is something: `DebtAboveLimit(debt, limit)`.
fn allowed(refused: &Revert, wanted: U256) -> Option<U256> {
    let number = |name| match refused.arg(name) {
        Some(alloy::dyn_abi::DynSolValue::Uint(v, _)) => Some(*v),
        _ => None,
    };
    let (debt, limit) = (number("debt")?, number("limit")?);
    (refused.name() == Some("DebtAboveLimit") && debt >= wanted).then_some(())?;
    let room = limit.saturating_sub(debt - wanted);
    (!room.is_zero()).then_some(room)
}
