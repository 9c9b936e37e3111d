//! Transactions per second of the in-process ledger, by the ways in which they arrive, as JSON.
//!
//! `cargo run --release -p mandate-chain --example throughput [transactions]`

use std::error::Error;
use std::time::Instant;

use alloy::primitives::{Address, U256, keccak256};
use alloy::sol_types::SolConstructor;
use mandate_chain::{At, Call, Config, Ledger, LedgerExt, Local, Signer, Unsigned};

alloy::sol! {
    #[allow(missing_docs)]
    Probe,
    "tests/fixtures/Probe.json"
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let n: u64 = std::env::args().nth(1).map_or(Ok(50_000), |n| n.parse())?;
    let signer = Signer::from_bytes(&keccak256("throughput")).ok_or("no key")?;
    let dir = std::env::temp_dir().join(format!("mandate-throughput-{}", std::process::id()));

    let (ledger, probe) = world(Local::new(Config::default()), &signer).await?;
    let set = |i: u64| {
        let set = Probe::setCall { key: U256::from(i % 1000), value: U256::from(i % 100) };
        Call::of(probe, &set).from(signer.address())
    };
    let mut rates = Rates::default();
    rates.measure("calls, effects dropped", n, |i| {
        ledger.simulate(&set(i), At::Latest).map(|_| ())
    })?;
    rates.measure("impersonated, one a block", n, |i| ledger.transact_as(&set(i)).map(|_| ()))?;
    let batch = |i| (0..100).map(|j| set(100 * i + j)).collect::<Vec<_>>();
    let start = Instant::now();
    for i in 0..n / 100 {
        ledger.transact_all_as(&batch(i))?;
    }
    rates.add("impersonated, a hundred a block", n, start);

    for (name, ledger, n) in [
        ("signed bytes, one a block", Local::new(Config::default()), n / 10),
        ("signed bytes, on disk", Local::open(&dir, Config::default())?, n / 100),
    ] {
        let (ledger, _) = world(ledger, &signer).await?;
        let fees = ledger.fees().await?;
        let sign = |nonce| {
            let call = set(nonce);
            signer.sign(&Unsigned { chain_id: 31_337, nonce, gas_limit: 100_000, fees, call }).raw
        };
        let signed: Vec<_> = (1..=n).map(sign).collect();
        let start = Instant::now();
        for raw in &signed {
            ledger.send_raw(raw).await?;
        }
        rates.add(name, n, start);
    }
    let start = Instant::now();
    Local::open(&dir, Config::default())?;
    rates.add("replayed at opening", n / 100, start);
    std::fs::remove_dir_all(dir)?;
    rates.say();
    Ok(())
}

async fn world(ledger: Local, signer: &Signer) -> Result<(Local, Address), Box<dyn Error>> {
    ledger.fund(signer.address(), U256::from(10).pow(U256::from(24)))?;
    let arguments = Probe::constructorCall { limit: U256::from(100) };
    let creation = [Probe::BYTECODE.as_ref(), &arguments.abi_encode()].concat();
    let receipt = ledger.transact(signer, &Call::create(creation)).await?;
    Ok((ledger, receipt.contract.ok_or("not deployed")?))
}

/// Transactions per second, by the way they came.
#[derive(Default)]
struct Rates(Vec<(&'static str, f64)>);

impl Rates {
    fn measure<E>(
        &mut self,
        name: &'static str,
        n: u64,
        mut act: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = Instant::now();
        for i in 0..n {
            act(i)?;
        }
        self.add(name, n, start);
        Ok(())
    }

    fn add(&mut self, name: &'static str, n: u64, start: Instant) {
        self.0.push((name, n as f64 / start.elapsed().as_secs_f64()));
    }

    #[expect(clippy::print_stdout, reason = "its answer")]
    fn say(&self) {
        let lines: Vec<_> =
            self.0.iter().map(|(name, rate)| format!("  \"{name}\": {rate:.0}")).collect();
        println!("{{\n{}\n}}", lines.join(",\n"));
    }
}
