//! Reading a design file: every field with its place in the file, and every problem, not only the first.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    ops::{Deref, Range},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{Problem, quantity};

/// A value with its place in the file.
#[derive(Clone, Debug)]
pub struct Field<T> {
    /// What was read.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

impl<T> Deref for Field<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The problems found so far.
pub(crate) type Problems = RefCell<Vec<Problem>>;

/// One table of the file, which remembers the keys that were asked for.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    path: String,
    problems: &'a Problems,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(crate) fn root(file: &'a Spanned<DeTable<'a>>, problems: &'a Problems) -> Self {
        Self::new(file.get_ref(), 0..0, String::new(), problems)
    }

    const fn new(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        path: String,
        problems: &'a Problems,
    ) -> Self {
        Self { table, span, path, problems, asked: RefCell::new(BTreeSet::new()) }
    }

    /// Where the table stands.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The table `key`.
    pub(crate) fn section(&self, key: &'static str) -> Option<Self> {
        let (span, value) = self.required(key)?;
        self.as_section(span, value, self.name(key))
    }

    /// The tables of the list `key`.
    pub(crate) fn sections(&self, key: &'static str) -> Option<Vec<Self>> {
        let (span, value) = self.required(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(span, key, value.get_ref(), "a list of tables");
            return None;
        };
        let section = |(index, item): (usize, &'a Spanned<DeValue<'a>>)| {
            self.as_section(item.span(), item, format!("{}[{index}]", self.name(key)))
        };
        items.iter().enumerate().map(section).collect()
    }

    fn as_section(
        &self,
        key_span: Range<usize>,
        value: &'a Spanned<DeValue<'a>>,
        path: String,
    ) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(table, key_span, path, self.problems)),
            _ => {
                self.wrong_type(value.span(), &path, value.get_ref(), "a table");
                None
            }
        }
    }

    /// A string that is not empty.
    pub(crate) fn text(&self, key: &'static str) -> Option<Field<String>> {
        let (_, value) = self.required(key)?;
        if !matches!(value.get_ref(), DeValue::String(_)) {
            self.wrong_type(value.span(), key, value.get_ref(), "a string");
            return None;
        }
        self.parse(key, "a string", |text, _| {
            if text.trim().is_empty() {
                Err("write at least one character".into())
            } else {
                Ok(text.into())
            }
        })
    }

    /// A whole number up to `most`.
    pub(crate) fn count(&self, key: &'static str, most: u64) -> Option<Field<u64>> {
        self.parse(key, "a whole number", |text, _| {
            let number: u64 = text.replace('_', "").parse().map_err(|_| "write a whole number")?;
            if number > most { Err(format!("write at most {most}")) } else { Ok(number) }
        })
    }

    /// Seconds of a duration that fits 32 bits.
    pub(crate) fn duration(&self, key: &'static str) -> Option<Field<u32>> {
        self.parse(key, "a duration", |text, _| {
            let seconds = quantity::duration(text)?;
            u32::try_from(seconds).map_err(|_| "write at most 49_710d".into())
        })
    }

    /// A share in basis points, at most 100 %.
    pub(crate) fn bps(&self, key: &'static str) -> Option<Field<u16>> {
        self.parse(key, "a share", |text, _| {
            let bps = quantity::share(text, 4)?;
            if bps > 10_000 { Err("write at most 100%".into()) } else { Ok(bps as u16) }
        })
    }

    /// A share in parts per million, at most 100 %.
    pub(crate) fn ppm(&self, key: &'static str) -> Option<Field<u32>> {
        self.parse(key, "a share", |text, _| {
            let ppm = quantity::share(text, 6)?;
            if ppm > 1_000_000 { Err("write at most 100%".into()) } else { Ok(ppm as u32) }
        })
    }

    /// A yearly rate, in WAD per second.
    pub(crate) fn rate(&self, key: &'static str) -> Option<Field<u128>> {
        self.parse(key, "a yearly rate", |text, _| quantity::rate(text))
    }

    /// A factor in WAD.
    pub(crate) fn wad(&self, key: &'static str) -> Option<Field<u128>> {
        self.parse(key, "a number", |text, _| at_most_96_bits(quantity::decimal(text, 18)?))
    }

    /// An amount of an asset with `decimals`, in its smallest unit.
    pub(crate) fn amount(&self, key: &'static str, decimals: u32) -> Option<Field<u128>> {
        self.parse(key, "an amount", |text, _| at_most_96_bits(quantity::decimal(text, decimals)?))
    }

    /// As `read` says, or `default` where the key is absent; the place is then the table's.
    pub(crate) fn or<T>(
        &self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Self) -> Option<Field<T>>,
    ) -> Option<Field<T>> {
        if self.table.contains_key(key) {
            return read(self);
        }
        self.asked.borrow_mut().insert(key);
        Some(Field { value: default, span: self.span() })
    }

    /// As `read` says, or nothing where the key is absent.
    pub(crate) fn optional<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Self) -> Option<Field<T>>,
    ) -> Option<Field<T>> {
        self.asked.borrow_mut().insert(key);
        self.table.contains_key(key).then(|| read(self)).flatten()
    }

    /// An account's address.
    pub(crate) fn address(&self, key: &'static str) -> Option<Field<alloy::primitives::Address>> {
        self.parse(key, "an address", |text, _| {
            text.parse().map_err(|_| "write 0x and 40 hexadecimal digits".into())
        })
    }

    /// Reports the keys that nobody asked for.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|key| !asked.contains(key.get_ref().as_ref())) {
            let near = nearest(key.get_ref(), &asked);
            let help = match near {
                Some(near) => format!("did you mean `{near}`? otherwise remove it"),
                None => "remove it; docs/parameters.md lists every field".into(),
            };
            self.problem(
                key.span(),
                format!("unknown field `{}`", self.name(key.get_ref())),
                "nothing reads this".into(),
                help,
            );
        }
    }

    fn parse<T>(
        &self,
        key: &'static str,
        shape: &str,
        parse: impl FnOnce(&str, &Range<usize>) -> Result<T, String>,
    ) -> Option<Field<T>> {
        let (_, value) = self.required(key)?;
        let span = value.span();
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => {
                self.wrong_type(span, key, value.get_ref(), shape);
                return None;
            }
        };
        match parse(text, &span) {
            Ok(value) => Some(Field { value, span }),
            Err(help) => {
                let title = format!("`{}` is not {shape} that can be used", self.name(key));
                self.problem(span, title, format!("{text} given"), help);
                None
            }
        }
    }

    fn required(&self, key: &'static str) -> Option<(Range<usize>, &'a Spanned<DeValue<'a>>)> {
        self.asked.borrow_mut().insert(key);
        if let Some((name, value)) = self.table.get_key_value(key) {
            return Some((name.span(), value));
        }
        let place =
            if self.path.is_empty() { "the file".into() } else { format!("[{}]", self.path) };
        let title = format!("missing field `{}`", self.name(key));
        let help = format!("add `{key}` to {place}; docs/parameters.md says what it is");
        self.problem(self.span(), title, format!("`{key}` belongs here"), help);
        None
    }

    fn wrong_type(&self, span: Range<usize>, key: &str, value: &DeValue<'_>, shape: &str) {
        let title = format!("`{}` has the wrong type", self.name(key));
        let label = format!("{} given, {shape} required", value.type_str());
        let help =
            format!("write {shape}; numbers with units stand in quotes, such as \"6h\" or \"5%\"");
        self.problem(span, title, label, help);
    }

    fn problem(&self, span: Range<usize>, title: String, label: String, help: String) {
        self.problems.borrow_mut().push(Problem { title, span, label, help });
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }
}

fn at_most_96_bits(number: u128) -> Result<u128, String> {
    let limit = mandate_core::units::AMOUNT_MAX;
    if number > limit { Err("write a number below 2^96 smallest units".into()) } else { Ok(number) }
}

/// The known key that differs least from `key`, if it differs little.
fn nearest(key: &str, known: &BTreeSet<&'static str>) -> Option<&'static str> {
    let near = known.iter().map(|k| (distance(key, k), *k)).min()?;
    (near.0 <= 2).then_some(near.1)
}

/// Edit distance between two short words.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let cost = if x == y { diagonal } else { 1 + diagonal.min(row[j]).min(row[j + 1]) };
            diagonal = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}
