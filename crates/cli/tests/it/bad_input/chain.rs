//! Reports, signatures and price rounds that no quorum made or nobody may use, brought to a real kernel and a real oracle.

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U40, keccak256, uint};
use mandate_chain::{Config, Ledger, Local, Revert};
use mandate_contracts::price_oracle::PriceOracle::{Observation as Observed, closeCall};
use mandate_lab::deploy::{CREDIT_SET, Design, PRICE_SET, RatePolicy};
use mandate_lab::stage::{Stage, address_of, keeper};
use mandate_lab::world::{Borrower, DAY, MONTH, PriceModel, Scenario, World};
use mandate_lab::{People, Source};
use mandate_model::{Model, pack};
use mandate_oracle::{
    Attestor, Domain, Observation, PriceRound, Report, SignedReport, SignerSet, gather_report,
    gather_round,
};

use super::page::Refusal;

/// Instead of a refusal: what should have been refused was not.
pub(super) const TAKEN: &str = "taken";

/// Order of secp256k1: `s` and `ORDER - s` sign the same.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
/// A price of the collateral, in the oracle's unit.
const PRICE: U256 = uint!(2_000_000000_000000_000000_000000_U256);

/// A deployed economy, and one applicant whose reports it has not seen.
struct Scene {
    stage: Stage,
    model: Model,
    borrower: Borrower,
    now: u64,
}

/// The tables of what is refused.
pub(super) async fn sections() -> Vec<(&'static str, Vec<Refusal>)> {
    let mut scene = Scene::open().await;
    let rounds = scene.rounds().await;
    // Of the round that was taken nobody reads before the next block.
    scene.stage.chain.mine().expect("a block");
    vec![
        ("Reports as JSON, read by the agent", scene.files()),
        ("Reports and signatures, brought to the kernel", scene.reports().await),
        ("Price rounds, brought to the oracle", rounds),
    ]
}

impl Scene {
    async fn open() -> Self {
        let people = People::gather(&Source::Generated, &mut |_| {}).expect("people");
        let scenario = Scenario { months: 1, borrowers: 10, ..Scenario::default() };
        let prices = PriceModel::default().path(5, scenario.applications_s() + 2 * MONTH);
        let world = World::generate(&scenario, &people.pool, prices, 5).expect("a world");
        let (rate, model) = (RatePolicy::demo().model().expect("a policy"), people.trained.model);
        let chain = Local::new(Config::default());
        let mut stage =
            Stage::open(chain, &Design::demo(), rate, model.clone()).await.expect("a stage");
        let deposits = stage.assets().loan(60_000);
        stage.supply(deposits).expect("deposits");
        stage.until(DAY).await.expect("time passes");
        let now = stage.chain.head().await.expect("a head").time;
        Self { stage, model, borrower: world.borrowers[0].clone(), now }
    }

    fn domain(&self) -> Domain {
        let at = &self.stage.deployment;
        Domain { chain_id: at.chain_id, attestors: at.at.attestors }
    }

    /// A report that the kernel would take.
    fn sound(&self) -> Report {
        let time = |seconds: u64| seconds.try_into().expect("a time");
        Report {
            subject: B256::from(U256::from_be_slice(address_of(&self.borrower).as_slice())),
            sequence: 1,
            signerSet: CREDIT_SET,
            signerVersion: 1,
            schemaHash: self.model.schema().hash(),
            market: self.stage.at().actuator,
            issuedAt: time(self.now),
            expiresAt: time(self.now + DAY),
            payload: Bytes::from(pack(&self.borrower.features).expect("features")),
        }
    }

    /// What the reader of report files says.
    fn files(&self) -> Vec<Refusal> {
        let good = signed(&self.domain(), self.sound()).to_json();
        let with = |from: &str, to: &str| {
            assert!(good.contains(from), "{from:?} is not in {good}");
            good.replacen(from, to, 1)
        };
        let texts = [
            ("an empty file", String::new()),
            ("the first half", good[..good.len() / 2].to_owned()),
            ("a second report after it", format!("{good}{good}")),
            ("an unknown field", with("\"sequence\"", "\"comment\": 1, \"sequence\"")),
            ("a field twice", with("\"sequence\"", "\"sequence\": 1, \"sequence\"")),
            ("a field left out", with("\"sequence\": 1,", "")),
            ("a negative sequence", with("\"sequence\": 1", "\"sequence\": -1")),
            ("a sequence above 32 bits", with("\"sequence\": 1", "\"sequence\": 4294967296")),
            ("a time above 40 bits", with("\"issuedAt\": ", "\"issuedAt\": 1000")),
            (
                "a market of three digits",
                with("\"market\": \"0x", "\"market\": \"0x123\", \"_\": \"0x"),
            ),
            ("more than 256 KiB", format!("{}{good}", " ".repeat(256 * 1024))),
        ];
        let said = |text: &str| SignedReport::from_json(text).expect_err("refused").to_string();
        texts.iter().map(|(given, text)| (*given, said(text))).collect()
    }

    async fn reports(&mut self) -> Vec<Refusal> {
        let (domain, sound) = (self.domain(), self.sound());
        let mut refusals = Vec::new();
        for (given, change) in ALTERED {
            let mut report = sound.clone();
            change(&mut report);
            refusals.push((*given, self.bring(&signed(&domain, report)).await));
        }
        let elsewhere = Domain { chain_id: 1, ..domain };
        let mut foreign = signed(&elsewhere, sound.clone());
        refusals.push(("signed for another chain", self.bring(&foreign).await));
        foreign = signed(&Domain { attestors: Address::repeat_byte(1), ..domain }, sound.clone());
        refusals.push(("signed for another contract", self.bring(&foreign).await));
        for (given, change) in FORGED {
            let mut signed = signed(&domain, sound.clone());
            change(&mut signed);
            refusals.push((*given, self.bring(&signed).await));
        }
        let sound = Report { sequence: 2, ..sound };
        self.land(&domain, sound.clone()).await;
        refusals.push(("brought a second time", self.bring(&signed(&domain, sound)).await));
        refusals
    }

    /// Brings a report that is taken, so that the refusals above are the changes' doing.
    async fn land(&mut self, domain: &Domain, sound: Report) {
        let agent = self.stage.agent.address();
        let answer = self.stage.bring(agent, &signed(domain, sound)).await.expect("it works");
        answer.unwrap_or_else(|refused| panic!("{refused}"));
    }

    async fn bring(&mut self, signed: &SignedReport) -> String {
        let agent = self.stage.agent.address();
        let answer = self.stage.bring(agent, signed).await.expect("the ledger works");
        answer.map_or_else(|refused| shown(&refused), |_| TAKEN.into())
    }

    async fn rounds(&mut self) -> Vec<Refusal> {
        let (domain, now) = (self.domain(), self.now);
        let oracle = self.stage.at().price_oracle;
        let mut refusals = Vec::new();
        for (given, change) in MISOBSERVED {
            let mut observation = observation(oracle, now);
            change(&mut observation);
            refusals.push((*given, self.close(&round(&domain, &observation))));
        }
        for (given, change) in MISGATHERED {
            let mut round = round(&domain, &observation(oracle, now));
            change(&mut round);
            refusals.push((*given, self.close(&round)));
        }
        let good = round(&domain, &observation(oracle, now));
        let taken = self.stage.act(keeper(), oracle, &call(&good)).expect("the ledger works");
        taken.unwrap_or_else(|refused| panic!("{refused}"));
        refusals.push(("brought a second time", self.close(&good)));
        refusals
    }

    fn close(&mut self, round: &PriceRound) -> String {
        let oracle = self.stage.at().price_oracle;
        let answer = self.stage.act(keeper(), oracle, &call(round)).expect("the ledger works");
        answer.map_or_else(|refused| shown(&refused), |_| TAKEN.into())
    }
}

/// What is done to something sound, by name.
type Change<T> = (&'static str, fn(&mut T));

/// Reports that a quorum signed and the kernel refuses.
const ALTERED: &[Change<Report>] = &[
    ("a report for another market", |r| r.market = Address::repeat_byte(1)),
    ("a report by another schema", |r| r.schemaHash = B256::repeat_byte(1)),
    ("a report that has expired", |r| r.expiresAt = r.issuedAt),
    ("a report from the future", |r| r.issuedAt = r.expiresAt),
    ("a report of last month", |r| r.issuedAt -= U40::from(MONTH)),
    ("a report without a sequence", |r| r.sequence = 0),
    ("features of nobody", |r| r.payload = Bytes::new()),
    ("half a feature too many", |r| r.payload = [&r.payload[..], &[0]].concat().into()),
];

/// Signatures that are none.
const FORGED: &[Change<SignedReport>] = &[
    ("a feature changed after signing", |s| {
        let mut payload = s.report.payload.to_vec();
        payload[2] ^= 1;
        s.report.payload = payload.into();
    }),
    ("another subject after signing", |s| s.report.subject = B256::with_last_byte(9)),
    ("a signer set that is not there", |s| s.report.signerSet = 77),
    ("the set's version of tomorrow", |s| s.report.signerVersion = 2),
    ("no signatures", |s| (s.signers, s.signatures) = (U256::ZERO, Bytes::new())),
    ("one signature short of the quorum", |s| {
        s.signers.set_bit(3, false);
        s.signatures = s.signatures.slice(..195);
    }),
    ("the last byte missing", |s| s.signatures = s.signatures.slice(..259)),
    ("a byte too many", |s| s.signatures = [&s.signatures[..], &[0]].concat().into()),
    ("an index beyond the set", |s| s.signers.set_bit(40, true)),
    ("one signer's signature twice", |s| {
        s.signatures = [&s.signatures[..195], &s.signatures[..65]].concat().into();
    }),
    ("signatures in another order", |s| {
        s.signatures =
            [&s.signatures[65..130], &s.signatures[..65], &s.signatures[130..]].concat().into();
    }),
    ("the malleable twin of a signature", |s| {
        let mut bytes = s.signatures.to_vec();
        let high = ORDER - U256::from_be_slice(&bytes[32..64]);
        bytes[32..64].copy_from_slice(&high.to_be_bytes::<32>());
        bytes[64] = 55 - bytes[64];
        s.signatures = bytes.into();
    }),
    ("a v of 0", |s| {
        let mut bytes = s.signatures.to_vec();
        bytes[64] -= 27;
        s.signatures = bytes.into();
    }),
    ("zeros for a signature", |s| {
        s.signatures = [&[0; 64][..], &[27], &s.signatures[65..]].concat().into();
    }),
];

/// Observations that a quorum signed and the oracle refuses.
const MISOBSERVED: &[Change<Observation>] = &[
    ("a price for another oracle", |o| o.oracle = Address::repeat_byte(1)),
    ("a price of tomorrow", |o| o.observedAt += U40::from(DAY)),
    ("a price of last week", |o| o.observedAt -= U40::from(7 * DAY)),
    ("a price of zero", |o| o.price = U256::ZERO),
    ("a price of 2^256 - 1", |o| o.price = U256::MAX),
];

/// Rounds put together wrongly.
const MISGATHERED: &[Change<PriceRound>] = &[
    ("another round's number", |r| r.round = 2),
    ("no observations", |r| {
        (r.observations, r.signers, r.signatures) = (Vec::new(), U256::ZERO, Bytes::new());
    }),
    ("an observation without its signature", |r| {
        let again = r.observations[0].clone();
        r.observations.push(again);
    }),
    ("one observation short of the quorum", |r| {
        r.observations.truncate(3);
        r.signers = U256::from(0b111);
        r.signatures = r.signatures.slice(..195);
    }),
    ("a price changed after signing", |r| r.observations[1].price += U256::ONE),
];

/// A report with the signatures of a quorum; these attestors sign whatever they are given.
fn signed(domain: &Domain, report: Report) -> SignedReport {
    let mut members = attestors("report attestor");
    let signatures: Vec<_> =
        members.iter_mut().map(|m| m.sign_report(domain, &report).expect("a key")).collect();
    // The set is what the report says: whether that is so is for the chain to find out.
    let set = set(report.signerSet, report.signerVersion, &members);
    gather_report(domain, &set, report, &signatures).expect("a quorum")
}

fn observation(oracle: Address, now: u64) -> Observation {
    Observation {
        oracle,
        signerSet: PRICE_SET,
        signerVersion: 1,
        round: 1,
        observedAt: now.try_into().expect("a time"),
        price: PRICE,
    }
}

/// A round in which everybody saw the same.
fn round(domain: &Domain, seen: &Observation) -> PriceRound {
    let mut members = attestors("price attestor");
    let given: Vec<_> = members
        .iter_mut()
        .map(|m| (seen.clone(), m.sign_observation(domain, seen).expect("a key")))
        .collect();
    gather_round(domain, &set(PRICE_SET, 1, &members), seen.round, &given).expect("a quorum")
}

/// The lab's attestors, without a memory of what they have signed.
fn attestors(name: &str) -> Vec<Attestor> {
    let secret = |i| keccak256(format!("a key that everybody may know: {name} {i}"));
    let mut all: Vec<_> =
        (0..5).map(|i| Attestor::from_bytes(&secret(i)).expect("a key")).collect();
    all.sort_by_key(Attestor::address);
    all
}

fn set(id: u32, version: u32, members: &[Attestor]) -> SignerSet {
    let signers = members.iter().map(Attestor::address).collect();
    SignerSet::new(id, version, signers, 4).expect("a set")
}

fn call(round: &PriceRound) -> closeCall {
    let observed = |o: &Observation| Observed {
        oracle: o.oracle,
        signerSet: o.signerSet,
        signerVersion: o.signerVersion,
        round: o.round,
        observedAt: o.observedAt,
        price: o.price,
    };
    closeCall {
        id: round.round,
        observations: round.observations.iter().map(observed).collect(),
        signers: round.signers,
        signatures: round.signatures.clone(),
    }
}

/// A refusal with its numbers; one without a name would be no answer.
fn shown(refused: &Revert) -> String {
    assert!(refused.name().is_some(), "{refused}");
    refused.to_string()
}
