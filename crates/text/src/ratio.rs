//! Exact rounding of ratios.

/// `n / d` to the nearest integer, a half to the even one; `d` is above zero.
pub(crate) const fn half_even(n: i128, d: i128) -> i128 {
    let (floor, rest) = (n.div_euclid(d), n.rem_euclid(d));
    let up = 2 * rest > d || (2 * rest == d && floor % 2 != 0);
    floor + up as i128
}

#[cfg(test)]
mod tests {
    use super::half_even;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let got = [-5, -3, -1, 0, 1, 3, 5].map(|n| half_even(n, 2));
        assert_eq!(got, [-2, -2, 0, 0, 0, 2, 2]);
        assert_eq!([-2, -1, 1, 2, 4, 5].map(|n| half_even(n, 3)), [-1, 0, 0, 1, 1, 2]);
    }
}
