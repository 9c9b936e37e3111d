//! A price attestor that lies.

use alloy::primitives::U256;
use mandate_contracts::PriceOracle;

use super::refusals::Met;
use crate::LabError;
use crate::stage::{Lie, Stage};
use crate::summary::LyingAttestor;
use crate::world::HOUR;

const SCENE: &str = "lying attestor";
/// Rounds with a liar.
const ROUNDS: u64 = 12;
/// The price, in millionths.
const PRICE: u64 = 2_000_000_000;

/// Closes rounds in which one of five lies, down and up in turn, and compares the answer with what the honest ones said.
pub(super) async fn lying(
    stage: &mut Stage,
    from: u64,
    met: &mut Met,
) -> Result<LyingAttestor, LabError> {
    let attestors = stage.signers.price_attestors();
    let mut told = LyingAttestor {
        rounds: ROUNDS as u32,
        attestors: attestors as u32,
        tolerated: ((attestors - 1) / 3) as u32,
        ..LyingAttestor::default()
    };
    for n in 0..ROUNDS {
        stage.until(from + n * HOUR).await?;
        let factor_ppm = if n % 2 == 0 { 600_000 } else { 1_700_000 };
        let lie = Lie { factor_ppm, liars: 1 };
        let now = stage.genesis + from + n * HOUR;
        let said = match stage.price(PRICE, now, Some(lie))? {
            Ok(said) => said,
            Err(refused) => {
                met.note(SCENE, "close a round with a liar", &refused);
                continue;
            }
        };
        stage.chain.mine()?;
        let answer = stage.query(stage.at().price_oracle, &PriceOracle::priceCall {}).await?.value;
        let micro = |v: U256| (v / stage.assets().price(1)).to::<u64>();
        let (answer, honest) = (micro(answer), said.len() - 1);
        let prices: Vec<u64> = said.iter().map(|p| micro(*p)).collect();
        let (low, high) =
            prices[..honest].iter().fold((u64::MAX, 0), |(l, h), p| (l.min(*p), h.max(*p)));
        let off = low.saturating_sub(answer).max(answer.saturating_sub(high));
        told.worst_error_ppm = told.worst_error_ppm.max(off * 1_000_000 / PRICE);
        if n == 0 {
            told.answer_micro = answer;
            told.observations = prices
                .iter()
                .enumerate()
                .map(|(i, p)| (format!("attestor {}", i + 1), *p, i >= honest))
                .collect();
        }
    }
    Ok(told)
}
