//! Bad input: one list of malformed files, flags, models, reports and signatures, each with the answer that it gets.
//!
//! The list is `docs/bad-input.md`; a test fails when page and program part (`MANDATE_BLESS=1` writes the page anew). Whatever is
//! given, the program neither panics nor is killed, and no file is changed, added or lost.

mod card;
mod certify;
mod chain;
mod check;
mod demo;
mod deployments;
mod explain;
mod flags;
mod import;
mod inspect;
mod keys;
mod node;
mod nodes;
mod page;
mod parquet;
mod poison;
mod refresh;
mod run;
mod score;
mod secrets;
mod stage;
mod state;
mod train;
mod vet;
mod watch;
mod world;

use run::{Case, Outcome};
use stage::Stages;

/// Every case of a file or a flag, by section of the page.
fn sections() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("`mandate check`: a token's design", check::cases()),
        ("`mandate model train`: descriptions, data, places to write to", train::cases()),
        ("`mandate model vet` and `manifest`: sections, models, rows", vet::cases()),
        ("`[certified]`, `[canary]` and `mandate model certify-training`", poison::cases()),
        ("`mandate model inspect`: model files", inspect::cases()),
        ("`mandate model score`: data for a model", score::cases()),
        ("`mandate model explain`: rows, words, backgrounds", explain::cases()),
        ("`mandate model import`: models, words, what is asked of the data", import::cases()),
        ("`mandate model certify`: prices, budgets, rows", certify::cases()),
        ("`mandate model card`: requests and cards", card::cases()),
        ("`mandate model watch`: outcomes, periods, limits", watch::cases()),
        ("`mandate model refresh`: sections, data, places to write to", refresh::cases()),
        ("Damaged Parquet files, wherever a table is read", parquet::cases()),
        ("`mandate demo`", demo::cases()),
        ("`mandate deploy`, `agent run` and `audit`: flags", flags::cases()),
        ("Keys and keystores", keys::cases()),
        ("Nodes (`--rpc`)", nodes::cases()),
        ("Deployment files", deployments::cases()),
        ("Chain folders (`--chain`)", state::chains()),
        ("Journals and report folders", state::journals()),
        ("Audits of what is not there", state::audits()),
    ]
}

/// whatever is given, no key, password or recovery phrase is shown, not even a part of one.
#[tokio::test]
async fn every_bad_input_gets_the_answer_on_the_page_and_changes_nothing() {
    let stages = Stages::open().await;
    let mut page = page::Page::default();
    let mut faults = Vec::new();
    for (title, cases) in sections() {
        page.section(title);
        for case in cases.into_iter().filter(|case| stages.has_node() || !case.needs_node()) {
            let Outcome { code, says, faults: found } = case.run(&stages);
            let command = case.command();
            for fault in found {
                faults
                    .push(format!("{}: {command}: {fault}: exit code {code}: {says}", case.given));
            }
            page.row(case.given, &command, code, &says);
        }
    }
    for (title, refusals) in chain::sections().await {
        let taken = refusals.iter().filter(|(_, refusal)| refusal == chain::TAKEN);
        faults.extend(taken.map(|(given, _)| format!("{given}: {}", chain::TAKEN)));
        page.table(title, &refusals);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(page.rows() >= 40, "{} cases", page.rows());
    // Without a node, which has said so, some rows are missing.
    if stages.has_node() {
        page.compare();
    }
}
