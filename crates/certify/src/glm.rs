//! Linear margins: the bound is the knapsack's.

use mandate_model::{Glm, Limit};

use crate::knapsack::{self, Sum};
use crate::search::{Relaxation, Relaxed};
use crate::space::{Set, Space};

/// A linear margin on the axes of one space.
pub(crate) struct Linear<'a> {
    glm: &'a Glm,
    /// Of every feature; all values where the program has none.
    limits: Vec<Limit>,
    /// Feature of each axis.
    features: Vec<usize>,
    sign: i128,
    /// What the bias and the features that cannot be moved add.
    fixed: i128,
}

impl<'a> Linear<'a> {
    pub(crate) fn new(
        glm: &'a Glm,
        limits: &[Limit],
        bias: i64,
        space: &Space,
        sign: i128,
    ) -> Self {
        let features: Vec<usize> = space.axes().iter().map(|axis| axis.feature).collect();
        let limits = (0..space.row().len()).map(|f| limits.get(f).copied().unwrap_or(Limit::WHOLE));
        let mut linear = Self { glm, limits: limits.collect(), features, sign, fixed: 0 };
        let row = space.row().iter().enumerate();
        let still = row.filter(|(feature, _)| !linear.features.contains(feature));
        let fixed: i128 = still.map(|(feature, &value)| linear.adds(feature, value)).sum();
        linear.fixed = sign * (fixed + i128::from(bias));
        linear
    }

    /// What a value of a feature adds to the margin.
    fn adds(&self, feature: usize, value: i32) -> i128 {
        self.glm.coefficients()[feature].contribution(self.limits[feature].hold(value))
    }
}

impl Sum for Linear<'_> {
    fn gain(&self, axis: usize, value: i32) -> i128 {
        self.sign * self.adds(self.features[axis], value)
    }

    fn rises(&self, axis: usize) -> bool {
        self.sign * i128::from(self.glm.coefficients()[self.features[axis]].weight) > 0
    }

    fn useful(&self, axis: usize) -> (i32, i32) {
        let limit = self.limits[self.features[axis]];
        (limit.low, limit.high)
    }
}

impl Relaxation for Linear<'_> {
    fn relax(&self, space: &Space, region: &[Set]) -> Relaxed {
        let mut relaxed = knapsack::most(space, region, self);
        relaxed.bound += self.fixed;
        relaxed
    }
}
