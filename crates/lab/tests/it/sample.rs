//! A made-up summary, to look at the report without running a demo.

use mandate_lab::summary::*;
use mandate_lab::{Interval, Stream};

fn series(arm: u64) -> Series {
    let mut s = Series::default();
    let mut stream = Stream::new(5, "sample", arm);
    let (mut debt, mut lost) = (0u64, 0u64);
    for day in 0..150u64 {
        debt = debt + stream.below(9_000_000_000) - debt * stream.below(40) / 1000;
        if day > 32 {
            lost += stream.below(700_000_000 - 150_000_000 * arm);
        }
        let fallback = 60_000 + 400 * day;
        let multiplier = if arm == 2 { 1_000_000 + 2_000 * day.min(80) } else { 1_000_000 };
        s.day.push(day as u32);
        s.utilisation_ppm.push((debt / 400_000).min(980_000));
        s.fallback_ppm.push(fallback);
        s.multiplier_ppm.push(multiplier);
        s.rate_ppm.push(fallback * multiplier / 1_000_000);
        s.debt.push(debt);
        s.bad_debt.push(lost);
        s.price_micro.push(2_000_000_000);
    }
    s
}

fn arm(n: u64, name: &str, about: &str) -> Arm {
    let seeds: Vec<Outcome> = (0..3)
        .map(|seed| {
            let mut s = Stream::new(seed, "outcome", n);
            Outcome {
                seed,
                applied: 160,
                granted: 120,
                drawn: 110 - 10 * n as u32,
                defaulted: 24 - 4 * n as u32,
                liquidated: 2,
                lent: 700_000_000_000 - 40_000_000_000 * n,
                bad_debt: 21_000_000_000 - 5_000_000_000 * n + s.below(4_000_000_000),
                gain: -9_000_000_000 + 5_000_000_000 * n as i64 + s.below(3_000_000_000) as i64,
                decisions: 400,
                gas: 90_000_000,
            }
        })
        .collect();
    let of = |f: fn(&Outcome) -> f64| Interval::of(&seeds.iter().map(f).collect::<Vec<_>>());
    let bins =
        [(40_000, 80, 3), (90_000, 90, 7), (150_000, 60, 11), (230_000, 40, 8), (420_000, 20, 9)];
    Arm {
        name: name.into(),
        about: about.into(),
        bad_debt_ppm: of(Outcome::bad_debt_ppm),
        return_ppm: of(Outcome::return_ppm),
        seeds,
        series: series(n),
        calibration: bins
            .map(|(predicted_ppm, loans, defaulted)| Bin { predicted_ppm, loans, defaulted })
            .into(),
    }
}

fn refusal(tried: &str, error: &str, given: &str, allowed: &str) -> Refusal {
    Refusal {
        scene: "stolen key".into(),
        tried: tried.into(),
        error: error.into(),
        given: given.into(),
        allowed: allowed.into(),
        why: "Small steps leave time to see and to answer; a step is the most that one decision may move a parameter the risky way.".into(),
        times: 17,
    }
}

fn metrics(name: &str, auc: f64, log_loss: f64, brier: f64) -> Metrics {
    Metrics { name: name.into(), auc, log_loss, brier }
}

fn component(name: &str, about: &str, worst: u64, caused: u64) -> Component {
    Component { name: name.into(), about: about.into(), worst, live: worst - worst / 9, caused }
}

/// A full summary.
pub(crate) fn summary() -> Summary {
    let arms = vec![
        arm(0, "static terms", "fallback rates; one line for everybody, as for the mean applicant"),
        arm(1, "model terms", "fallback rates; each line by the borrower's score"),
        arm(2, "steered", "rates steered by the agent; each line by the borrower's score"),
    ];
    let paired = arms[1..]
        .iter()
        .map(|a| {
            let diff = |f: fn(&Outcome) -> f64| {
                let d: Vec<f64> =
                    a.seeds.iter().zip(&arms[0].seeds).map(|(x, y)| f(x) - f(y)).collect();
                Interval::of(&d)
            };
            Paired {
                arm: a.name.clone(),
                against: arms[0].name.clone(),
                bad_debt_ppm: diff(Outcome::bad_debt_ppm),
                return_ppm: diff(Outcome::return_ppm),
            }
        })
        .collect();
    Summary {
        schema: SCHEMA.into(),
        version: "0.1.0".into(),
        setting: Setting {
            seed: 1,
            seeds: 3,
            months: 4,
            borrowers: 160,
            deposits: 400_000_000_000,
            applicants: "sample <applicants>".into(),
            prices: "generated: geometric Brownian motion with jumps".into(),
            asset: "USDC".into(),
            decimals: 6,
            collateral: "WETH".into(),
        },
        model: ModelNote {
            id: format!("0x{}", "5f".repeat(32)),
            family: "Gradient-boosted trees, 100 of depth 4".into(),
            bytes: 10_412,
            rows: (24_000, 6_000),
            metrics: vec![
                metrics("integer program", 0.7801, 0.4301, 0.1345),
                metrics("floats", 0.7802, 0.4300, 0.1345),
                metrics("always the mean", 0.5, 0.5289, 0.1723),
            ],
        },
        arms,
        paired,
        refusals: vec![
            refusal("move the multiplier at once", "StepExceeded", "0.400", "0.050"),
            refusal("open a line without a fresh report", "ReportTooOld", "90000 s", "86400 s"),
            refusal("open a tenth line", "InstantBudgetExceeded", "14 200 USDC", "3 100 USDC"),
        ],
        incident: Some(Incident {
            right_cap_micro: 1_228_500,
            wrong_cap_micro: 1_193_900,
            price_micro: 1_226_800,
            reconstructed: "The ratio before and the growth are reconstructed (1.157 and 9.7 % a year): our sources lack them.".into(),
            accounts: 34,
            liquidatable: 34,
            seized_milli: 10_938_000,
            lost_milli: 512_000,
            refused_by: "CapBindsPrice".into(),
            error: "violation 0.0329 given, 0 allowed".into(),
            liquidatable_kernel: 0,
        }),
        stolen_key: Some(StolenKey {
            horizon_s: 86_400,
            tried: 412,
            applied: 23,
            components: vec![
                component("creditOpen", "credit opened to accomplices", 31_500_000_000, 27_100_000_000),
                component("supRate", "suppliers under-paid", 120_000_000, 101_000_000),
                component("borRate", "borrowers over-charged", 150_000_000, 96_000_000),
            ],
            assumptions: vec!["liquidations lose at most 10 %".into(), "signers are honest".into()],
        }),
        lying_attestor: Some(LyingAttestor {
            rounds: 24,
            attestors: 5,
            tolerated: 1,
            observations: vec![
                ("attestor 1".into(), 1_999_100_000, false),
                ("attestor 2".into(), 2_000_400_000, false),
                ("attestor 3".into(), 1_998_800_000, false),
                ("attestor 4".into(), 2_001_000_000, false),
                ("attestor 5".into(), 1_200_000_000, true),
            ],
            answer_micro: 1_999_100_000,
            worst_error_ppm: 0,
        }),
        resume: Some(Resume {
            kills: 1,
            due: 48,
            found: 48,
            lost: 0,
            doubled: 0,
            head: format!("0x{}", "ab".repeat(32)),
            head_undisturbed: format!("0x{}", "ab".repeat(32)),
        }),
        audit: Some(Audit {
            records: 731,
            decisions: 702,
            mismatches: 0,
            head: format!("0x{}", "cd".repeat(32)),
            outputs: 690,
            signatures: 640,
            first_mismatch: None,
            flips: vec![Flip {
                what: "a record".into(),
                byte: 311,
                findings: 2,
                named: "record 97: BrokenLink: link 0xab differs from 0xcd, which follows from the record".into(),
            }],
        }),
    }
}
