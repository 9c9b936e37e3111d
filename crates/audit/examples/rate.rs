//! How many decisions a core recomputes in a second, with and without the signatures of their reports.
//!
//! `cargo run --release -p mandate-audit --example rate [decisions]`
//!
//! A market on the in-process EVM decides on as many reports with a model of a hundred trees of depth four. Then its history is
//! audited again and again by one thread, whose time on a core is counted. Reading the ledger is not.

use std::error::Error;
use std::time::{Duration, Instant};

use mandate_audit::{History, Source, audit, recompute};
use mandate_chain::{Config, Local};
use mandate_lab::deploy::{Design, RatePolicy};
use mandate_lab::stage::Stage;
use mandate_lab::world::{Applicant, Borrower, DAY, HOUR};
use mandate_lab::{People, Source as Data};
use mandate_model::{Body, Model};

/// How often the history is audited; the median counts.
const ROUNDS: usize = 25;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "its answer")]
async fn main() -> Result<(), Box<dyn Error>> {
    let decisions: u32 = std::env::args().nth(1).map_or(Ok(2_000), |n| n.parse())?;
    let people = People::gather(&Data::Generated, &mut |_| {})?;
    let model = people.trained.model.clone();
    let history = decided(&people.pool.applicants, model.clone(), decisions).await?;
    let found = audit(&history);
    if !found.is_clean() {
        return Err(format!("{} mismatches, none expected", found.findings.len()).into());
    }
    let plain = median(|| drop(std::hint::black_box(recompute(&history))));
    let recomputed = recompute(&history);
    let signed = median(|| drop(std::hint::black_box(recomputed.clone().verify_on(&history, 1))));
    let count = found.decisions as f64;
    let rate = |time: Duration, count: f64| (count / time.as_secs_f64()).round();
    println!("{{");
    println!("  \"model\": \"{}\",", shape(&model));
    println!("  \"decisions\": {},", found.decisions);
    println!("  \"outputs\": {},", found.outputs);
    println!("  \"records\": {},", found.records);
    println!("  \"decisions_per_second_per_core\": {},", rate(plain, count));
    println!("  \"microseconds_per_decision\": {:.2},", plain.as_secs_f64() * 1e6 / count);
    println!("  \"signatures\": {},", found.signatures);
    println!("  \"timed\": \"{}\",", if on_core().is_some() { "core" } else { "wall" });
    println!("  \"signatures_per_second_per_core\": {},", rate(signed, found.signatures as f64));
    println!(
        "  \"decisions_per_second_per_core_with_signatures\": {}",
        rate(plain + signed, count)
    );
    println!("}}");
    Ok(())
}

/// A market that has decided on so many people.
async fn decided(
    applicants: &[Applicant],
    model: Model,
    decisions: u32,
) -> Result<History, Box<dyn Error>> {
    let schema = model.schema().hash();
    let rate = RatePolicy::demo().model()?;
    let chain = Local::new(Config::default());
    let mut stage = Stage::open(chain, &Design::demo(), rate, model).await?;
    let agent = stage.agent.address();
    for index in 0..decisions {
        if index % 500 == 0 {
            let hours = u64::from(index / 500) * HOUR;
            stage.until(DAY + hours).await?;
            let now = stage.genesis + DAY + hours;
            stage.price(2_000_000_000, now, None)?.map_err(|refused| refused.to_string())?;
        }
        let applicant = &applicants[index as usize % applicants.len()];
        let time = stage.genesis + DAY;
        let person = borrower(index, applicant);
        let signed = stage.application(&person, schema, time)?;
        stage.bring(agent, &signed).await?.map_err(|refused| refused.to_string())?;
    }
    let (kernel, market) = (stage.at().kernel, stage.at().actuator);
    let source = Source { kernel, market, from_block: stage.deployment.block };
    Ok(History::fetch(&stage.chain, &source).await?)
}

fn borrower(index: u32, applicant: &Applicant) -> Borrower {
    Borrower {
        index,
        row: applicant.row,
        features: applicant.features.clone(),
        applies_s: 0,
        wants: 1_000,
        collateral_bps: 0,
        accepts_bps: 0,
        hesitates_s: 0,
        early_s: 0,
        defaults: applicant.defaults,
    }
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let clock = Clock::start();
            work();
            clock.stop()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

/// Time that this thread has had a core to itself, where the system tells; else the time that went by.
struct Clock {
    core: Option<u64>,
    wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { core: on_core(), wall: Instant::now() }
    }

    fn stop(&self) -> Duration {
        let core = on_core().zip(self.core).map(|(now, then)| Duration::from_nanos(now - then));
        core.unwrap_or_else(|| self.wall.elapsed())
    }
}

/// Nanoseconds that this thread has run, as Linux counts them.
fn on_core() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn shape(model: &Model) -> String {
    match model.program().body() {
        Body::Glm(_) => "glm".into(),
        Body::Trees(trees) => {
            let forests = trees.forests().iter();
            let parts: Vec<_> = forests.map(|f| format!("{}x{}", f.trees(), f.depth())).collect();
            format!("gbdt {}", parts.join("+"))
        }
        Body::Sparse(trees) => format!("sparse trees {}", trees.trees().len()),
        Body::Network(network) => {
            let units: Vec<_> = network.layers().iter().map(|l| l.units().to_string()).collect();
            format!("mlp {}x{}x1", network.limits().len(), units.join("x"))
        }
    }
}
