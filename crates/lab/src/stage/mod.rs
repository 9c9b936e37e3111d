//! A deployed economy on an in-process chain, and the people in it.
//!
//! Everybody but the agent acts by impersonation: whether a borrower's signature is valid is not what a world is about. The agent is the
//! production agent with its own key; the attestors sign for real.

mod applications;
mod attestors;
mod decide;
mod people;
mod records;

pub use attestors::{Lie, Signers};
pub use people::{Drawn, Keeper, address_of, keeper, supplier};

use alloy::primitives::{Address, U256, keccak256};
use alloy::sol_types::SolCall;
use mandate_chain::{Acted, Call, Config, FeePolicy, Ledger, LedgerExt, Local, Revert, Signer};
use mandate_contracts::{LabToken, LendingMarket};
use mandate_deploy::{Deployer, Foundation, Plan, Unkept, Wanted};
use mandate_model::Model;
use mandate_oracle::Domain;

use crate::LabError;
use crate::deploy::{Addresses, Assets, Deployment, Design};

/// A running economy.
#[derive(Debug)]
pub struct Stage {
    /// The chain.
    pub chain: Local,
    /// What stands on it.
    pub deployment: Deployment,
    /// The attestors of reports and prices.
    pub signers: Signers,
    /// The agent's key: for simulations everybody may know it.
    pub agent: Signer,
    /// The governor's key.
    pub governor: Signer,
    /// Time at which the market started to run.
    pub genesis: u64,
    /// Seconds after the due date before a default.
    pub grace: u64,
    /// Length of a feature epoch, in seconds.
    pub averaging: u32,
    /// Decisions that wait for their window.
    pub waiting: Vec<mandate_contracts::i_kernel::IKernel::Record>,
}

/// A key of nobody, from its name.
pub fn key(name: &str) -> Signer {
    let bytes = keccak256(["a key that everybody may know: ", name].concat());
    Signer::from_bytes(&bytes).expect("a hash below the curve's order")
}

/// An address of nobody, from its name.
pub fn account(name: &str, index: u32) -> Address {
    Address::from_word(keccak256(format!("{name} {index}")))
}

impl Stage {
    /// Deploys a design with its two models and waits until it is in force.
    pub async fn open(
        chain: Local,
        design: &Design,
        rate: Model,
        default: Model,
    ) -> Result<Self, LabError> {
        let (governor, guardian, agent) = (key("governor"), key("guardian"), key("agent"));
        for who in [&governor, &guardian, &agent] {
            chain.fund(who.address(), U256::from(10).pow(U256::from(24)))?;
        }
        let wanted = Wanted {
            design: design.clone(),
            guardian: guardian.address(),
            agents: vec![agent.address()],
            signers: signers(design)?.sets()?,
            tokens: None,
            rate,
            terms: default,
        };
        let deployment = deploy(&chain, &governor, &wanted).await?;
        let genesis = chain.mine()?.time;
        Self::resume(chain, deployment, design, genesis)
    }

    /// The same economy on a chain that holds it already; `genesis` is when its market started to run.
    pub fn resume(
        chain: Local,
        deployment: Deployment,
        design: &Design,
        genesis: u64,
    ) -> Result<Self, LabError> {
        let mut signers = signers(design)?;
        signers.settle(&deployment);
        Ok(Self {
            chain,
            deployment,
            signers,
            agent: key("agent"),
            governor: key("governor"),
            genesis,
            grace: design.market.grace.value.into(),
            averaging: design.market.averaging.value,
            waiting: Vec::new(),
        })
    }

    /// The contracts.
    pub const fn at(&self) -> &Addresses {
        &self.deployment.at
    }

    /// The tokens.
    pub const fn assets(&self) -> &Assets {
        &self.deployment.assets
    }

    /// `who` calls `to`; a refusal is a result.
    pub fn act<C: SolCall>(
        &mut self,
        who: Address,
        to: Address,
        call: &C,
    ) -> Result<Result<Acted, Revert>, LabError> {
        let acted = self.chain.transact_as(&Call::of(to, call).from(who))?;
        Ok(match &acted.receipt.failure {
            None => Ok(acted),
            Some(refused) => Err(refused.clone()),
        })
    }

    /// `who` calls `to`; a refusal is an error.
    pub fn must<C: SolCall>(
        &mut self,
        who: Address,
        to: Address,
        call: &C,
    ) -> Result<Acted, LabError> {
        self.act(who, to, call)?
            .map_err(|refused| LabError::Failed { why: format!("{}: {refused}", C::SIGNATURE) })
    }

    /// Reads any contract.
    pub async fn query<C: SolCall + Sync>(
        &self,
        to: Address,
        call: &C,
    ) -> Result<C::Return, LabError> {
        Ok(self.chain.query(to, call).await?)
    }

    /// Reads the market.
    pub async fn read<C: SolCall + Sync>(&self, call: &C) -> Result<C::Return, LabError> {
        Ok(self.chain.query(self.at().market, call).await?)
    }

    /// Gives `who` tokens out of nothing, and lets the market take them.
    pub fn endow(&mut self, token: Address, who: Address, amount: U256) -> Result<(), LabError> {
        let (owner, market) = (self.governor.address(), self.at().market);
        self.must(owner, token, &LabToken::mintCall { to: who, amount })?;
        self.must(who, token, &LabToken::approveCall { spender: market, amount })?;
        Ok(())
    }

    /// Moves the clock to `time` seconds after genesis, if it is not there yet, with an empty block so that everybody sees it.
    pub async fn until(&self, time: u64) -> Result<(), LabError> {
        let head = self.chain.head().await?.time;
        self.chain.set_time((self.genesis + time).max(head + 1))?;
        self.chain.mine()?;
        Ok(())
    }

    /// Gas of everything since genesis, whoever sent it.
    pub async fn gas_used(&self) -> Result<u64, LabError> {
        let mut gas = 0;
        for number in (0..=self.chain.head().await?.number).rev() {
            match self.chain.block(number).await? {
                Some(block) if block.time >= self.genesis => gas += block.gas_used,
                _ => break,
            }
        }
        Ok(gas)
    }

    /// What the market owes suppliers now.
    pub async fn total_assets(&self) -> Result<U256, LabError> {
        self.read(&LendingMarket::totalAssetsCall {}).await
    }
}

/// The attestors, before their contract has an address.
fn signers(design: &Design) -> Result<Signers, LabError> {
    let domain = Domain { chain_id: Config::default().chain_id, attestors: Address::ZERO };
    Signers::new(domain, design)
}

/// Both stages of a deployment: what governance waits for comes at once.
async fn deploy(chain: &Local, governor: &Signer, wanted: &Wanted) -> Result<Deployment, LabError> {
    let on = Foundation::now(chain, governor.address()).await?;
    let plan = Plan::new(wanted, &on)?;
    let fees = FeePolicy::default();
    let deployer = Deployer { ledger: chain, signer: governor, plan: &plan, fees };
    let mut deployment = Deployment::new(&on, &plan);
    deployer.advance(&mut deployment, &mut Unkept).await?;
    chain.set_time(deployment.ripe_at.expect("everything is announced"))?;
    chain.mine()?;
    deployer.advance(&mut deployment, &mut Unkept).await?;
    Ok(deployment)
}
