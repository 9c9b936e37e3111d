//! LightGBM's text format, versions 2 to 4.
//!
//! A split sends `x <= threshold` left, in doubles. What is missing depends on the split: nothing (NaN is read as zero), zero
//! itself, or NaN; it goes to the split's default side. A categorical split sends the whole numbers of a bit set left,
//! after cutting off fractions, and all else right.

mod pandas;

use std::collections::HashMap;
use std::str::FromStr;

use crate::cuts::Cuts;
use crate::error::ImportError;
use crate::model::{Body, FloatModel, Format, Link};
use crate::tree::{Node, Tree, Trees};

/// Values this close to zero are zero to LightGBM: its constant `1e-35f`.
const ZERO: f64 = 1e-35_f32 as f64;
/// Most categories a split may name: beyond them an `int24` could not carry the codes apart.
const MOST_CATEGORIES: usize = 1 << 16;

/// Reads a model.
pub(crate) fn read(text: &str) -> Result<FloatModel, ImportError> {
    let mut sections = Sections::new(text);
    let head = sections.head()?;
    known_version(&head)?;
    let columns = columns(&head)?;
    one_output(&head)?;
    let mut trees = Vec::new();
    while let Some(section) = sections.tree()? {
        trees.push(tree(&section, columns.len())?);
    }
    counted(&head, trees.len(), sections.line)?;
    let categories = pandas::read(sections.pandas()?, &head, &columns)?;
    pandas::recode(&mut trees, &categories)?;
    let objective = head.get("objective").map_or("none", |field| field.text).to_owned();
    let mut model = FloatModel {
        format: Format::LightGbm,
        link: Link::Identity,
        // What LightGBM calls columns without a name.
        named: !columns.iter().enumerate().all(|(i, name)| *name == format!("Column_{i}")),
        body: Body::Trees(Trees { base: 0.0, trees, additive: true }),
        single_precision: false,
        notes: pandas::note(&categories, &columns).into_iter().collect(),
        columns,
        objective,
    };
    set_link(&mut model, &head)?;
    Ok(model)
}

/// A value and the line it stands on.
#[derive(Clone, Copy)]
struct Field<'a> {
    text: &'a str,
    line: usize,
}

impl Field<'_> {
    fn place(&self, key: &str) -> String {
        format!("line {}, {key}", self.line)
    }

    fn one<T: FromStr>(&self, key: &str) -> Result<T, ImportError> {
        let wrong = || {
            ImportError::malformed(self.place(key), format!("{:?} is no number", cut(self.text)))
        };
        self.text.trim().parse().map_err(|_| wrong())
    }

    /// Numbers between spaces, exactly `count` of them.
    fn list<T: FromStr>(&self, key: &str, count: usize) -> Result<Vec<T>, ImportError> {
        let wrong = |word: &str| {
            ImportError::malformed(self.place(key), format!("{:?} is no number", cut(word)))
        };
        let words = self.text.split_ascii_whitespace();
        let all: Vec<T> =
            words.map(|word| word.parse().map_err(|_| wrong(word))).collect::<Result<_, _>>()?;
        if all.len() == count {
            return Ok(all);
        }
        let reason = format!("{} values, {count} needed", all.len());
        Err(ImportError::malformed(self.place(key), reason))
    }
}

/// The first characters of a text that may be long.
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(40)]
}

/// `key=value` lines that belong together.
struct Section<'a> {
    name: String,
    line: usize,
    fields: HashMap<&'a str, Field<'a>>,
}

impl<'a> Section<'a> {
    fn get(&self, key: &str) -> Option<&Field<'a>> {
        self.fields.get(key)
    }

    fn need(&self, key: &str) -> Result<&Field<'a>, ImportError> {
        self.get(key).ok_or_else(|| {
            let place = format!("line {}, {}", self.line, self.name);
            ImportError::malformed(place, format!("no {key}"))
        })
    }
}

/// The head, then a section a tree.
struct Sections<'a> {
    lines: std::iter::Peekable<std::str::Lines<'a>>,
    line: usize,
    ended: bool,
}

impl<'a> Sections<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: text.lines().peekable(), line: 0, ended: false }
    }

    fn head(&mut self) -> Result<Section<'a>, ImportError> {
        match self.next() {
            Some("tree") => self.section("head".to_owned()),
            _ => Err(ImportError::malformed("line 1", "the first line is not \"tree\"")),
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        self.line += 1;
        self.lines.next().map(str::trim_end)
    }

    /// The next tree, or none at the end of trees.
    fn tree(&mut self) -> Result<Option<Section<'a>>, ImportError> {
        if self.ended {
            return Ok(None);
        }
        match self.next().and_then(|line| line.strip_prefix("Tree=")) {
            Some(number) => self.section(format!("tree {}", cut(number))).map(Some),
            None => {
                Err(ImportError::malformed(format!("line {}", self.line), "no tree stands here"))
            }
        }
    }

    /// What Python's package writes behind all else.
    fn pandas(&mut self) -> Result<Option<Field<'a>>, ImportError> {
        let mut found = None;
        while let Some(line) = self.next() {
            let Some(text) = line.strip_prefix(pandas::KEY) else { continue };
            if found.replace(Field { text, line: self.line }).is_some() {
                let place = format!("line {}, pandas_categorical", self.line);
                return Err(ImportError::malformed(place, "a second line of it"));
            }
        }
        Ok(found)
    }

    /// Fields up to the next tree or the end of trees.
    fn section(&mut self, name: String) -> Result<Section<'a>, ImportError> {
        let mut section = Section { name, line: self.line, fields: HashMap::new() };
        while self.lines.peek().is_some_and(|line| !line.starts_with("Tree=")) {
            let line = self.next().unwrap_or_default();
            if line == "end of trees" {
                self.ended = true;
                return Ok(section);
            }
            let (key, text) = line.split_once('=').unwrap_or((line, ""));
            let field = Field { text, line: self.line };
            if !key.is_empty() && section.fields.insert(key, field).is_some() {
                let place = format!("line {}", self.line);
                return Err(ImportError::malformed(place, format!("{} twice", cut(key))));
            }
        }
        if self.lines.peek().is_none() {
            let place = format!("line {}, {}", self.line, section.name);
            return Err(ImportError::malformed(place, "the file ends before \"end of trees\""));
        }
        Ok(section)
    }
}

fn known_version(head: &Section<'_>) -> Result<(), ImportError> {
    match head.get("version") {
        Some(field) if !["v2", "v3", "v4"].contains(&field.text.trim()) => {
            let what = format!("version {:?} of the format", cut(field.text));
            let help = "known are v2, v3 and v4; save it with LightGBM 2 to 4";
            Err(ImportError::unsupported(field.place("version"), what, help))
        }
        _ => Ok(()),
    }
}

fn columns(head: &Section<'_>) -> Result<Vec<String>, ImportError> {
    let last: usize = head.need("max_feature_idx")?.one("max_feature_idx")?;
    let field = head.need("feature_names")?;
    let names: Vec<String> = field.text.split_ascii_whitespace().map(str::to_owned).collect();
    if last.checked_add(1) == Some(names.len()) {
        return Ok(names);
    }
    let reason = format!("{} names, max_feature_idx is {last}", names.len());
    Err(ImportError::malformed(field.place("feature_names"), reason))
}

fn one_output(head: &Section<'_>) -> Result<(), ImportError> {
    for key in ["num_class", "num_tree_per_iteration"] {
        let Some(field) = head.get(key) else { continue };
        let count: u64 = field.one(key)?;
        if count != 1 {
            let what = format!("a model of {count} outputs");
            let help = "train one model an output, such as one class against the rest";
            return Err(ImportError::unsupported(field.place(key), what, help));
        }
    }
    Ok(())
}

/// The head says how many trees there are: a file that lost some is not read.
fn counted(head: &Section<'_>, trees: usize, line: usize) -> Result<(), ImportError> {
    let Some(field) = head.get("tree_sizes") else { return Ok(()) };
    let told = field.text.split_ascii_whitespace().count();
    if told == trees {
        return Ok(());
    }
    let reason = format!("{trees} trees, tree_sizes tells of {told}");
    Err(ImportError::malformed(format!("line {line}"), reason))
}

/// What turns the sum of the trees into an output.
fn set_link(model: &mut FloatModel, head: &Section<'_>) -> Result<(), ImportError> {
    let Body::Trees(trees) = &mut model.body else { return Ok(()) };
    if head.get("average_output").is_some() {
        let share = 1.0 / trees.trees.len().max(1) as f64;
        trees.trees.iter_mut().for_each(|tree| tree.scale(share));
        trees.additive = false;
    }
    let Some(field) = head.get("objective") else {
        model.notes.push("no objective in the file: the output is the sum of the trees".to_owned());
        return Ok(());
    };
    let mut words = field.text.split_ascii_whitespace();
    let name = words.next().unwrap_or("none");
    let options: Vec<&str> = words.collect();
    model.link = link(name, &options, field)?;
    if model.link == Link::Logistic && name == "binary" {
        let sigmoid = sigmoid(&options, field)?;
        trees.trees.iter_mut().for_each(|tree| tree.scale(sigmoid));
    }
    if !trees.additive && model.link != Link::Identity {
        old_forest(model, head)?;
    }
    Ok(())
}

fn link(name: &str, options: &[&str], field: &Field<'_>) -> Result<Link, ImportError> {
    let refuse =
        |what: String, help| Err(ImportError::unsupported(field.place("objective"), what, help));
    match name {
        "binary" | "cross_entropy" => Ok(Link::Logistic),
        "poisson" | "gamma" | "tweedie" => Ok(Link::Log),
        "regression" if options.contains(&"sqrt") => refuse(
            "the square of the sum of the trees (regression sqrt)".to_owned(),
            "train with reg_sqrt=false",
        ),
        "regression" | "regression_l1" | "quantile" | "huber" | "fair" | "mape" | "lambdarank"
        | "rank_xendcg" | "custom" | "none" => Ok(Link::Identity),
        "cross_entropy_lambda" => refuse(
            "the link log(1 + exp(x)) of cross_entropy_lambda".to_owned(),
            "train with objective=cross_entropy",
        ),
        other => refuse(
            format!("the objective {:?}", cut(other)),
            "known are binary, cross_entropy, poisson, gamma, tweedie, the regressions and the rankings",
        ),
    }
}

/// `sigmoid:1` among the options of `binary`: a factor on the margin.
fn sigmoid(options: &[&str], field: &Field<'_>) -> Result<f64, ImportError> {
    let Some(text) = options.iter().find_map(|option| option.strip_prefix("sigmoid:")) else {
        return Ok(1.0);
    };
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    value.ok_or_else(|| {
        let reason = format!("sigmoid {:?}, a positive number needed", cut(text));
        ImportError::malformed(field.place("objective"), reason)
    })
}

/// Random forests up to LightGBM 2.2.2 hold outputs in their leaves, later ones margins; both say version 2.
fn old_forest(model: &mut FloatModel, head: &Section<'_>) -> Result<(), ImportError> {
    let Body::Trees(trees) = &model.body else { return Ok(()) };
    if head.get("version").is_none_or(|version| version.text != "v2") {
        return Ok(());
    }
    let count = trees.trees.len() as f64;
    let mut leaves = trees.trees.iter().flat_map(Tree::nodes).filter_map(|node| match node {
        Node::Leaf { value, .. } => Some(value * count),
        Node::Split { .. } => None,
    });
    if model.link == Link::Log {
        let place = head.need("version")?.place("version");
        let what = "whether the leaves of a version 2 forest are outputs or their logarithms";
        return Err(ImportError::unsupported(place, what, "save it with LightGBM 3 or later"));
    }
    if leaves.all(|value| (0.0..=1.0).contains(&value)) {
        model.link = Link::Identity;
        model.notes.push(
            "a version 2 forest whose leaves all lie between 0 and 1: they are read as probabilities, as LightGBM up to 2.2.2 wrote them"
                .to_owned(),
        );
    }
    Ok(())
}

fn tree(section: &Section<'_>, columns: usize) -> Result<Tree, ImportError> {
    let place = format!("line {}, {}", section.line, section.name);
    if let Some(field) = section.get("is_linear")
        && field.text.trim() != "0"
    {
        let what = "a linear model in each leaf";
        return Err(ImportError::unsupported(
            field.place("is_linear"),
            what,
            "train with linear_tree=false",
        ));
    }
    let leaves: usize = section.need("num_leaves")?.one("num_leaves")?;
    if leaves == 0 {
        return Err(ImportError::malformed(place, "no leaves"));
    }
    let values: Vec<f64> = section.need("leaf_value")?.list("leaf_value", leaves)?;
    let covers = match section.get("leaf_count") {
        Some(field) if leaves > 1 => {
            field.list::<u32>("leaf_count", leaves)?.into_iter().map(Some).collect()
        }
        _ => vec![None; leaves],
    };
    let mut nodes = Splits::read(section, leaves - 1)?.nodes(columns)?;
    for (id, (value, cover)) in values.into_iter().zip(covers).enumerate() {
        nodes.push(Node::Leaf { value, id: id as u32, cover: cover.map(f64::from) });
    }
    Tree::new(nodes, place)
}

/// The arrays of a tree's splits.
struct Splits {
    column: Vec<usize>,
    threshold: Vec<f64>,
    decision: Vec<u8>,
    left: Vec<i64>,
    right: Vec<i64>,
    categories: Vec<Vec<u32>>,
    place: String,
    threshold_place: String,
}

impl Splits {
    fn read(section: &Section<'_>, count: usize) -> Result<Self, ImportError> {
        fn list<T: FromStr>(
            section: &Section<'_>,
            key: &str,
            count: usize,
        ) -> Result<Vec<T>, ImportError> {
            if count == 0 { Ok(Vec::new()) } else { section.need(key)?.list(key, count) }
        }
        Ok(Self {
            column: list(section, "split_feature", count)?,
            threshold: list(section, "threshold", count)?,
            decision: list(section, "decision_type", count)?,
            left: list(section, "left_child", count)?,
            right: list(section, "right_child", count)?,
            categories: categories(section)?,
            place: format!("line {}, {}", section.line, section.name),
            threshold_place: section
                .get("threshold")
                .map_or_else(String::new, |f| f.place("threshold")),
        })
    }

    /// One node a split; leaves follow them.
    fn nodes(&self, columns: usize) -> Result<Vec<Node>, ImportError> {
        (0..self.column.len()).map(|at| self.node(at, columns)).collect()
    }

    fn node(&self, at: usize, columns: usize) -> Result<Node, ImportError> {
        let column = self.column[at];
        if column >= columns {
            let reason = format!("split {at} asks column {column} of {columns}");
            return Err(ImportError::malformed(&self.place, reason));
        }
        let (left, right) = (self.child(self.left[at])?, self.child(self.right[at])?);
        let (cuts, turned, missing_left) = if self.decision[at] & 1 == 1 {
            let (cuts, turned) = self.categorical(at)?;
            (cuts, turned, false)
        } else {
            self.numerical(at)?
        };
        let (left, right, missing_left) =
            if turned { (right, left, !missing_left) } else { (left, right, missing_left) };
        Ok(Node::Split { column, cuts, missing_left, left, right })
    }

    /// Splits come first, then the leaves, which the file writes as `-1 - leaf`.
    fn child(&self, child: i64) -> Result<usize, ImportError> {
        let splits = self.column.len();
        let place = if child >= 0 {
            usize::try_from(child).ok().filter(|at| *at < splits)
        } else {
            usize::try_from(-1 - child)
                .ok()
                .filter(|leaf| *leaf <= splits)
                .map(|leaf| splits + leaf)
        };
        place.ok_or_else(|| {
            ImportError::malformed(&self.place, format!("child {child} does not exist"))
        })
    }

    /// The cuts, whether they are turned round, and whether a missing value goes left before turning.
    fn numerical(&self, at: usize) -> Result<(Cuts, bool, bool), ImportError> {
        let (threshold, decision) = (self.threshold[at], self.decision[at]);
        if threshold.is_nan() {
            return Err(ImportError::malformed(
                &self.threshold_place,
                format!("split {at} compares with NaN"),
            ));
        }
        let default_left = decision & 2 == 2;
        let cut = threshold.next_up();
        match decision >> 2 {
            0 => Ok((Cuts::below(cut), false, 0.0 <= threshold)),
            1 => {
                let inside =
                    |x: f64| if (-ZERO..=ZERO).contains(&x) { default_left } else { x < cut };
                let (cuts, turned) = Cuts::where_true(vec![cut, -ZERO, ZERO.next_up()], inside);
                Ok((cuts, turned, default_left))
            }
            2 => Ok((Cuts::below(cut), false, default_left)),
            _ => {
                let reason = format!("split {at} has decision type {decision}");
                Err(ImportError::malformed(&self.place, reason))
            }
        }
    }

    fn categorical(&self, at: usize) -> Result<(Cuts, bool), ImportError> {
        let number = self.threshold[at];
        let set = (number >= 0.0 && number.fract() == 0.0)
            .then(|| self.categories.get(number as usize))
            .flatten();
        let Some(set) = set else {
            let reason =
                format!("split {at} names the category set {number} of {}", self.categories.len());
            return Err(ImportError::malformed(&self.threshold_place, reason));
        };
        let holds =
            |category: usize| set.get(category / 32).is_some_and(|w| w >> (category % 32) & 1 == 1);
        // Fractions are cut off towards zero: all above -1 and below 1 is category zero.
        let inside = |x: f64| x > -1.0 && holds(x.max(0.0) as usize);
        let mut edges = vec![(-1.0_f64).next_up()];
        edges.extend((1..=32 * set.len()).map(|category| category as f64));
        Ok(Cuts::where_true(edges, inside))
    }
}

/// The bit sets of a tree's categorical splits.
fn categories(section: &Section<'_>) -> Result<Vec<Vec<u32>>, ImportError> {
    let sets: usize = section.get("num_cat").map_or(Ok(0), |field| field.one("num_cat"))?;
    if sets == 0 {
        return Ok(Vec::new());
    }
    let field = section.need("cat_boundaries")?;
    let place = field.place("cat_boundaries");
    ImportError::at_most(&place, "category sets", sets, MOST_CATEGORIES)?;
    let bounds: Vec<usize> = field.list("cat_boundaries", sets + 1)?;
    let words = *bounds.last().unwrap_or(&0);
    ImportError::at_most(&place, "words of category sets", words, MOST_CATEGORIES * 4)?;
    let all: Vec<u32> = section.need("cat_threshold")?.list("cat_threshold", words)?;
    let set = |pair: &[usize]| {
        let set = all
            .get(pair[0]..pair[1])
            .ok_or_else(|| ImportError::malformed(&place, "bounds that do not ascend"))?;
        if 32 * set.len() > MOST_CATEGORIES {
            let what = format!("a category of code {} or above", MOST_CATEGORIES);
            let help = "number the categories from zero, without gaps, and train again";
            return Err(ImportError::unsupported(&place, what, help));
        }
        Ok(set.to_vec())
    };
    bounds.windows(2).map(set).collect()
}
