//! Which plots are drawn, and what they are called.

use mandate_explain::{Importance, plot};
use mandate_model::Explanation;

use super::{One, Work};

/// Features whose dependence is drawn.
const MOST_DEPENDENCES: usize = 6;

/// Names and contents of files.
pub(super) fn draw(
    work: &Work<'_>,
    one: Option<&One>,
    all: &[Explanation],
    ranking: &[Importance],
) -> Vec<(String, String)> {
    let (model, output) = (work.model, &work.model.schema().output);
    let rows = all.len();
    let title = format!("What counts for {output}, over {rows} rows");
    let mut files = vec![("importance.svg".to_owned(), plot::importance(model, ranking, &title))];
    let counted = ranking.iter().filter(|one| one.mean_size > 0.0).take(MOST_DEPENDENCES);
    for (place, Importance { feature, .. }) in (1..).zip(counted) {
        let name = &model.schema().features()[*feature].name;
        let title = format!("What {name} adds to {output}");
        let drawn = plot::dependence(model, *feature, work.rows.all(), all, &title);
        files.push((format!("dependence-{place}-{}.svg", plain(name)), drawn));
    }
    if let Some(one) = one {
        let waterfall = waterfall(work, one);
        files.extend(
            one.notice.iter().map(|notice| ("notice.html".to_owned(), notice.page(&waterfall))),
        );
        files.push(("waterfall.svg".to_owned(), waterfall));
    }
    files
}

fn waterfall(work: &Work<'_>, one: &One) -> String {
    let title = format!("{}, row {}", work.model.schema().output, one.index + 1);
    plot::waterfall(work.model, work.rows.packed(one.index), &one.split, &title)
}

/// A feature's name as part of a file's: letters, digits, and strokes for all else.
fn plain(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().take(40).map(keep).collect()
}
