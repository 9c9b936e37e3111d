//! Steps from gradients: Adam (Kingma and Ba 2015), its rate falling in a line to zero.

/// Decay of the mean gradient and of the mean square, and what keeps a division from zero.
const DECAY: (f64, f64) = (0.9, 0.999);
const LEAST: f64 = 1e-8;

/// Running means of one parameter vector's gradients.
#[derive(Debug)]
pub(super) struct Adam {
    rate: f64,
    steps: u64,
    taken: u64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Adam {
    /// For `steps` steps of at most about `rate`.
    pub(super) fn new(parameters: usize, rate: f64, steps: u64) -> Self {
        let zeros = || vec![0.0; parameters];
        Self { rate, steps, taken: 0, mean: zeros(), square: zeros() }
    }

    /// Moves `parameters` against `gradient`.
    pub(super) fn step(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        let left = 1.0 - self.taken as f64 / self.steps as f64;
        self.taken += 1;
        let times = self.taken as f64;
        let (mean_bias, square_bias) = (1.0 - DECAY.0.powf(times), 1.0 - DECAY.1.powf(times));
        let means = self.mean.iter_mut().zip(&mut self.square);
        for ((parameter, g), (mean, square)) in parameters.iter_mut().zip(gradient).zip(means) {
            *mean = DECAY.0 * *mean + (1.0 - DECAY.0) * g;
            *square = DECAY.1 * *square + (1.0 - DECAY.1) * g * g;
            let size = (*square / square_bias).sqrt() + LEAST;
            *parameter -= self.rate * left * (*mean / mean_bias) / size;
        }
    }
}
