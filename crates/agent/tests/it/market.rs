//! The agent at a real market: reports, epochs, the queue, refusals and tightenings, under the real kernel.

use alloy::primitives::{Address, B256, Bytes, U256};
use mandate_agent::journal::{Decision, Journal, Kind};
use mandate_agent::{Agent, Channel, KernelDesk, State, Submission};
use mandate_chain::{Config, Ledger, LedgerExt, Local};
use mandate_contracts::IKernel;
use mandate_lab::deploy::{Design, RatePolicy, TERMS};
use mandate_lab::stage::{Stage, account, address_of};
use mandate_lab::world::{Borrower, DAY, HOUR, MONTH, PriceModel, Scenario, World};
use mandate_lab::{People, Source};
use mandate_model::{Model, pack};
use mandate_oracle::{Report, SignedReport};
use tokio::sync::mpsc::{Sender, channel};

/// A market with people, and its agent.
struct Scene {
    stage: Stage,
    world: World,
    model: Model,
    agent: Agent<Local, Channel, KernelDesk>,
    reports: Sender<SignedReport>,
}

impl Scene {
    async fn open() -> Self {
        let people = People::gather(&Source::Generated, &mut |_| {}).unwrap();
        let scenario = Scenario { months: 1, borrowers: 24, ..Scenario::default() };
        let prices = PriceModel::default().path(5, scenario.applications_s() + 2 * MONTH);
        let world = World::generate(&scenario, &people.pool, prices, 5).unwrap();
        let (rate, model) = (RatePolicy::demo().model().unwrap(), people.trained.model);
        let chain = Local::new(Config::default());
        let mut stage =
            Stage::open(chain, &Design::demo(), rate.clone(), model.clone()).await.unwrap();
        let deposits = stage.assets().loan(60_000);
        stage.supply(deposits).unwrap();
        let (reports, inbox) = channel(64);
        let programs = vec![rate.program().clone(), model.program().clone()];
        let key = stage.agent.clone();
        let (kernel, actuator) = (stage.at().kernel, stage.at().actuator);
        let desk = KernelDesk::new(kernel, actuator, key.address(), programs, 0);
        let terms = Submission { finality: 0, again_after_s: HOUR, ..Submission::default() };
        let chain = stage.chain.clone();
        let chain_id = chain.chain_id().await.unwrap();
        let journal = Journal::in_memory(chain_id, key.address()).await.unwrap();
        let inbox = Channel::new(inbox);
        let agent = Agent::with_journal(chain, journal, key, inbox, desk, terms).await.unwrap();
        Self { stage, world, model, agent, reports }
    }

    /// Goes to `time` after genesis, with a fresh price, and lets the agent take a turn.
    async fn turn(&mut self, time: u64) {
        self.stage.until(time).await.unwrap();
        let now = self.stage.genesis + time;
        self.stage.price(self.world.prices.at(time), now, None).unwrap().unwrap();
        self.agent.step().await.unwrap();
    }

    /// A report about `subject` with these features.
    fn report(&mut self, subject: B256, sequence: u32, features: &[i32], now: u64) -> SignedReport {
        let report = Report {
            subject,
            sequence,
            signerSet: mandate_lab::deploy::CREDIT_SET,
            signerVersion: 1,
            schemaHash: self.model.schema().hash(),
            market: self.stage.at().actuator,
            issuedAt: now.try_into().unwrap(),
            expiresAt: (now + DAY).try_into().unwrap(),
            payload: Bytes::from(pack(features).unwrap()),
        };
        self.stage.signers.report(report).unwrap()
    }

    async fn decisions(&self, kind: Kind, state: State) -> Vec<Decision> {
        let all = self.agent.journal().decisions(state).await.unwrap();
        all.into_iter().filter(|d| d.intent.key.kind == kind).collect()
    }

    async fn terms_of(&self, subject: B256) -> U256 {
        let market = self.stage.at().actuator;
        let call = IKernel::valueOfCall { market, class: TERMS, subject };
        U256::from(self.stage.chain.query(self.stage.at().kernel, &call).await.unwrap())
    }

    /// The people, by predicted default.
    fn by_risk(&self) -> Vec<Borrower> {
        let mut all = self.world.borrowers.clone();
        let risk = |b: &Borrower| self.model.program().run(&pack(&b.features).unwrap()).unwrap();
        all.sort_by_key(risk);
        all
    }
}

fn subject_of(b: &Borrower) -> B256 {
    B256::from(U256::from_be_slice(address_of(b).as_slice()))
}

/// The value that a note foresaw.
fn foreseen(note: &str) -> U256 {
    let to = note.split(" to ").nth(1).and_then(|rest| rest.split(':').next());
    to.and_then(|hex| hex.parse().ok()).unwrap_or_else(|| panic!("{note}"))
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "the figures are the point")]
async fn the_agent_steers_a_real_market_and_foresees_what_happens() {
    let mut scene = Scene::open().await;
    let people = scene.by_risk();
    for (i, b) in people.iter().enumerate() {
        let time = DAY + i as u64 * HOUR / 2;
        let now = scene.stage.genesis + time;
        let signed = scene.report(subject_of(b), 1, &b.features, now);
        scene.reports.send(signed).await.unwrap();
        scene.turn(time).await;
    }
    // Long enough for everything that waits to be ended.
    for hour in (42..120).step_by(6) {
        scene.turn(hour * HOUR).await;
    }
    let done = scene.decisions(Kind::Report, State::Final).await;
    let refused = scene.decisions(Kind::Report, State::Refused).await;
    assert_eq!(done.len() + refused.len(), people.len(), "every report has an end");
    assert!(done.len() > 6, "{} of {} were granted", done.len(), people.len());
    let executed = scene.decisions(Kind::Execute, State::Final).await;
    let held = scene.decisions(Kind::Execute, State::Refused).await;
    let mut in_force = 0;
    for decision in &done {
        let subject = decision.intent.key.subject;
        let terms = scene.terms_of(subject).await;
        if terms == foreseen(&decision.intent.note) {
            in_force += 1;
        } else {
            // Queued, and then dropped, expired or still held by the allowance.
            let ended = executed.iter().chain(&held).any(|d| d.intent.key.subject == subject);
            assert!(ended && terms.is_zero(), "{} but {terms:#x}", decision.intent.note);
        }
    }
    assert!(in_force >= 6, "{in_force} of {} in force as foreseen", done.len());
    for decision in &refused {
        assert!(decision.reason.is_some());
    }
    let epochs = scene.decisions(Kind::Epoch, State::Final).await.len();
    assert!(!executed.is_empty(), "something was queued and ended");
    assert!(epochs > 10, "only {epochs} epochs were steered");
    let summary = scene.agent.summary().await.unwrap();
    assert!(summary.is_idle(), "{summary:?}");
    eprintln!(
        "{} reports: {in_force} in force as foreseen, {} queued and ended, {} held, {} refused; {epochs} epochs steered",
        people.len(),
        executed.len(),
        held.len(),
        refused.len(),
    );
}

#[tokio::test]
async fn a_paused_agent_still_tightens_and_a_wrong_report_is_explained() {
    let mut scene = Scene::open().await;
    let people = scene.by_risk();
    let (best, worst) = (people[0].clone(), people[people.len() - 1].clone());
    let subject = subject_of(&best);
    let now = scene.stage.genesis + DAY;
    let signed = scene.report(subject, 1, &best.features, now);
    scene.reports.send(signed).await.unwrap();
    for hour in (24..72).step_by(6) {
        scene.turn(hour * HOUR).await;
    }
    let before = scene.terms_of(subject).await;
    assert!(before > U256::ZERO, "the best applicant has terms");

    let guardian = mandate_lab::stage::key("guardian").address();
    let (kernel, market) = (scene.stage.at().kernel, scene.stage.at().actuator);
    scene.stage.must(guardian, kernel, &IKernel::pauseCall { market }).unwrap();
    let now = scene.stage.chain.head().await.unwrap().time;
    let signed = scene.report(subject, 2, &worst.features, now);
    scene.reports.send(signed).await.unwrap();
    // Made for another market: the kernel's refusal is journalled in words.
    let stranger = B256::from(U256::from_be_slice(account("nobody", 1).as_slice()));
    let mut wrong = scene.report(stranger, 1, &best.features, now).report;
    wrong.market = Address::repeat_byte(1);
    let wrong = scene.stage.signers.report(wrong);
    scene.reports.send(wrong.unwrap()).await.unwrap();
    scene.turn(73 * HOUR).await;

    let done = scene.decisions(Kind::Report, State::Final).await;
    let last = done.iter().find(|d| d.intent.key.number == 2).expect("the second report landed");
    assert!(last.intent.note.ends_with("as a tightening"), "{}", last.intent.note);
    let after = scene.terms_of(subject).await;
    assert_eq!(after, foreseen(&last.intent.note));
    assert_ne!(after, before);
    let refused = scene.decisions(Kind::Report, State::Refused).await;
    let [refused] = refused.as_slice() else { panic!("{refused:?}") };
    let reason = refused.reason.as_ref().unwrap();
    assert!(reason.starts_with("the report was made for another market: WrongMarket("), "{reason}");
}
