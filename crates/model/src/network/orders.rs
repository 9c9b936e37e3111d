//! Attributions of networks: what each feature adds when features take their values one after another.
//!
//! From the baseline to the input, one feature at a time: the steps sum to the whole way, in any order. The order
//! decides who is given what two features do together, so the steps are averaged over `2n` orders: the features in their
//! order, beginning at each of them in turn, and each of these backwards. Every feature then stands in every place, and
//! every pair in both orders equally often: for whatever features do alone or in pairs, the averages are Shapley values.

use alloc::{vec, vec::Vec};

use super::Network;

/// The margin of `from` without the head's bias, and what each feature adds to it on the way to `to`, rounded to the
/// nearest, halves up.
pub(crate) fn split(network: &Network, from: &[i32], to: &[i32]) -> (i128, Vec<i128>) {
    let (start, steps) = steps(network, from, to);
    let orders = orders(to.len());
    (start, steps.iter().map(|sum| (sum + orders / 2).div_euclid(orders)).collect())
}

/// Number of orders for so many features.
pub(crate) fn orders(features: usize) -> i128 {
    2 * i128::try_from(features).expect("at most 128 features")
}

/// The margin of `from` without the head's bias, and each feature's steps, summed over all orders.
pub(crate) fn steps(network: &Network, from: &[i32], to: &[i32]) -> (i128, Vec<i128>) {
    let n = to.len();
    let start = i128::from(network.sum(from.iter().copied()));
    let mut steps = vec![0; n];
    for first in 0..n {
        let order = (first..first + n).map(|place| place % n);
        walk(network, from, to, start, order.clone(), &mut steps);
        walk(network, from, to, start, order.rev(), &mut steps);
    }
    (start, steps)
}

fn walk(
    network: &Network,
    from: &[i32],
    to: &[i32],
    start: i128,
    order: impl Iterator<Item = usize>,
    steps: &mut [i128],
) {
    let mut features = from.to_vec();
    let mut before = start;
    for feature in order {
        if features[feature] == to[feature] {
            continue;
        }
        features[feature] = to[feature];
        let after = i128::from(network.sum(features.iter().copied()));
        steps[feature] += after - before;
        before = after;
    }
}
