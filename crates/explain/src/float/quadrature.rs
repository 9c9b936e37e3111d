//! Gauss and Legendre's points: integrals of polynomials over `[0, 1]`, exact but for rounding.

use std::f64::consts::PI;

/// Steps of Newton's method that find a root to the last bit; it needs five.
const STEPS: usize = 20;

/// Places and weights of `points` points, exact for polynomials up to degree `2 · points − 1`.
pub(super) fn rule(points: usize) -> Vec<(f64, f64)> {
    (0..points).map(|i| point(points, i)).collect()
}

fn point(points: usize, i: usize) -> (f64, f64) {
    let mut x = (PI * (i as f64 + 0.75) / (points as f64 + 0.5)).cos();
    for _ in 0..STEPS {
        let (value, slope) = legendre(points, x);
        let step = value / slope;
        x -= step;
        if step.abs() <= f64::EPSILON {
            break;
        }
    }
    let (_, slope) = legendre(points, x);
    // Over [-1, 1] the weight is twice this.
    (f64::midpoint(1.0, x), 1.0 / ((1.0 - x * x) * slope * slope))
}

/// Legendre's polynomial of degree `n` at `x`, and its slope.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut now) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        (before, now) = (now, ((2.0 * k - 1.0) * x * now - (k - 1.0) * before) / k);
    }
    (now, n as f64 * (x * now - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        for points in 1..=40 {
            let rule = rule(points);
            for degree in 0..2 * points {
                let sum: f64 = rule.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                let exact = 1.0 / (degree as f64 + 1.0);
                assert!((sum - exact).abs() < 1e-14, "{points} points, degree {degree}: {sum}");
            }
        }
    }
}
