//! The rows that a candidate learns from and those that it is compared on.

use std::io::Read;
use std::path::Path;

use mandate_model::Model;
use mandate_train::split::Parts;
use mandate_train::{Dataset, Description, MOST_ROWS, Outcomes, Seen, Table, TrainError};

use super::settings::{Refresh, Span};
use crate::error::WatchError;
use crate::periods::{day, in_order, same_moment};
use crate::read::{Reader, suits};

/// Rows that each of the two parts needs.
const LEAST_ROWS: usize = 50;

/// Rows whose outcome has arrived, with what the incumbent says of them.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The rows as the description reads them.
    pub data: Dataset,
    /// What came of each.
    pub came: Vec<Seen>,
    /// The incumbent's output for each, on its own packing.
    pub incumbent: Vec<f64>,
    /// When each came, where a column says so.
    pub times: Option<Vec<String>>,
    /// The place of each among all rows of the file, from zero.
    pub places: Vec<usize>,
    /// Rows whose outcome is still to come.
    pub waiting: usize,
}

impl Arrived {
    /// Reads the rows of a CSV file; `path` is for messages.
    ///
    /// # Errors
    /// [`WatchError::Link`] for an incumbent of another loss, and what reading refuses: a column that either model lacks, by name.
    pub fn read(
        source: impl Read,
        path: &Path,
        description: &Description,
        incumbent: &Model,
        time: Option<&str>,
    ) -> Result<Self, WatchError> {
        suits(incumbent, description.config.loss)?;
        let mut table = Table::open(source, path)?;
        let outcomes = Outcomes::find(&table, description)?;
        let reader = Reader::find(&table, incumbent)?;
        let features = &description.features;
        let fields: Vec<usize> =
            features.iter().map(|f| table.column(&f.name)).collect::<Result<_, _>>()?;
        let time = time.map(|name| table.column(name)).transpose()?;
        let mut rows = Self::none(description, time.is_some());
        let mut place = 0;
        while let Some(row) = table.next()? {
            place += 1;
            if outcomes.waits(&row) {
                rows.waiting += 1;
                continue;
            }
            let Some(seen) = outcomes.read(&row)? else {
                rows.data.left_out += 1;
                continue;
            };
            for ((feature, field), column) in
                features.iter().zip(&fields).zip(&mut rows.data.columns)
            {
                column.push(row.value(*field, feature)?);
            }
            rows.incumbent.push(reader.output(&reader.values(&row)?)?);
            rows.data.outcome.push(seen.outcome);
            rows.came.push(seen);
            rows.places.push(place - 1);
            if let (Some(times), Some(field)) = (&mut rows.times, time) {
                times.push(row.text(field).to_owned());
            }
            if rows.came.len() > MOST_ROWS {
                return Err(
                    TrainError::TooManyRows { file: path.to_owned(), most: MOST_ROWS }.into()
                );
            }
        }
        let target = &description.target;
        let all = |of: fn(&Seen) -> f64| rows.came.iter().map(of).collect::<Vec<f64>>();
        rows.data.exposure = target.exposure.as_ref().map(|_| all(|seen| seen.exposure));
        rows.data.weight = target.weight.as_ref().map(|_| all(|seen| seen.weight));
        rows.data.block = Some(rows.moments());
        Ok(rows)
    }

    fn none(description: &Description, timed: bool) -> Self {
        let features = description.features.clone();
        let columns = vec![Vec::new(); features.len()];
        Self {
            data: Dataset { features, columns, ..Dataset::default() },
            came: Vec::new(),
            incumbent: Vec::new(),
            times: timed.then(Vec::new),
            places: Vec::new(),
            waiting: 0,
        }
    }

    /// The rows in the order of time.
    pub fn order(&self) -> Vec<usize> {
        in_order(self.times.as_deref(), self.came.len())
    }

    /// The number of each row's moment, earliest first.
    fn moments(&self) -> Vec<u32> {
        let mut moments = vec![0; self.came.len()];
        let (mut number, mut before) = (0, None);
        for row in self.order() {
            number += u32::from(before.is_some_and(|before| !self.together(before, row)));
            moments[row] = number;
            before = Some(row);
        }
        moments
    }

    fn together(&self, a: usize, b: usize) -> bool {
        self.times.as_ref().is_some_and(|times| same_moment(&times[a], &times[b]))
    }

    /// The window and the later rows, each in the order of time.
    ///
    /// # Errors
    /// [`WatchError::TooFew`] for a part without enough rows, [`WatchError::Time`] for days of a text that is none.
    pub fn parts(&self, refresh: &Refresh) -> Result<Parts, WatchError> {
        let mut order = self.order();
        let later = order.split_off(self.cut(&order, refresh.later)?);
        let from = refresh.window.map_or(Ok(0), |window| self.cut(&order, window))?;
        let window = order.split_off(from);
        for (what, rows) in [("the window", &window), ("the later period", &later)] {
            if rows.len() < LEAST_ROWS {
                return Err(WatchError::TooFew { what, given: rows.len(), least: LEAST_ROWS });
            }
        }
        Ok(Parts { train: window, test: later })
    }

    /// Where the last `span` of `order` begins; a moment is never cut.
    fn cut(&self, order: &[usize], span: Span) -> Result<usize, WatchError> {
        let mut at = match span {
            Span::Rows(rows) => order.len().saturating_sub(rows),
            Span::Days(days) => {
                let (Some(times), Some(last)) = (&self.times, order.last()) else {
                    return Err(WatchError::Setting {
                        key: "refresh.time",
                        given: "missing".to_owned(),
                        allowed: "a column, for a span of days",
                    });
                };
                let of = |row: usize| {
                    day(&times[row]).ok_or_else(|| WatchError::Time { given: times[row].clone() })
                };
                let from = of(*last)? - days;
                let days: Vec<i64> = order.iter().map(|&row| of(row)).collect::<Result<_, _>>()?;
                days.partition_point(|&day| day <= from)
            }
        };
        while at > 0 && at < order.len() && self.together(order[at - 1], order[at]) {
            at -= 1;
        }
        Ok(at)
    }

    /// When the first and the last of some rows came, where a column says so.
    pub(crate) fn ends(&self, rows: &[usize]) -> Option<[String; 2]> {
        let times = self.times.as_ref()?;
        Some([times[*rows.first()?].clone(), times[*rows.last()?].clone()])
    }
}
