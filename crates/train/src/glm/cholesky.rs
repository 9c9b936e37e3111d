//! Symmetric systems of equations.

/// A symmetric matrix, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Symmetric {
    size: usize,
    cells: Vec<f64>,
}

impl Symmetric {
    /// All zeros.
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    /// Adds `factor · x · xᵗ` below and on the diagonal.
    pub(crate) fn add_square(&mut self, factor: f64, x: &[f64]) {
        for (i, xi) in x.iter().enumerate() {
            let row = &mut self.cells[i * self.size..=i * self.size + i];
            let scaled = factor * xi;
            row.iter_mut().zip(x).for_each(|(cell, xj)| *cell += scaled * xj);
        }
    }

    /// One cell of the diagonal.
    pub(crate) fn diagonal(&mut self, i: usize) -> &mut f64 {
        &mut self.cells[i * self.size + i]
    }

    /// Solves `self · z = b` for a positive definite matrix; else the row that depends on those before it.
    pub(crate) fn solve(mut self, b: &[f64]) -> Result<Vec<f64>, usize> {
        self.factor()?;
        let n = self.size;
        let mut z = b.to_vec();
        for i in 0..n {
            let below: f64 = (0..i).map(|j| self.cells[i * n + j] * z[j]).sum();
            z[i] = (z[i] - below) / self.cells[i * n + i];
        }
        for i in (0..n).rev() {
            let above: f64 = (i + 1..n).map(|j| self.cells[j * n + i] * z[j]).sum();
            z[i] = (z[i] - above) / self.cells[i * n + i];
        }
        Ok(z)
    }

    /// Replaces the lower half by Cholesky's factor.
    fn factor(&mut self) -> Result<(), usize> {
        /// A pivot that has lost all but this share of its cell is rounding noise.
        const NOISE: f64 = 1e-11;
        let n = self.size;
        for i in 0..n {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| self.cells[i * n + k] * self.cells[j * n + k]).sum();
                let rest = self.cells[i * n + j] - dot;
                if i > j {
                    self.cells[i * n + j] = rest / self.cells[j * n + j];
                } else if rest > NOISE * self.cells[i * n + i] {
                    self.cells[i * n + i] = rest.sqrt();
                } else {
                    return Err(i);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_dependent_row_named() {
        let mut m = Symmetric::zero(3);
        m.add_square(1.0, &[1.0, 2.0, 3.0]);
        m.add_square(2.0, &[0.0, 1.0, -1.0]);
        assert_eq!(m.clone().solve(&[1.0, 1.0, 1.0]), Err(2));
        m.add_square(1.0, &[0.5, 0.0, 4.0]);
        let z = m.clone().solve(&[1.0, -2.0, 0.5]).unwrap();
        let cell = |i: usize, j: usize| m.cells[i.max(j) * 3 + i.min(j)];
        for (i, b) in [1.0, -2.0, 0.5].into_iter().enumerate() {
            let sum: f64 = (0..3).map(|j| cell(i, j) * z[j]).sum();
            assert!((sum - b).abs() < 1e-9, "row {i}: {sum}");
        }
    }
}
