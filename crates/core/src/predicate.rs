//! Relations between a market's parameters, by how much they are broken.
//!
//! What gets riskier must leave every relation at violation zero; what gets safer, and a rollback, must worsen none: else the
//! world's own drift would block the moves that heal it (K-6).

use alloy_primitives::{B256, I256, U256};

use crate::mandate::{Linear, Term};

/// A relation that a decision would leave broken, or more broken than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("linear predicate {index} would be violated by {violation}, at most {allowed} allowed")]
pub struct LinearViolated {
    /// Which of the mandate's linear predicates.
    pub index: usize,
    /// How far it would be broken.
    pub violation: U256,
    /// How far it may be: zero, or as far as it is.
    pub allowed: U256,
}

impl Linear {
    /// max(0, Σ coefficient · component − bound); `value` reads a component of a parameter as in force.
    pub fn violation(&self, value: impl Fn(u8, B256, u8) -> u128) -> U256 {
        let wide = |x: i128| I256::try_from(x).expect("an i128 fits");
        let product = |term: &Term| {
            let value = I256::from_raw(U256::from(value(term.class, term.subject, term.component)));
            wide(term.coefficient) * value
        };
        let sum = self.terms.iter().map(product).fold(I256::ZERO, |sum, part| sum + part);
        (sum - wide(self.bound)).max(I256::ZERO).into_raw()
    }
}

/// Holds violations after a decision against those before; `strict` is a decision with a riskier part.
pub fn check(before: &[U256], after: &[U256], strict: bool) -> Result<(), LinearViolated> {
    for (index, (before, violation)) in before.iter().zip(after).enumerate() {
        let allowed = if strict { U256::ZERO } else { *before };
        if *violation > allowed {
            return Err(LinearViolated { index, violation: *violation, allowed });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn linear(bound: i128, coefficients: [i64; 3]) -> Linear {
        let term = |(component, coefficient): (usize, i64)| Term {
            class: 1,
            subject: B256::ZERO,
            component: component as u8,
            coefficient: coefficient.into(),
        };
        Linear { bound, terms: coefficients.into_iter().enumerate().map(term).collect() }
    }

    proptest! {
        #[test]
        fn k6_a_violation_is_the_excess(bound in -1i128 << 80..1 << 80, coefficients: [i64; 3], values in any::<[u32; 3]>()) {
            let sum: i128 = coefficients.iter().zip(values).map(|(a, p)| i128::from(*a) * i128::from(p)).sum();
            let got = linear(bound, coefficients).violation(|_, _, component| values[component as usize].into());
            prop_assert_eq!(got, U256::from((sum - bound).max(0) as u128));
        }

        #[test]
        fn k6_riskier_needs_zero_and_safer_needs_no_worse(before: u64, after: u64) {
            let [b, a] = [before, after].map(U256::from);
            prop_assert_eq!(check(&[b], &[a], true).is_ok(), after == 0);
            prop_assert_eq!(check(&[b], &[a], false).is_ok(), after <= before);
        }
    }

    #[test]
    fn a_refusal_names_the_predicate() {
        let [zero, five] = [U256::ZERO, U256::from(5)];
        let error = LinearViolated { index: 1, violation: five, allowed: zero };
        assert_eq!(check(&[zero, five], &[zero, five], true), Err(error));
        assert_eq!(check(&[zero, five], &[zero, five], false), Ok(()));
        let extreme = linear(i128::MIN, [i64::MAX; 3]);
        assert!(extreme.violation(|_, _, _| crate::units::AMOUNT_MAX) > zero);
    }
}
