//! How often a classifier of texts is right.

use serde::Serialize;

/// Precision and recall of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Texts of the class.
    pub texts: usize,
    /// Share of the texts said to be of the class that are; 0 if none is said to be.
    pub precision: f64,
    /// Share of the class's texts that were said to be of it; 0 if there is none.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// Figures over all classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Share of texts whose class was said.
    pub accuracy: f64,
    /// Mean of the classes' F1.
    pub macro_f1: f64,
    /// Class by class.
    pub classes: Vec<ClassFigures>,
}

impl Figures {
    /// The figures of (true class, said class) pairs, classes counted from 0.
    pub fn of(pairs: &[(usize, usize)], classes: usize) -> Self {
        let right = pairs.iter().filter(|(truth, said)| truth == said).count();
        let classes: Vec<ClassFigures> = (0..classes).map(|class| figures(pairs, class)).collect();
        let f1: f64 = classes.iter().map(|class| class.f1).sum();
        let macro_f1 = f1 / classes.len().max(1) as f64;
        Self { accuracy: share(right, pairs.len()), macro_f1, classes }
    }
}

fn figures(pairs: &[(usize, usize)], class: usize) -> ClassFigures {
    let count = |is: fn(usize, usize, usize) -> bool| {
        pairs.iter().filter(|(truth, said)| is(*truth, *said, class)).count()
    };
    let texts = count(|truth, _, class| truth == class);
    let said = count(|_, said, class| said == class);
    let both = count(|truth, said, class| truth == class && said == class);
    ClassFigures {
        texts,
        precision: share(both, said),
        recall: share(both, texts),
        f1: share(2 * both, texts + said),
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let pairs = [(0, 0), (0, 1), (1, 1), (1, 1), (2, 0), (2, 1)];
        let got = Figures::of(&pairs, 3);
        assert_eq!(got.accuracy, 0.5);
        assert_eq!(
            got.classes[1],
            ClassFigures { texts: 2, precision: 0.5, recall: 1.0, f1: 2.0 / 3.0 }
        );
        assert_eq!(got.classes[2].f1, 0.0);
        assert!((got.macro_f1 - (0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-15);
    }
}
