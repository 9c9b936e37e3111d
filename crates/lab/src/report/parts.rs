//! Pieces of a page: tiles, figures, tables.

use super::format::escape;

/// One of the figures at the top: good and bad are coloured, and said in words too.
pub(super) fn tile(class: &str, figure: &str, text: &str) -> String {
    format!(
        "<li class=\"tile {class}\"><b>{}</b><span>{}</span></li>",
        escape(figure),
        escape(text)
    )
}

/// A drawing with its legend and caption; `told` is the bold lead of the caption.
pub(super) fn figure(keys: &[(&str, &str)], svg: &str, told: &str, caption: &str) -> String {
    let keys = match keys {
        [] => String::new(),
        keys => format!("<ul class=\"key\">{}</ul>", keys.iter().map(key).collect::<String>()),
    };
    format!(
        "<figure>{keys}{svg}<figcaption><b>{}</b> {}</figcaption></figure>",
        escape(told),
        escape(caption)
    )
}

fn key((class, text): &(&str, &str)) -> String {
    format!(
        "<li><svg viewBox=\"0 0 26 8\" aria-hidden=\"true\"><path d=\"M1 4H25\" class=\"line {class}\"/></svg>{}</li>",
        escape(text)
    )
}

/// How a column of a table is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// The name of the row.
    Head,
    /// A number.
    Number,
    /// An error's name.
    Code,
    /// A few words.
    Words,
    /// A sentence.
    Long,
}

impl Cell {
    const fn class(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Number => "n",
            Self::Code | Self::Words => "",
            Self::Long => "long",
        }
    }
}

/// A table that becomes a list of cards on a phone.
pub(super) fn table(columns: &[(&str, Cell)], rows: &[Vec<String>]) -> String {
    let head: String = columns
        .iter()
        .map(|(name, cell)| {
            let class = if *cell == Cell::Number { "n" } else { "" };
            format!("<th class=\"{class}\">{}</th>", escape(name))
        })
        .collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String = columns.iter().zip(row).map(|(c, text)| one(c, text)).collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table class=\"stack\"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
}

fn one((name, cell): &(&str, Cell), text: &str) -> String {
    let text = match cell {
        Cell::Code => format!("<code>{}</code>", escape(text)),
        _ => escape(text),
    };
    format!("<td class=\"{}\" data-h=\"{}\">{text}</td>", cell.class(), escape(name))
}

/// One side of a comparison.
pub(super) fn card(class: &str, title: &str, big: &str, text: &str) -> String {
    format!(
        "<div class=\"card {class}\"><h3>{}</h3><b class=\"big\">{}</b><p>{}</p></div>",
        escape(title),
        escape(big),
        escape(text)
    )
}

/// A section of the page.
pub(super) fn section(title: &str, lead: &str, body: &str) -> String {
    format!("<section><h2>{}</h2><p>{}</p>{body}</section>", escape(title), escape(lead))
}
