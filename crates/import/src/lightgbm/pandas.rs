//! What the Python package adds behind LightGBM's own text: the categories of pandas columns.
//!
//! `pandas_categorical:[[1, 2], ["a", "b"]]` has a list for each column of the training frame that was of a category type, in the
//! frame's order. The model asks for places in these lists, not for the values; a value that stands in no list is missing.
//! The file does not say which columns the lists are of: an assignment is taken only if no other fits what `feature_infos`
//! tells.

use serde_json::Value;

use super::{Field, Section, cut};
use crate::cuts::Cuts;
use crate::error::ImportError;
use crate::tree::{Node, Tree};

/// How the line begins.
pub(super) const KEY: &str = "pandas_categorical:";
/// Most bytes of the line that are read.
const LONGEST: usize = 4 << 20;
/// Most values that all splits together are taken apart into.
const MOST_VALUES: usize = 1 << 22;
/// What to do where values cannot be known from the file.
const HELP: &str = "train on whole numbers from zero in place of categories (pandas: column.cat.codes), and give data with the same numbers";

/// The values of a column's categories, each with its place in the list; ascending by value.
pub(super) struct Categories {
    codes: Vec<(f64, usize)>,
    identity: bool,
}

impl Categories {
    fn new(list: &[Value], place: &str) -> Result<Self, ImportError> {
        let mut codes = Vec::with_capacity(list.len());
        for (code, value) in list.iter().enumerate() {
            let Some(number) = value.as_f64() else {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let what = format!("a category that is no number, {:?}", cut(&text));
                return Err(ImportError::unsupported(place, what, HELP));
            };
            codes.push((number, code));
        }
        let identity = codes.iter().all(|&(value, code)| value == code as f64);
        codes.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(pair) = codes.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(ImportError::malformed(
                place,
                format!("the category {:?} twice", pair[0].0),
            ));
        }
        Ok(Self { codes, identity })
    }

    /// The same split, asked about values in place of codes.
    fn recode(&self, cuts: &Cuts, missing_left: bool) -> (Cuts, bool) {
        let inside = |x: f64| match self.codes.binary_search_by(|code| code.0.total_cmp(&x)) {
            Ok(at) => cuts.is_left(self.codes[at].1 as f64),
            Err(_) => missing_left,
        };
        let edges = self.codes.iter().flat_map(|(value, _)| [*value, value.next_up()]).collect();
        Cuts::where_true(edges, inside)
    }
}

/// The categories of each column, where the file has them.
pub(super) fn read(
    line: Option<Field<'_>>,
    head: &Section<'_>,
    names: &[String],
) -> Result<Vec<Option<Categories>>, ImportError> {
    let mut all: Vec<Option<Categories>> = names.iter().map(|_| None).collect();
    let Some(line) = line else { return Ok(all) };
    let place = line.place("pandas_categorical");
    ImportError::at_most(&place, "bytes", line.text.len(), LONGEST)?;
    let lists: Option<Vec<Vec<Value>>> = serde_json::from_str(line.text)
        .map_err(|e| ImportError::malformed(&place, format!("no lists of categories: {e}")))?;
    let lists = lists.unwrap_or_default();
    let lists: Vec<Categories> =
        lists.iter().map(|list| Categories::new(list, &place)).collect::<Result<_, _>>()?;
    for (column, list) in assigned(lists, &infos(head, names.len())?, names, &place)? {
        all[column] = Some(list);
    }
    Ok(all)
}

/// Each list with its column. Lists that number from zero say nothing where their column is not certain.
fn assigned(
    lists: Vec<Categories>,
    infos: &[Info],
    names: &[String],
    place: &str,
) -> Result<Vec<(usize, Categories)>, ImportError> {
    let sizes: Vec<usize> = lists.iter().map(|list| list.codes.len()).collect();
    let columns = || infos.iter().enumerate();
    let first = fit(columns(), sizes.iter());
    let last = fit(columns().rev(), sizes.iter().rev());
    let (Some(first), Some(mut last)) = (first, last) else {
        if lists.iter().all(|list| list.identity) {
            return Ok(Vec::new());
        }
        let reason =
            format!("{} lists of categories, and not as many columns whose codes fit", lists.len());
        return Err(ImportError::malformed(place, reason));
    };
    last.reverse();
    let mut certain = Vec::new();
    for (number, (list, (first, last))) in
        lists.into_iter().zip(first.into_iter().zip(last)).enumerate()
    {
        if first == last {
            certain.push((first, list));
        } else if !list.identity {
            let (first, last) = (cut(&names[first]), cut(&names[last]));
            let what =
                format!("list {number}, which may be of column {first:?} or of column {last:?}");
            return Err(ImportError::unsupported(place, what, HELP));
        }
    }
    Ok(certain)
}

/// The first columns that lists of these sizes can be of, one behind the other.
fn fit<'a>(
    mut columns: impl Iterator<Item = (usize, &'a Info)>,
    mut sizes: impl Iterator<Item = &'a usize>,
) -> Option<Vec<usize>> {
    let place = |&size| columns.find(|(_, info)| info.fits(size)).map(|(column, _)| column);
    sizes.by_ref().map(place).collect()
}

/// What `feature_infos` tells of a column.
enum Info {
    /// Nothing.
    Unknown,
    /// The range of numbers.
    Range(f64, f64),
    /// The greatest code of categories.
    Codes(i64),
}

impl Info {
    fn read(word: &str) -> Option<Self> {
        if word == "none" {
            return Some(Self::Unknown);
        }
        if let Some(range) = word.strip_prefix('[') {
            let (low, high) = range.strip_suffix(']')?.split_once(':')?;
            return Some(Self::Range(low.parse().ok()?, high.parse().ok()?));
        }
        let codes: Option<Vec<i64>> = word.split(':').map(|code| code.parse().ok()).collect();
        codes?.into_iter().max().map(Self::Codes)
    }

    /// Whether the column can hold places in a list of some size.
    fn fits(&self, size: usize) -> bool {
        match *self {
            Self::Unknown => true,
            Self::Range(low, high) => {
                low >= 0.0 && high < size as f64 && low.fract() == 0.0 && high.fract() == 0.0
            }
            Self::Codes(most) => most < size as i64,
        }
    }
}

fn infos(head: &Section<'_>, columns: usize) -> Result<Vec<Info>, ImportError> {
    let Some(field) = head.get("feature_infos") else {
        return Ok((0..columns).map(|_| Info::Unknown).collect());
    };
    let place = field.place("feature_infos");
    let read = |word| {
        let reason = || format!("{:?} is neither a range nor codes", cut(word));
        Info::read(word).ok_or_else(|| ImportError::malformed(&place, reason()))
    };
    let all: Vec<Info> = field.text.split_ascii_whitespace().map(read).collect::<Result<_, _>>()?;
    if all.len() == columns {
        return Ok(all);
    }
    let reason = format!("{} columns, {columns} needed", all.len());
    Err(ImportError::malformed(place, reason))
}

/// Makes the trees ask about values in place of codes.
pub(super) fn recode(
    trees: &mut [Tree],
    categories: &[Option<Categories>],
) -> Result<(), ImportError> {
    let mut values = 0;
    for tree in trees {
        let place = tree.place().to_owned();
        for node in tree.nodes_mut() {
            let Node::Split { column, cuts, missing_left, left, right } = node else { continue };
            let Some(list) = &categories[*column] else { continue };
            values += list.codes.len();
            ImportError::at_most(
                &place,
                "values of categories in all splits",
                values,
                MOST_VALUES,
            )?;
            let (recoded, turned) = list.recode(cuts, *missing_left);
            *cuts = recoded;
            if turned {
                std::mem::swap(left, right);
                *missing_left = !*missing_left;
            }
        }
    }
    Ok(())
}

/// What a reader should be told of them.
pub(super) fn note(categories: &[Option<Categories>], names: &[String]) -> Option<String> {
    let ours = names.iter().zip(categories).filter(|(_, list)| list.is_some());
    let ours: Vec<&str> = ours.map(|(name, _)| name.as_str()).collect();
    let list = match ours.as_slice() {
        [] => return None,
        few @ ([_] | [_, _] | [_, _, _] | [_, _, _, _]) => few.join(", "),
        [a, b, c, rest @ ..] => format!("{a}, {b}, {c} and {} more", rest.len()),
    };
    Some(format!(
        "pandas categories in {list}: the data give their values, and a value that the file does not list is missing"
    ))
}
