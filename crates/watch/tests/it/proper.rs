//! Propriety: whoever forecasts by the true law has the best score in expectation, under every rule.

use mandate_train::split::SplitMix64;
use mandate_train::{Loss, Seen};
use mandate_watch::crps::{self, Compound};
use mandate_watch::{Law, Rule};

/// Standard normal.
fn normal(draws: &mut SplitMix64) -> f64 {
    let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * draws.unit()).cos()
}

/// By waiting times.
fn poisson(draws: &mut SplitMix64, mean: f64) -> f64 {
    let (mut waited, mut count) = (0.0, 0.0);
    loop {
        waited -= (1.0 - draws.unit()).ln();
        if waited > mean {
            return count;
        }
        count += 1.0;
    }
}

/// Marsaglia and Tsang's method, with the boost for shapes below one.
fn gamma(draws: &mut SplitMix64, shape: f64) -> f64 {
    if shape < 1.0 {
        let boost = (1.0 - draws.unit()).powf(1.0 / shape);
        return gamma(draws, shape + 1.0) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(draws);
        let v = (1.0 + c * x).powi(3);
        let u = 1.0 - draws.unit();
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

const DISPERSION: f64 = 0.8;

/// An outcome of the mean over an exposure, by the law whose rate has the dispersion over the exposure.
fn draw(draws: &mut SplitMix64, loss: Loss, mean: f64, e: f64) -> f64 {
    match loss {
        Loss::Logistic => f64::from(u8::from(draws.unit() < mean)),
        Loss::Poisson => poisson(draws, e * mean),
        Loss::Gamma => gamma(draws, e / DISPERSION) * DISPERSION * mean,
        Loss::Tweedie(p) => {
            let (whole, phi) = (e * mean, DISPERSION * e.powf(1.0 - p));
            let amounts = poisson(draws, whole.powf(2.0 - p) / (phi * (2.0 - p)));
            let scale = phi * (p - 1.0) * whole.powf(p - 1.0);
            let shape = amounts * (2.0 - p) / (p - 1.0);
            if shape == 0.0 { 0.0 } else { gamma(draws, shape) * scale }
        }
    }
}

/// Rows of the law, and their true means.
fn rows(loss: Loss, n: usize, seed: u64) -> (Vec<f64>, Vec<Seen>) {
    println!("seed {seed}");
    let mut draws = SplitMix64::new(seed);
    let row = |_| {
        let margin = if loss.is_chance() { -1.0 } else { 0.5 } + 0.6 * normal(&mut draws);
        let mean = loss.mean(margin);
        let exposure = if loss.is_chance() { 1.0 } else { 0.25 + draws.unit() };
        let outcome = draw(&mut draws, loss, mean, exposure);
        (mean, Seen { outcome, exposure, weight: 1.0 })
    };
    (0..n).map(row).unzip()
}

#[test]
fn the_true_law_scores_best_under_every_rule() {
    for loss in [Loss::Logistic, Loss::Poisson, Loss::Gamma, Loss::Tweedie(1.5)] {
        let n = 20_000;
        let (means, came) = rows(loss, n, 32);
        let mut law = Law::estimated(loss, &means, &came).unwrap();
        if let Some(dispersion) = law.dispersion() {
            assert!((dispersion - DISPERSION).abs() < 0.1, "{loss:?}: {dispersion}");
        }
        for rule in Rule::of(loss) {
            let mut score = |moved: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
                let pairs = means.iter().zip(&came).enumerate();
                pairs
                    .map(|(i, (mean, seen))| law.score(rule, moved(i, *mean), *seen).unwrap())
                    .collect()
            };
            let truth = score(&|_, mean| mean);
            let by_margin = |mean: f64, f: &dyn Fn(f64) -> f64| loss.mean(f(loss.margin(mean)));
            type Moved<'a> = (&'a str, &'a dyn Fn(usize, f64) -> f64);
            let wrong: [Moved<'_>; 5] = [
                ("too high", &|_, mean| by_margin(mean, &|m| m + 0.25)),
                ("too low", &|_, mean| by_margin(mean, &|m| m - 0.25)),
                ("too bold", &|_, mean| by_margin(mean, &|m| 1.6 * m)),
                ("too timid", &|_, mean| by_margin(mean, &|m| 0.5 * m)),
                ("noisy", &|i, mean| by_margin(mean, &|m| m + if i % 2 == 0 { 0.4 } else { -0.4 })),
            ];
            for (name, moved) in wrong {
                let other = score(moved);
                let more: Vec<f64> = other.iter().zip(&truth).map(|(a, b)| a - b).collect();
                let mean = more.iter().sum::<f64>() / n as f64;
                let spread = more.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n as f64;
                let error = (spread / n as f64).sqrt();
                assert!(mean > 3.0 * error, "{loss:?} {rule:?} {name}: {mean} ± {error}");
            }
        }
    }
}

/// The outcome over an exposure is so many times the rate, whose dispersion is the law's over the exposure.
#[test]
fn an_outcome_over_an_exposure_is_scored_as_that_many_units_of_its_rate() {
    for loss in [Loss::Gamma, Loss::Tweedie(1.4)] {
        let (means, came) = rows(loss, 200, 33);
        let mut law = Law::estimated(loss, &means, &came).unwrap();
        let phi = law.dispersion().unwrap();
        for (mean, seen) in means.iter().zip(&came) {
            let (e, rate) = (seen.exposure, seen.outcome / seen.exposure);
            let of_rate = match loss {
                Loss::Tweedie(power) => Compound::new(power).crps(*mean, phi / e, rate).unwrap(),
                _ => crps::gamma(e / phi, mean * phi / e, rate),
            };
            let said = law.score(Rule::Crps, *mean, *seen).unwrap();
            assert!((said - e * of_rate).abs() < 1e-9, "{loss:?}: {said} for {e} of {of_rate}");
        }
    }
}
