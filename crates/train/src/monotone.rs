//! Settled directions in trees.
//!
//! The library keeps the two sides of a split in order, but what is split further below it on another feature may pass them.
//! So each side's leaves are held to the middle between the two sides' weights, all the way down: then whoever takes the
//! side of higher values at a split, and whatever comes below it, never ends on the wrong side of the middle.

use crate::dataset::{Feature, Monotone};
use crate::trees::{Node, Tree};

/// Holds the leaves of `tree` to the directions of `features`; `weights` are those of all nodes, inner ones included.
pub(crate) fn hold(tree: &mut Tree, weights: &[f64], features: &[Feature]) {
    hold_below(tree, 0, (f64::NEG_INFINITY, f64::INFINITY), weights, features);
}

fn hold_below(
    tree: &mut Tree,
    at: usize,
    (low, high): (f64, f64),
    weights: &[f64],
    features: &[Feature],
) {
    match &mut tree.nodes[at] {
        Node::Leaf(weight) => *weight = weight.clamp(low, high),
        Node::Split { feature, left, right, .. } => {
            let (left, right) = (*left, *right);
            let middle = f64::midpoint(weights[left], weights[right]).clamp(low, high);
            let (below, above) = match features[*feature].monotone {
                None => ((low, high), (low, high)),
                Some(Monotone::Up) => ((low, middle), (middle, high)),
                Some(Monotone::Down) => ((middle, high), (low, middle)),
            };
            hold_below(tree, left, below, weights, features);
            hold_below(tree, right, above, weights, features);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn split(feature: usize, left: usize, right: usize) -> Node {
        Node::Split { feature, threshold: 0.0, missing_left: true, left, right }
    }

    #[test]
    fn a_leaf_below_another_feature_stays_on_its_side() {
        let mut features = vec![Feature::whole("a", "", ""), Feature::whole("b", "", "")];
        features[0].monotone = Some(Monotone::Up);
        let nodes = vec![
            split(0, 1, 2),
            split(1, 3, 4),
            split(1, 5, 6),
            Node::Leaf(-3.0),
            Node::Leaf(2.0),
            Node::Leaf(0.2),
            Node::Leaf(4.0),
        ];
        let weights = [0.0, -1.0, 2.0, -3.0, 2.0, 0.2, 4.0];
        let mut tree = Tree { nodes };
        hold(&mut tree, &weights, &features);
        let leaves: Vec<Node> = tree.nodes[3..].to_vec();
        assert_eq!(leaves, [-3.0, 0.5, 0.5, 4.0].map(Node::Leaf));
    }
}
