//! The column that rows are split by: which are marked for the test, and which belong together.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::config::Split;

/// The texts of the split's column, each once, and which of them every row has.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    split: &'a Split,
    known: HashMap<String, u32>,
    texts: Vec<String>,
    rows: Vec<u32>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(split: &'a Split) -> Self {
        Self { split, known: HashMap::new(), texts: Vec::new(), rows: Vec::new() }
    }

    /// Adds the next row's text.
    pub(crate) fn push(&mut self, text: &str) {
        if let Some(&number) = self.known.get(text) {
            self.rows.push(number);
            return;
        }
        let number = self.texts.len() as u32;
        self.known.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        self.rows.push(number);
    }

    /// Groups in the order of their first row, moments in their own.
    pub(crate) fn blocks(&self) -> Option<Vec<u32>> {
        match self.split {
            Split::Seed { .. } | Split::Column { .. } => None,
            Split::Group { .. } => Some(self.rows.clone()),
            Split::Time { .. } => {
                let mut order: Vec<usize> = (0..self.texts.len()).collect();
                order.sort_by(|&a, &b| in_time(&self.texts[a], &self.texts[b]));
                let mut rank = vec![0; order.len()];
                order.iter().zip(0..).for_each(|(&text, place)| rank[text] = place);
                Some(self.rows.iter().map(|&text| rank[text as usize]).collect())
            }
        }
    }

    /// Whether each row is for the test, where the column says so.
    pub(crate) fn marks(&self) -> Option<Vec<bool>> {
        let tested: Vec<bool> = match self.split {
            Split::Seed { .. } | Split::Group { .. } => return None,
            Split::Column { test, .. } => self.texts.iter().map(|t| test.contains(t)).collect(),
            Split::Time { from, .. } => {
                self.texts.iter().map(|t| in_time(t, from) != Ordering::Less).collect()
            }
        };
        Some(self.rows.iter().map(|&text| tested[text as usize]).collect())
    }
}

/// Which of two moments is earlier: numbers compare as numbers, other text by bytes, which is right for ISO dates; numbers come first.
pub fn in_time(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_ranked_and_marked() {
        let split = Split::Time { name: String::new(), from: "10".to_owned() };
        let mut texts = Texts::new(&split);
        for text in ["9", "10", "9", "100", "9.5"] {
            texts.push(text);
        }
        assert_eq!(texts.blocks(), Some(vec![0, 2, 0, 3, 1]));
        assert_eq!(texts.marks(), Some(vec![false, true, false, true, false]));
    }
}
