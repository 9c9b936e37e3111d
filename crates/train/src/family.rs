//! The families of models, in floats.

use mandate_model::Schema;

use crate::config::{Family, TrainConfig};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::fit::Step;
use crate::glm::FloatGlm;
use crate::lesson::Lesson;
use crate::loss::Loss;
use crate::network::TrainedNetwork;
use crate::quantise::{self, Quantised};
use crate::trees::FloatTrees;

/// A trained model in floats.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatModel {
    /// Boosted trees.
    Trees(FloatTrees),
    /// A generalised linear model.
    Glm(FloatGlm),
    /// A dense network.
    Network(TrainedNetwork),
}

impl FloatModel {
    /// The margin of row `i`.
    pub fn margin(&self, data: &Dataset, i: usize) -> f64 {
        match self {
            Self::Trees(trees) => trees.margin(data, i),
            Self::Glm(glm) => glm.margin(data, i),
            Self::Network(network) => network.margin(data.row(i)),
        }
    }

    /// What the model says of row `i`: a probability, or the mean for one unit of exposure.
    pub fn output(&self, loss: Loss, data: &Dataset, i: usize) -> f64 {
        loss.mean(self.margin(data, i))
    }

    /// Trains what `config` asks for on the rows `train`.
    pub(crate) fn fit(
        data: &Dataset,
        train: &[usize],
        config: &TrainConfig,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Self, TrainError> {
        let lesson = Lesson::new(data, train, config);
        match config.family {
            Family::Trees => {
                let of = config.trees.trees;
                progress(Step::Train { done: 0, of });
                let told = &mut |done| progress(Step::Train { done, of });
                FloatTrees::fit(&lesson, &config.trees, config.seed, told).map(Self::Trees)
            }
            Family::Glm => {
                progress(Step::Train { done: 0, of: 1 });
                FloatGlm::fit(&lesson, &config.glm).map(Self::Glm)
            }
            Family::Network => {
                let of = config.network.epochs;
                progress(Step::Train { done: 0, of });
                let told = &mut |done| progress(Step::Train { done, of });
                TrainedNetwork::fit(&lesson, &config.network, config.seed, told).map(Self::Network)
            }
        }
    }

    /// Margins become `slope · margin + shift`; the slope is above zero.
    pub(crate) fn rescale(&mut self, slope: f64, shift: f64) {
        match self {
            Self::Trees(trees) => trees.rescale(slope, shift),
            Self::Glm(glm) => glm.rescale(slope, shift),
            Self::Network(network) => network.rescale(slope, shift),
        }
    }

    /// The integer program.
    pub(crate) fn quantise(
        &self,
        lesson: &Lesson<'_>,
        schema: &Schema,
        config: &TrainConfig,
    ) -> Result<Quantised, TrainError> {
        let limits = config.limits.then(|| schema.limits());
        match self {
            Self::Trees(trees) => quantise::trees(trees, lesson, schema)?.within(limits),
            Self::Glm(glm) => quantise::glm(glm, lesson, schema, limits),
            Self::Network(network) => network.quantise(schema, config),
        }
    }
}
