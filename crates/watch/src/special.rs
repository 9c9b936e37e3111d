//! Functions that scores are made of, in doubles, to about 1e-13.

use std::f64::consts::{PI, TAU};

/// Terms after which a series that has not settled is cut off.
const MOST_TERMS: u32 = 200_000;
/// A term below this share of the sum is the last.
const SMALL: f64 = 1e-17;

/// What Stirling's formula lacks: `ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π)`, for `x` above 0.
fn stirling_rest(x: f64) -> f64 {
    if x < 10.0 {
        return ln_gamma(x) - stirling(x);
    }
    let y = 1.0 / (x * x);
    let series =
        [-691.0 / 360_360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0];
    series.iter().fold(0.0, |sum, term| sum * y + term) / x
}

fn stirling(x: f64) -> f64 {
    (x - 0.5) * x.ln() - x + 0.5 * TAU.ln()
}

/// The logarithm of the gamma function, for `x` above 0.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    stirling(x) + stirling_rest(x) - f64::ln(product)
}

/// `a ln(a / x) + x − a` without the loss of digits where the two are close (Loader 2000).
fn deviance_part(a: f64, x: f64) -> f64 {
    if (a - x).abs() >= 0.1 * (a + x) {
        return a * (a / x).ln() + x - a;
    }
    let v = (a - x) / (a + x);
    let (mut sum, mut term) = ((a - x) * v, 2.0 * a * v);
    for j in 1..1000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// `x^a · e^−x / Γ(a + 1)`: the chance of `a` under Poisson's law with mean `x`, for any `a` of at least 0.
pub(crate) fn poisson_density(a: f64, x: f64) -> f64 {
    if a == 0.0 {
        return (-x).exp();
    }
    if x == 0.0 {
        return 0.0;
    }
    (-stirling_rest(a) - deviance_part(a, x)).exp() / (TAU * a).sqrt()
}

/// The regularised lower incomplete gamma function: the share of a gamma law of shape `a` and scale 1 that lies below `x`.
pub(crate) fn gamma_below(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return 1.0;
    }
    if x < a + 1.0 { gamma_series(a, x) } else { 1.0 - gamma_fraction(a, x) }
}

fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..MOST_TERMS {
        term *= x / (a + f64::from(k));
        sum += term;
        if term < SMALL * sum {
            break;
        }
    }
    (poisson_density(a, x) * sum).min(1.0)
}

/// The share above `x`, by Lentz's method.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let fraction = lentz(x + 1.0 - a, |k| (-k * (k - a), x + 1.0 - a + 2.0 * k));
    (poisson_density(a, x) * a * fraction).min(1.0)
}

/// `1 / (b₀ + a₁ / (b₁ + a₂ / (b₂ + …)))`, the pairs by their number from 1 on.
fn lentz(b0: f64, pair: impl Fn(f64) -> (f64, f64)) -> f64 {
    let tiny = f64::MIN_POSITIVE * 1e30;
    let kept = |x: f64| if x.abs() < tiny { tiny } else { x };
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / kept(b0);
    let mut value = d;
    for k in 1..MOST_TERMS {
        let (a, b) = pair(f64::from(k));
        d = 1.0 / kept(b + a * d);
        c = kept(b + a / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The share of a beta law of shapes `a` and `b` that lies below one half.
pub(crate) fn beta_below_half(a: f64, b: f64) -> f64 {
    // 2^−(a + b) / B(a, b), as a binomial density (Loader 2000).
    let n = a + b;
    let rests = stirling_rest(n) - stirling_rest(a) - stirling_rest(b);
    let apart = deviance_part(a, n / 2.0) + deviance_part(b, n / 2.0);
    let whole = (rests - apart).exp() * (a * b / (TAU * n)).sqrt();
    if 0.5 < (a + 1.0) / (a + b + 2.0) {
        return whole * beta_fraction(a, b) / a;
    }
    1.0 - whole * beta_fraction(b, a) / b
}

fn beta_fraction(a: f64, b: f64) -> f64 {
    let x = 0.5;
    // The fraction is 1 / (1 + d₁ / (1 + d₂ / …)).
    lentz(1.0, |n| {
        let m = (n / 2.0).floor();
        let d = if n % 2.0 == 0.0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (d, 1.0)
    })
}

/// `e^−x · (I₀(x) + I₁(x))` of the modified Bessel functions, for `x` of at least 0.
pub(crate) fn bessel_sum(x: f64) -> f64 {
    if x > 30.0 {
        return (bessel_far(x, 0.0) + bessel_far(x, 4.0)) / (TAU * x).sqrt();
    }
    let half = x / 2.0;
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..1000 {
        let k = f64::from(k);
        let more = term * (1.0 + half / (k + 1.0));
        sum += more;
        if more < SMALL * sum {
            break;
        }
        term *= (half / (k + 1.0)).powi(2);
    }
    (-x).exp() * sum
}

/// Hankel's expansion, with `four` four times the square of the order.
fn bessel_far(x: f64, four: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..60 {
        let odd = f64::from(2 * k - 1);
        let next = -term * (four - odd * odd) / (f64::from(k) * 8.0 * x);
        if next.abs() >= f64::abs(term) || next.abs() < SMALL {
            break;
        }
        term = next;
        sum += term;
    }
    sum
}

/// The chance that a standard normal number lies farther from zero than `z`.
pub(crate) fn two_sided(z: f64) -> f64 {
    let x = z * z / 2.0;
    if x < 1.5 { 1.0 - gamma_below(0.5, x) } else { gamma_fraction(0.5, x) }
}

/// Euler's beta function at one half and `a`.
pub(crate) fn beta_of_half(a: f64) -> f64 {
    (ln_gamma(a) - ln_gamma(a + 0.5)).exp() * PI.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(given: f64, wanted: f64) {
        assert!((given - wanted).abs() < 1e-13 * (1.0 + wanted.abs()), "{given} {wanted}");
    }

    #[test]
    fn gamma_functions_meet_known_values() {
        near(ln_gamma(1.0), 0.0);
        near(ln_gamma(0.5), PI.sqrt().ln());
        near(ln_gamma(11.0), 3_628_800f64.ln());
        near(gamma_below(1.0, 2.0), 1.0 - (-2.0f64).exp());
        near(gamma_below(1.0, 0.3), 1.0 - (-0.3f64).exp());
        near(gamma_below(2.0, 9.0), 1.0 - 10.0 * (-9.0f64).exp());
        near(two_sided(1.959_963_984_540_054), 0.05);
        assert!(
            (two_sided(-8.0) / 1.244_192_114_854_357e-15 - 1.0).abs() < 1e-10,
            "{}",
            two_sided(-8.0)
        );
        near(beta_of_half(1.0), 2.0);
        near(beta_of_half(0.5), PI);
    }

    #[test]
    fn densities_of_counts_sum_to_one_and_recur() {
        for mean in [0.2, 7.5, 300.0] {
            let sum: f64 = (0..2000).map(|n| poisson_density(f64::from(n), mean)).sum();
            near(sum, 1.0);
            near(poisson_density(6.0, mean) * 7.0, poisson_density(7.0, mean) * 7.0 * 7.0 / mean);
        }
    }

    #[test]
    fn half_of_a_symmetric_beta_lies_below_one_half() {
        for a in [0.3, 1.0, 20.0, 700.0] {
            near(beta_below_half(a, a), 0.5);
        }
        near(beta_below_half(1.0, 3.0), 1.0 - 0.125);
        near(beta_below_half(3.0, 1.0), 0.125);
    }

    #[test]
    fn bessel_functions_join_where_the_series_change() {
        near(bessel_sum(0.0), 1.0);
        let (below, above) = (bessel_sum(30.0), bessel_sum(30.000_000_000_001));
        assert!((below - above).abs() < 1e-13, "{below} {above}");
    }
}
