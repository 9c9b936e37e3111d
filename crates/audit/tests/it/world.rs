//! A market in which everything happens once: every kind of record, by every way there is to it.

use alloy::primitives::aliases::{U24, U160};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;
use mandate_audit::{History, Source};
use mandate_chain::{Acted, Call, Config, Ledger, Local, Revert};
use mandate_contracts::IKernel;
use mandate_contracts::i_kernel::IKernel::{Change, ModelDecision, Record, Report as Wire};
use mandate_lab::deploy::{Design, RATE, RatePolicy, TERMS, mean};
use mandate_lab::stage::{Stage, address_of, key};
use mandate_lab::world::{Borrower, DAY, HOUR, MONTH, PriceModel, Scenario, World};
use mandate_lab::{People, Source as Data};
use mandate_model::{Model, pack};
use mandate_oracle::{Report, SignedReport};

/// The scene and the people in it, from the safest.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) people: Vec<Borrower>,
    pub(crate) model: Model,
    world: World,
    sequence: u32,
}

pub(crate) fn subject_of(b: &Borrower) -> B256 {
    address_of(b).into_word()
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let gathered = People::gather(&Data::Generated, &mut |_| {}).unwrap();
        let scenario = Scenario { months: 1, borrowers: 40, ..Scenario::default() };
        let prices = PriceModel::default().path(5, scenario.applications_s() + 2 * MONTH);
        let world = World::generate(&scenario, &gathered.pool, prices, 5).unwrap();
        let rate = RatePolicy::demo().model().unwrap();
        let model = gathered.trained.model;
        let chain = Local::new(Config::default());
        let mut stage = Stage::open(chain, &Design::demo(), rate, model.clone()).await.unwrap();
        let deposits = stage.assets().loan(100_000);
        stage.supply(deposits).unwrap();
        let mut people = world.borrowers.clone();
        let risk = |b: &Borrower| model.program().run(&pack(&b.features).unwrap()).unwrap();
        people.sort_by_key(risk);
        Self { stage, people, model, world, sequence: 0 }
    }

    fn kernel(&self) -> Address {
        self.stage.at().kernel
    }

    pub(crate) fn actuator(&self) -> Address {
        self.stage.at().actuator
    }

    pub(crate) async fn to(&mut self, time: u64) {
        self.stage.until(time).await.unwrap();
        let now = self.stage.genesis + time;
        self.stage.price(self.world.prices.at(time), now, None).unwrap().unwrap();
    }

    async fn now(&self) -> u64 {
        self.stage.chain.head().await.unwrap().time
    }

    /// A report that says of `about` what is true of `like`.
    async fn report(&mut self, about: &Borrower, like: &Borrower) -> SignedReport {
        self.sequence += 1;
        let now = self.now().await;
        let report = Report {
            subject: subject_of(about),
            sequence: self.sequence,
            signerSet: mandate_lab::deploy::CREDIT_SET,
            signerVersion: 1,
            schemaHash: self.model.schema().hash(),
            market: self.actuator(),
            issuedAt: now.try_into().unwrap(),
            expiresAt: (now + DAY).try_into().unwrap(),
            payload: Bytes::from(pack(&like.features).unwrap()),
        };
        self.stage.signers.report(report).unwrap()
    }

    pub(crate) async fn decision(&mut self, about: &Borrower, like: &Borrower) -> ModelDecision {
        let SignedReport { report: r, signers, signatures } = self.report(about, like).await;
        let report = Wire {
            subject: r.subject,
            sequence: r.sequence,
            signerSet: r.signerSet,
            signerVersion: r.signerVersion,
            schemaHash: r.schemaHash,
            market: r.market,
            issuedAt: r.issuedAt,
            expiresAt: r.expiresAt,
            payload: r.payload,
        };
        let (market, subject) = (self.actuator(), r.subject);
        let generation = U24::MAX;
        ModelDecision {
            market,
            class: TERMS,
            subject,
            epoch: 0,
            generation,
            report,
            signers,
            signatures,
        }
    }

    async fn decide(&mut self, about: &Borrower, like: &Borrower) -> Option<Acted> {
        let decision = self.decision(about, like).await;
        self.submit(decision).ok()
    }

    /// The agent submits a decision.
    pub(crate) fn submit(&mut self, decision: ModelDecision) -> Result<Acted, Revert> {
        let (agent, kernel) = (self.agent(), self.kernel());
        self.stage.act(agent, kernel, &IKernel::decideCall { decision }).unwrap()
    }

    pub(crate) fn agent(&self) -> Address {
        self.stage.agent.address()
    }

    fn kernel_call<C: SolCall>(&mut self, who: &str, call: &C) -> Acted {
        let kernel = self.kernel();
        let who = key(who).address();
        self.stage.must(who, kernel, call).unwrap()
    }

    pub(crate) async fn last_record(&self) -> Record {
        self.stage.records().await.unwrap().pop().unwrap().0
    }

    /// Announces a call, waits for it, and does it.
    async fn govern(&mut self, call: Vec<u8>) {
        self.announce(call.clone());
        self.almost_ripe().await;
        self.ripe(call).await;
    }

    pub(crate) fn announce(&mut self, call: Vec<u8>) {
        self.kernel_call("governor", &IKernel::announceCall { call: call.into() });
    }

    /// Waits until an hour before what was just announced may be done.
    pub(crate) async fn almost_ripe(&mut self) {
        let delay = u64::from(Design::demo().kernel.min_delay.value);
        self.wait(delay - HOUR).await;
    }

    /// Waits for the rest of the delay, and does what was announced.
    pub(crate) async fn ripe(&mut self, call: Vec<u8>) {
        self.wait(HOUR).await;
        let call = Call::new(self.kernel(), call).from(key("governor").address());
        let acted = self.stage.chain.transact_as(&call).unwrap();
        assert!(acted.receipt.success, "{:?}", acted.receipt.failure);
        self.refresh().await;
    }

    /// A fresh price for whatever the time is now.
    async fn refresh(&mut self) {
        let time = self.now().await + 1 - self.stage.genesis;
        self.to(time).await;
    }

    async fn steer(&mut self) {
        let agent = self.stage.agent.address();
        let epoch = self.stage.epoch().await.unwrap();
        let _ = self.stage.steer(agent, epoch).await.unwrap();
    }

    async fn value_of(&self, subject: B256) -> U160 {
        let call = IKernel::valueOfCall { market: self.actuator(), class: TERMS, subject };
        self.stage.query(self.kernel(), &call).await.unwrap()
    }

    async fn wait(&mut self, seconds: u64) {
        let time = self.now().await + seconds - self.stage.genesis;
        self.to(time).await;
    }

    /// Lines are granted until the allowance for what acts at once is used up; what waits is told back.
    async fn lines(&mut self) -> Vec<(Borrower, Record)> {
        let mut waiting = Vec::new();
        for b in self.people.clone().into_iter().take(24) {
            self.wait(600).await;
            if self.decide(&b, &b).await.is_some() {
                let last = self.last_record().await;
                if last.kind == 2 {
                    waiting.push((b, last));
                }
            }
        }
        waiting
    }

    async fn batch(&mut self) {
        let people: Vec<Borrower> = self.people[24..28].to_vec();
        let mut items = Vec::new();
        for b in &people {
            items.push(self.decision(b, b).await);
        }
        let agent = self.stage.agent.address();
        let kernel = self.kernel();
        self.stage.must(agent, kernel, &IKernel::batchCall { items }).unwrap();
    }

    async fn tighten(&mut self, about: &Borrower, like: &Borrower, queued: Record) {
        let decision = self.decision(about, like).await;
        let kernel = self.kernel();
        let anybody = Address::repeat_byte(0x77);
        self.stage.must(anybody, kernel, &IKernel::tightenCall { decision, queued }).unwrap();
    }

    fn execute(&mut self, queued: Record) {
        let market = self.actuator();
        self.kernel_call("keeper", &IKernel::executeCall { market, queued });
    }

    pub(crate) async fn history(&self) -> History {
        let (kernel, market) = (self.kernel(), self.actuator());
        let from_block = self.stage.deployment.block;
        History::fetch(&self.stage.chain, &Source { kernel, market, from_block }).await.unwrap()
    }
}

fn no_record() -> Record {
    Record {
        previous: Default::default(),
        sequence: Default::default(),
        kind: 0,
        time: Default::default(),
        body: Bytes::new(),
    }
}

/// The history of a market in which every kind of record was written.
pub(crate) async fn eventful() -> (Scene, History) {
    let mut s = Scene::open().await;
    s.to(DAY).await;
    s.steer().await;
    let waiting = s.lines().await;
    assert!(waiting.len() >= 6, "only {} wait", waiting.len());
    s.batch().await;
    queue(&mut s, &waiting).await;
    agent_acts(&mut s).await;
    undoing(&mut s).await;
    governance(&mut s).await;
    let history = s.history().await;
    (s, history)
}

/// Lowered, applied, vetoed and overdue decisions.
async fn queue(s: &mut Scene, waiting: &[(Borrower, Record)]) {
    let market = s.actuator();
    let worst = s.people[s.people.len() - 1].clone();
    // A newer, worse report against what waits; nothing at all is safer than any line.
    let (lowered, record) = waiting[0].clone();
    let middle = s.people[20].clone();
    s.tighten(&lowered, &middle, record).await;
    // A newer, better report changes nothing: it is only seen.
    let (seen, record) = waiting[1].clone();
    let best = s.people[0].clone();
    s.tighten(&seen, &best, record).await;
    s.kernel_call("guardian", &IKernel::vetoCall { market, queued: waiting[2].1.clone() });
    s.wait(13 * HOUR).await;
    s.execute(waiting[3].1.clone());
    s.steer().await;
    s.wait(4 * HOUR).await;
    s.execute(waiting[4].1.clone());
    // Without a waiting decision: safer at once for anybody, or only seen.
    let granted = s.people[1].clone();
    s.tighten(&granted, &best, no_record()).await;
    s.tighten(&granted, &worst, no_record()).await;
}

/// The rate, epoch by epoch, and the same by hand.
async fn agent_acts(s: &mut Scene) {
    let drawer = s.people[2].clone();
    let price = s.world.prices.at(DAY);
    let _ = s.stage.draw(&drawer, price).await.unwrap();
    for _ in 0..6 {
        s.wait(6 * HOUR).await;
        s.steer().await;
    }
    let market = s.actuator();
    s.kernel_call("guardian", &IKernel::releaseCall { market, class: RATE });
    s.wait(HOUR).await;
    let changes =
        vec![Change { class: RATE, subject: B256::ZERO, value: U160::from(10_u128.pow(18)) }];
    s.kernel_call("governor", &IKernel::decideManuallyCall { market, changes });
    let by_hand = s.people[3].clone();
    let value = U160::ZERO;
    let changes = vec![Change { class: TERMS, subject: subject_of(&by_hand), value }];
    s.kernel_call("governor", &IKernel::decideManuallyCall { market, changes });
}

/// Rollbacks of a record and of a first record, and a closed line.
async fn undoing(s: &mut Scene) {
    let market = s.actuator();
    s.wait(6 * HOUR).await;
    let b = s.people[28].clone();
    s.decide(&b, &b).await.expect("a line for the undone");
    let subject = subject_of(&b);
    let first = s.last_record().await;
    if first.kind == 1 {
        let call = IKernel::rollbackFirstCall { market, class: TERMS, subject, later: vec![] };
        s.kernel_call("guardian", &call);
    }
    let tightened = s.people[1].clone();
    let undone = s.last_of(subject_of(&tightened)).await;
    // Undoing a tightening is riskier: it waits, and the governor alone may ask for it.
    s.kernel_call("governor", &IKernel::rollbackCall { market, records: vec![undone] });
    let closed = s.people[4].clone();
    let (kernel, market) = (s.kernel(), s.actuator());
    let subject = subject_of(&closed);
    s.stage.must(market, kernel, &IKernel::recordCloseCall { subject }).unwrap();
    s.wait(13 * HOUR).await;
    let all = s.stage.records().await.unwrap();
    let undo = all.into_iter().map(|(r, _)| r).rfind(|r| r.kind == 2).unwrap();
    s.execute(undo);
}

impl Scene {
    async fn last_of(&self, subject: B256) -> Record {
        let names = |r: &Record| {
            r.body.windows(32).any(|w| w == subject.as_slice()) && (r.kind == 1 || r.kind == 6)
        };
        let all = self.stage.records().await.unwrap();
        all.into_iter().map(|(r, _)| r).rfind(names).unwrap()
    }
}

/// Pauses, signers, another model, another mandate, revocations.
async fn governance(s: &mut Scene) {
    let market = s.actuator();
    s.kernel_call("guardian", &IKernel::pauseCall { market });
    let resume = IKernel::resumeCall { market }.abi_encode();
    s.govern(resume).await;
    let granted = s.value_of(subject_of(&s.people[0])).await;
    let subject = subject_of(&s.people[30]);
    let changes = vec![Change { class: TERMS, subject, value: granted }];
    s.kernel_call("governor", &IKernel::decideManuallyCall { market, changes });
    let waits = s.last_record().await;
    assert_eq!(waits.kind, 2, "the governor's riskier acts wait");
    let other = mean(s.model.schema(), 0.07).unwrap();
    let store = s.stage.at().model_store;
    let first = other.program().encode().into();
    let register = mandate_contracts::ModelStore::registerCall { first, chunks: vec![] };
    s.stage.must(key("governor").address(), store, &register).unwrap();
    let model_id = other.program().id();
    let activate = IKernel::activateModelCall { market, slot: 2, modelId: model_id };
    s.govern(activate.abi_encode()).await;
    // The new model voids what waited.
    s.execute(waits);
    let capacity = IKernel::setCapacityCall {
        market,
        drift: U256::from(1_000_000_u64).to(),
        driftLeak: U256::ZERO.to(),
        instant: U256::from(10_u64).to(),
        instantLeak: U256::ZERO.to(),
        reserveBps: 1_000,
    };
    s.kernel_call("governor", &capacity);
    let signers = s.stage.signers.sets().unwrap()[0].signers().to_vec();
    let remove = IKernel::removeSignerCall { set: 1, signer: signers[0] };
    s.kernel_call("guardian", &remove);
    let guardian = IKernel::setGuardianCall { guardian: key("guardian").address() };
    let call = guardian.abi_encode();
    s.kernel_call("governor", &IKernel::announceCall { call: call.clone().into() });
    s.kernel_call("guardian", &IKernel::cancelCall { call: call.into() });
    let agent = s.stage.agent.address();
    s.kernel_call("guardian", &IKernel::revokeAgentCall { market, agent });
    s.kernel_call("guardian", &IKernel::revokeMandateCall { market });
}
