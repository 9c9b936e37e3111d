//! What is checked.

use mandate_train::split::Parts;
use mandate_train::{Dataset, Description, parts};

/// Most rows that a figure names.
const NAMED: usize = 20;

/// When each row was, in texts that compare as a split by time compares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// The column.
    pub column: String,
    /// One text a row of the data set.
    pub texts: Vec<String>,
}

/// Data in two parts, and where their rows stand in the file.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub(super) description: &'a Description,
    pub(super) data: &'a Dataset,
    pub(super) parts: Parts,
    numbers: Option<&'a [u32]>,
    pub(super) times: Option<Times>,
}

impl<'a> Subject<'a> {
    /// Data by their description; `numbers` are their rows' places below the header, from one, where some rows were left out.
    pub fn new(
        description: &'a Description,
        data: &'a Dataset,
        numbers: Option<&'a [u32]>,
    ) -> Self {
        let parts = parts(data, &description.config);
        Self { description, data, parts, numbers, times: None }
    }

    /// The same data, and when each row was.
    pub fn timed(self, times: Option<Times>) -> Self {
        Self { times, ..self }
    }

    /// Whether outcomes are yes or no.
    pub(super) const fn is_chance(&self) -> bool {
        self.description.config.loss.is_chance()
    }

    /// Where a row stands in the file, below the header and from one.
    pub(super) fn number(&self, row: usize) -> u32 {
        self.numbers.map_or(row as u32 + 1, |numbers| numbers[row])
    }

    /// The first places of some rows, in the order of the file.
    pub(super) fn named(&self, rows: &[usize]) -> Vec<u32> {
        let mut numbers: Vec<u32> = rows.iter().map(|&row| self.number(row)).collect();
        numbers.sort_unstable();
        numbers.truncate(NAMED);
        numbers
    }

    /// Names and columns of the features.
    pub(super) fn features(&self) -> impl Iterator<Item = (&'a mandate_train::Feature, &'a [f64])> {
        self.data.features.iter().zip(self.data.columns.iter().map(Vec::as_slice))
    }

    /// What came of some rows, for one unit of exposure.
    pub(super) fn rates(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|&row| self.data.rate(row)).collect()
    }
}

/// Some values of a column.
pub(super) fn pick(column: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|&row| column[row]).collect()
}
