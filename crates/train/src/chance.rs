//! Whether a model's output is a probability.

use mandate_model::sparse::Step;
use mandate_model::{Body, Link, Model};

/// Whether a model says how likely something is: by its link, or because no input can lead its trees outside 0 to 1, but for
/// rounding, as with the shares of a forest.
pub fn says_chance(model: &Model) -> bool {
    let head = model.program().head();
    if head.link != Link::Identity {
        return head.link == Link::Logistic;
    }
    let Some(trees) = ranges(model.program().body()) else { return false };
    let rounding = trees.len() as i64 + 1;
    let sums = trees.iter().fold([head.bias; 2], |[low, high], tree| {
        [low.saturating_add(tree[0].into()), high.saturating_add(tree[1].into())]
    });
    sums[0] >= -rounding && i128::from(sums[1]) <= (1 << head.shift) + i128::from(rounding)
}

/// The least and the greatest leaf of each tree.
fn ranges(body: &Body) -> Option<Vec<[i32; 2]>> {
    let range = |leaves: &mut dyn Iterator<Item = i32>| {
        leaves.fold([i32::MAX, i32::MIN], |[low, high], leaf| [low.min(leaf), high.max(leaf)])
    };
    match body {
        Body::Trees(trees) => {
            let all = trees
                .forests()
                .iter()
                .flat_map(|forest| (0..forest.trees()).map(|tree| forest.leaves(tree)));
            Some(all.map(|leaves| range(&mut leaves.iter().map(|&leaf| leaf.into()))).collect())
        }
        Body::Sparse(trees) => {
            let leaf = |step: Step| if let Step::Leaf(value) = step { Some(value) } else { None };
            let all = trees.trees().iter();
            Some(
                all.map(|tree| range(&mut (0..tree.len()).filter_map(|at| leaf(tree.step(at)))))
                    .collect(),
            )
        }
        Body::Glm(_) | Body::Network(_) => None,
    }
}
