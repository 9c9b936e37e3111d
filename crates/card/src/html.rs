//! The card as one page that needs nothing else.

use std::fmt::Write;

use crate::card::Card;

const STYLE: &str = include_str!("style.css");

/// The page; every text from a file is escaped.
pub fn page(card: &Card) -> String {
    let title = escape(&card.request.title);
    let mut body = head(card);
    body += &quality(card);
    if let Some(cost) = &card.quantisation {
        body += &section(
            "What the integers cost",
            &format!("Against {}, over {} rows.", escape(&cost.against), cost.rows),
            &table(
                &["", "floats", "integers"],
                std::iter::once(vec![
                    escape(&cost.figure),
                    number(cost.floats),
                    number(cost.integers),
                ])
                .chain(cost.largest.map(|largest| {
                    vec!["largest distance of an output".into(), String::new(), number(largest)]
                }))
                .chain(cost.mean.map(|mean| {
                    vec!["mean distance of the outputs".into(), String::new(), number(mean)]
                })),
            ),
        );
    }
    body += &reasons(card);
    body += &fairness(card);
    body += &robustness(card);
    body += &limits(card);
    body += &files(card);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn head(card: &Card) -> String {
    let Card { request, identity, gas, .. } = card;
    let mut out =
        format!("<p class=\"kicker\">Model card</p>\n<h1>{}</h1>\n", escape(&request.title));
    let _ = writeln!(out, "<p class=\"lead\">{}</p>", escape(&request.purpose));
    if !request.not_for.is_empty() {
        let uses: String =
            request.not_for.iter().map(|not| format!("<li>{}</li>", escape(not))).collect();
        let _ = writeln!(out, "<div class=\"not\"><b>Not for</b><ul>{uses}</ul></div>");
    }
    let tile = |value: String, words: &str| {
        format!("<li class=\"tile\"><b>{value}</b><span>{words}</span></li>")
    };
    let first = card.quality.figures.first();
    let figure = first.map(|figure| tile(number(figure.interval.value), &escape(&figure.name)));
    let held = card.robustness.last().map(|held| {
        let share = 100.0 * held.certified as f64 / held.rows.max(1) as f64;
        let money = escape(card.money.as_deref().unwrap_or("money"));
        tile(
            format!("{share:.1} %"),
            &format!("of decisions proven to hold against {} {money}", held.budget),
        )
    });
    let tiles = [
        figure,
        Some(tile(grouped(gas.run), "gas a run, at most")),
        held,
        Some(tile(identity.contracts.to_string(), "contracts hold the program")),
    ];
    let tiles: String = tiles.into_iter().flatten().collect();
    let _ = writeln!(out, "<ul class=\"tiles\">{tiles}</ul>");
    let rows = [
        ("model", format!("<code>{}</code>", identity.model)),
        ("schema", format!("<code>{}</code>", identity.schema)),
        ("training data", training(card)),
        ("family, link", format!("{}, {}", identity.family, identity.link)),
        ("output", escape(&identity.output)),
        (
            "program",
            format!("{} bytes, {} gas to load", grouped(identity.bytes as u64), grouped(gas.load)),
        ),
        (
            "answers for it",
            escape(if request.owner.is_empty() { "nobody named" } else { &request.owner }),
        ),
    ];
    out += &table(&[], rows.map(|(name, value)| vec![name.to_owned(), value]));
    out
}

fn quality(card: &Card) -> String {
    let quality = &card.quality;
    let figures = quality.figures.iter().map(|figure| {
        let i = figure.interval;
        vec![
            escape(&figure.name),
            number(i.value),
            format!("{} to {}", number(i.low), number(i.high)),
        ]
    });
    let words = format!(
        "On {} rows with a mean outcome of {}. The range holds the middle 95 % of 200 resamples of the rows.",
        grouped(quality.rows as u64),
        number(quality.mean)
    );
    let inside = format!(
        "<div class=\"pair\">{}<figure>{}<figcaption>Predicted (ring) beside realised (dot), by tenths of the rows; \
         their mean distance is {}.</figcaption></figure></div>",
        table(&["figure", "value", "95 %"], figures),
        tenths(card),
        number(quality.calibration_error)
    );
    section("How good it is", &words, &inside)
}

/// Predicted and realised, tenth by tenth.
fn tenths(card: &Card) -> String {
    let tenths = &card.quality.tenths;
    let all = tenths.iter().flat_map(|tenth| [tenth.predicted, tenth.realised]);
    let most = all.fold(0.0, f64::max).max(1e-12);
    let (width, height, left, bottom) = (460.0, 230.0, 46.0, 200.0);
    let x = |index: usize| left + 20.0 + (width - left - 30.0) * index as f64 / 9.0;
    let y = |value: f64| bottom - 180.0 * value.max(0.0) / most;
    let mut out =
        format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"calibration\">");
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{width}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\
             <text x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{3}</text>",
            y(value),
            left - 6.0,
            y(value) + 4.0,
            short(value)
        );
    }
    for (index, tenth) in tenths.iter().enumerate() {
        let (at, predicted, realised) = (x(index), y(tenth.predicted), y(tenth.realised));
        let _ = write!(
            out,
            "<line class=\"gap\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{predicted:.1}\" y2=\"{realised:.1}\"/>\
             <circle class=\"ring\" cx=\"{at:.1}\" cy=\"{predicted:.1}\" r=\"6\"/>\
             <circle class=\"dot\" cx=\"{at:.1}\" cy=\"{realised:.1}\" r=\"3.4\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            index + 1
        );
    }
    out + "</svg>"
}

fn reasons(card: &Card) -> String {
    let most = card.reasons.first().map_or(1.0, |first| first.magnitude).max(1e-300);
    let rows = card.reasons.iter().take(15).map(|share| {
        let width = 100.0 * share.magnitude / most;
        vec![
            escape(&share.feature),
            escape(&share.reason),
            format!("<span class=\"bar\" style=\"width:{width:.1}%\"></span>"),
            number(share.magnitude),
            grouped(share.first as u64),
        ]
    });
    let words = format!(
        "Mean of what each feature adds to the margin, whatever its sign, over {} rows; and how often it is the first reason for a higher \
         output. Attributions are integers that sum to the margin.",
        grouped(card.reasons_rows as u64)
    );
    section("What counts", &words, &table(&["feature", "as told", "", "mean", "first"], rows))
}

fn fairness(card: &Card) -> String {
    let Some(report) = &card.fairness else { return String::new() };
    let percent = |share: &mandate_vet::fairness::Share| {
        if share.rows == 0 {
            return "–".to_owned();
        }
        let [low, high] = [share.interval.low, share.interval.high].map(|end| 100.0 * end);
        format!("{:.1} % <small>({low:.1} to {high:.1})</small>", 100.0 * share.share)
    };
    let mut inside = String::new();
    for attribute in &report.attributes {
        let rows = attribute.groups.iter().map(|group| {
            vec![
                escape(&group.group),
                grouped(group.rows as u64),
                percent(&group.selection),
                percent(&group.true_positive),
                percent(&group.false_positive),
                format!("{:.1} %", 100.0 * group.predicted),
                percent(&group.realised),
            ]
        });
        let header = [
            "group",
            "rows",
            "favoured",
            "of the deserving",
            "of the others",
            "predicted",
            "realised",
        ];
        let _ = write!(inside, "<h3>{}</h3>{}", escape(&attribute.attribute), table(&header, rows));
        let figures = attribute.figures.iter().filter_map(|stated| {
            let between = stated.between.as_ref()?;
            let name = stated.figure.word().replace('_', " ");
            let range =
                format!("{} to {}", number(between.interval.low), number(between.interval.high));
            Some(vec![name, number(between.value), range])
        });
        inside += &table(&["between groups", "value", "95 %"], figures);
        if !attribute.too_small.is_empty() {
            let few = escape(&attribute.too_small.join(", "));
            let _ = write!(inside, "<p>Too small to be compared: {few}.</p>");
        }
        let read = if attribute.is_feature { "The model reads this column. " } else { "" };
        let proxies = attribute.proxies.iter().take(3);
        let proxies: Vec<String> = proxies
            .map(|proxy| format!("{} ({})", escape(&proxy.feature), number(proxy.association)))
            .collect();
        let _ =
            write!(inside, "<p>{read}Closest features, by Cramér's V: {}.</p>", proxies.join(", "));
    }
    let words = "Groups by attributes that are kept for measuring. Favoured: on the good side of the threshold; the deserving are those of whom the \
        outcome turned out well.";
    section("Whom it treats differently", words, &inside)
}

/// The manifest that the model commits to, and whether it was recomputed.
fn training(card: &Card) -> String {
    match (&card.identity.manifest, &card.training) {
        (None, _) => "the model commits to no manifest".into(),
        (Some(hash), None) => {
            format!("manifest <code>{hash}</code>, not recomputed: no description is named")
        }
        (Some(hash), Some(manifest)) => format!(
            "manifest <code>{hash}</code>, recomputed: {} rows, {} to learn from, {} to measure on",
            grouped(manifest.rows),
            grouped(manifest.counts.train),
            grouped(manifest.counts.test)
        ),
    }
}

fn robustness(card: &Card) -> String {
    if card.robustness.is_empty() {
        return String::new();
    }
    let money = escape(card.money.as_deref().unwrap_or("money"));
    let rows = card.robustness.iter().map(|held| {
        let share = 100.0 * held.certified as f64 / held.rows.max(1) as f64;
        vec![
            format!("{} {money}", held.budget),
            format!("<span class=\"bar\" style=\"width:{share:.1}%\"></span>"),
            format!("{share:.1} %"),
            grouped(held.turned as u64),
            grouped(held.open as u64),
        ]
    });
    let words = format!(
        "Decisions at an output of {} over {} rows, each against somebody who spends a budget on what the model reads. Proven: nothing that \
         the budget buys turns the decision. Turned: something does.",
        card.request.threshold.unwrap_or_default(),
        card.robustness[0].rows
    );
    section(
        "Against crafted inputs",
        &words,
        &table(&["budget", "", "proven", "turned", "open"], rows),
    )
}

fn limits(card: &Card) -> String {
    let rows = card.limits.iter().map(|limit| {
        vec![
            escape(&limit.feature),
            escape(&limit.unit),
            number(limit.low),
            number(limit.high),
            escape(&limit.missing),
        ]
    });
    let words = "What lies beyond counts as the nearer end: the model was made for this range and says nothing new outside it.";
    section(
        "Limits",
        words,
        &table(&["feature", "unit", "lowest", "highest", "a missing value"], rows),
    )
}

fn files(card: &Card) -> String {
    let file = |what: &str, file: &mandate_vet::manifest::File| {
        vec![
            what.to_owned(),
            escape(&file.name),
            grouped(file.bytes),
            format!("<code>{}</code>", file.hash),
        ]
    };
    let mut rows = vec![file("model", &card.model_file), file("data", &card.data.file)];
    rows.extend(card.origin.as_ref().map(|origin| file("origin", origin)));
    rows.extend(card.prices.as_ref().map(|prices| file("prices", prices)));
    let words = format!(
        "Every number above comes out of these files again: <code>mandate model card --check</code>. The data has {} rows and {} columns; \
         Merkle root of its rows <code>{}</code>.",
        grouped(card.data.rows),
        card.data.columns.len(),
        card.data.root
    );
    section("Files", &words, &table(&["", "name", "bytes", "Keccak-256"], rows))
}

fn section(title: &str, words: &str, inside: &str) -> String {
    format!("<section><h2>{title}</h2>\n<p>{words}</p>\n{inside}</section>\n")
}

fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = String::from("<div class=\"scroll\"><table>");
    if !header.is_empty() {
        let cells: String = header.iter().map(|name| format!("<th>{name}</th>")).collect();
        let _ = write!(out, "<tr>{cells}</tr>");
    }
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let _ = write!(out, "<tr>{cells}</tr>");
    }
    out + "</table></div>\n"
}

/// Text that a browser shows as it is, and nothing that could steer it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c if c.is_control() => out.push(' '),
            // Marks that turn the direction of text around.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Four digits that count.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if value.fract() == 0.0 && value.abs() < 1e15 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", grouped(value.abs() as u64));
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    if digits > 8 { format!("{value:.2e}") } else { format!("{value:.*}", digits.max(0) as usize) }
}

/// Two digits that count, for an axis.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size < 0.01 => format!("{value:.0e}"),
        size if size < 10.0 => format!("{value:.2}"),
        _ => number(value.round()),
    }
}

fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_steer_a_page_and_numbers_are_short() {
        assert_eq!(escape("<script>'&\"\u{202e}"), "&lt;script&gt;&#39;&amp;&quot; ");
        assert_eq!(number(0.123_456), "0.1235");
        assert_eq!(number(33_714.0), "33,714");
        assert_eq!(number(1.0e-12), "1.00e-12");
        assert_eq!(number(-12.5), "-12.50");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
