//! Linear margins: the bound is the knapsack's.

use mandate_model::{Glm, MAX_VALUE, MIN_VALUE};

use crate::knapsack::{self, Sum};
use crate::search::{Relaxation, Relaxed};
use crate::space::{Set, Space};

/// A linear margin on the axes of one space.
pub(crate) struct Linear<'a> {
    glm: &'a Glm,
    /// Feature of each axis.
    features: Vec<usize>,
    sign: i128,
    /// What the bias and the features that cannot be moved add.
    fixed: i128,
}

impl<'a> Linear<'a> {
    pub(crate) fn new(glm: &'a Glm, bias: i64, space: &Space, sign: i128) -> Self {
        let features: Vec<usize> = space.axes().iter().map(|axis| axis.feature).collect();
        let row = space.row().iter().zip(glm.coefficients()).enumerate();
        let still = row.filter(|(feature, _)| !features.contains(feature));
        let fixed: i128 = still.map(|(_, (&value, c))| c.contribution(value)).sum();
        Self { glm, features, sign, fixed: sign * (fixed + i128::from(bias)) }
    }
}

impl Sum for Linear<'_> {
    fn gain(&self, axis: usize, value: i32) -> i128 {
        self.sign * self.glm.coefficients()[self.features[axis]].contribution(value)
    }

    fn rises(&self, axis: usize) -> bool {
        self.sign * i128::from(self.glm.coefficients()[self.features[axis]].weight) > 0
    }

    fn useful(&self, _: usize) -> (i32, i32) {
        (MIN_VALUE, MAX_VALUE)
    }
}

impl Relaxation for Linear<'_> {
    fn relax(&self, space: &Space, region: &[Set]) -> Relaxed {
        let mut relaxed = knapsack::most(space, region, self);
        relaxed.bound += self.fixed;
        relaxed
    }
}
