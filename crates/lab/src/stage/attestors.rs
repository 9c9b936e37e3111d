//! Who attests: five signers of reports and five of prices, and how some of them may lie.

use alloy::primitives::{Address, U256};
use mandate_contracts::PriceOracle;
use mandate_contracts::price_oracle::PriceOracle::Observation as Observed;
use mandate_oracle::{
    Attestor, Domain, Observation, PriceRound, Report, SignedReport, SignerSet, gather_report,
    gather_round,
};

use crate::LabError;
use crate::deploy::{CREDIT_SET, Deployment, Design, PRICE_SET};

/// What a liar says instead of the price: a factor in millionths, and how many lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lie {
    /// The price told, as millionths of the true one.
    pub factor_ppm: u64,
    /// How many attestors tell it.
    pub liars: usize,
}

/// Both signer sets with their keys.
#[derive(Debug)]
pub struct Signers {
    domain: Domain,
    oracle: Address,
    reports: Vec<Attestor>,
    prices: Vec<Attestor>,
    /// How many of each must sign.
    quorums: [usize; 2],
    round: u64,
}

impl Signers {
    /// As many attestors as the design has, before their contract has an address.
    pub fn new(domain: Domain, design: &Design) -> Result<Self, LabError> {
        let (credit, price) = (&design.credit_signers, &design.price_signers);
        Ok(Self {
            domain,
            oracle: Address::ZERO,
            reports: attestors("report attestor", credit.members.value)?,
            prices: attestors("price attestor", price.members.value)?,
            quorums: [credit.quorum.value as usize, price.quorum.value as usize],
            round: 0,
        })
    }

    /// How many attest prices.
    pub const fn price_attestors(&self) -> usize {
        self.prices.len()
    }

    /// Tells them where their statements count.
    pub fn settle(&mut self, deployment: &Deployment) {
        self.domain = Domain { chain_id: deployment.chain_id, attestors: deployment.at.attestors };
        self.oracle = deployment.at.price_oracle;
    }

    /// The next round follows this one, as on a chain that was there before.
    pub fn go_on_after(&mut self, round: u64) {
        self.round = round;
    }

    /// Both sets at version 1.
    pub fn sets(&self) -> Result<[SignerSet; 2], LabError> {
        Ok([self.credit()?, self.price()?])
    }

    fn credit(&self) -> Result<SignerSet, LabError> {
        set(CREDIT_SET, &self.reports, self.quorums[0])
    }

    fn price(&self) -> Result<SignerSet, LabError> {
        set(PRICE_SET, &self.prices, self.quorums[1])
    }

    /// A report signed by a quorum.
    pub fn report(&mut self, report: Report) -> Result<SignedReport, LabError> {
        let domain = self.domain;
        let signatures = self
            .reports
            .iter_mut()
            .map(|a| a.sign_report(&domain, &report))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(gather_report(&domain, &self.credit()?, report, &signatures)?)
    }

    /// The next price round: honest attestors see the price with a small error of their own, liars say what they like.
    pub fn round(
        &mut self,
        price: U256,
        time: u64,
        lie: Option<Lie>,
    ) -> Result<PriceRound, LabError> {
        self.round += 1;
        let (domain, oracle, round) = (self.domain, self.oracle, self.round);
        let version = 1;
        let honest = self.prices.len() - lie.map_or(0, |l| l.liars.min(self.prices.len()));
        let mut given = Vec::with_capacity(self.prices.len());
        for (i, attestor) in self.prices.iter_mut().enumerate() {
            let told = lie.filter(|_| i >= honest).map_or(seen(i, round), |l| l.factor_ppm);
            let observation = Observation {
                oracle,
                signerSet: PRICE_SET,
                signerVersion: version,
                round,
                observedAt: time.try_into().expect("a time of this age"),
                price: price * U256::from(told) / U256::from(1_000_000),
            };
            let signature = attestor.sign_observation(&domain, &observation)?;
            given.push((observation, signature));
        }
        Ok(gather_round(&domain, &self.price()?, round, &given)?)
    }
}

/// What an honest attestor sees, in millionths of the price: at most 300 off, never the same twice.
const fn seen(attestor: usize, round: u64) -> u64 {
    1_000_000 - 300 + (round * 7919 + attestor as u64 * 104_729) % 601
}

fn attestors(name: &str, count: u64) -> Result<Vec<Attestor>, LabError> {
    let mut all = (0..count)
        .map(|i| {
            let secret =
                alloy::primitives::keccak256(format!("a key that everybody may know: {name} {i}"));
            Attestor::from_bytes(&secret)
        })
        .collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(Attestor::address);
    Ok(all)
}

fn set(id: u32, attestors: &[Attestor], quorum: usize) -> Result<SignerSet, LabError> {
    let signers = attestors.iter().map(Attestor::address).collect();
    Ok(SignerSet::new(id, 1, signers, quorum)?)
}

/// A round as the oracle's contract takes it.
pub(super) fn close(round: PriceRound) -> PriceOracle::closeCall {
    PriceOracle::closeCall {
        id: round.round,
        observations: round
            .observations
            .into_iter()
            .map(|o| Observed {
                oracle: o.oracle,
                signerSet: o.signerSet,
                signerVersion: o.signerVersion,
                round: o.round,
                observedAt: o.observedAt,
                price: o.price,
            })
            .collect(),
        signers: round.signers,
        signatures: round.signatures,
    }
}
