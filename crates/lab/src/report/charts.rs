//! The drawings of the report.

use super::format::{interval_words, micro, money, percent};
use super::plot::{Axis, Plot, WIDTH};
use crate::summary::{Arm, Bin, Component, Incident, LyingAttestor, Series};
use crate::{Interval, wilson};

/// A percentage label for an axis in millionths, with as many decimals as the span needs.
fn percent_label(span_ppm: f64) -> impl Fn(f64) -> String {
    let digits = if span_ppm < 5_000.0 {
        2
    } else if span_ppm < 50_000.0 {
        1
    } else {
        0
    };
    move |v| percent(v, digits)
}

/// A column of a series as values.
pub(super) type Column = fn(&Series) -> &[u64];

/// One line of a [`over_time`] drawing.
pub(super) struct Line<'a> {
    pub(super) series: &'a Series,
    pub(super) column: Column,
    pub(super) class: &'static str,
}

/// Lines over the days of a run.
pub(super) fn over_time(
    name: &str,
    said: &str,
    lines: &[Line<'_>],
    floor: Option<f64>,
    label: &dyn Fn(f64) -> String,
) -> String {
    let values = || lines.iter().flat_map(|l| (l.column)(l.series)).map(|v| *v as f64);
    let top = values().fold(0.0, f64::max);
    let low = floor.unwrap_or_else(|| values().fold(top, f64::min));
    let days = lines.iter().filter_map(|l| l.series.day.last()).max().copied().unwrap_or(1);
    let plain = |v: f64| format!("{v:.0}");
    let mut plot = Plot::framed(
        230.0,
        56.0,
        &Axis { name: "days", low: 0.0, high: f64::from(days.max(1)), about: 6, label: &plain },
        &Axis { name, low, high: if top > low { top } else { low + 1.0 }, about: 4, label },
    );
    for line in lines {
        let points = line.series.day.iter().zip((line.column)(line.series));
        plot.line(points.map(|(d, v)| (f64::from(*d), *v as f64)), line.class);
    }
    plot.finish(said)
}

/// Predicted against realised default: a dot a group of loans, its size the number of loans, its bar the 95 % interval.
pub(super) fn calibration(bins: &[Bin], said: &str) -> String {
    let realised = |b: &Bin| f64::from(b.defaulted) * 1e6 / f64::from(b.loans.max(1));
    let top = bins
        .iter()
        .filter(|b| b.loans > 0)
        .map(|b| realised(b).max(b.predicted_ppm as f64).max(wilson(b.defaulted, b.loans).1 * 1e6))
        .fold(100_000.0, f64::max)
        .min(1e6);
    let label = percent_label(top);
    let axis = |name| Axis { name, low: 0.0, high: top, about: 5, label: &label };
    let mut plot =
        Plot::framed(300.0, 50.0, &axis("predicted"), &axis("realised share of defaults"));
    plot.line([(0.0, 0.0), (top, top)].into_iter(), "ideal");
    let most = bins.iter().map(|b| b.loans).max().unwrap_or(1).max(1);
    for b in bins.iter().filter(|b| b.loans > 0) {
        let (low, high) = wilson(b.defaulted, b.loans);
        let x = plot.x.at(b.predicted_ppm as f64);
        let (from, to) = (plot.y.at(low * 1e6), plot.y.at(high * 1e6));
        plot.segment((x, from), (x, to), "whisker s2");
        let tip = format!(
            "{} of {} loans defaulted ({}), {} predicted",
            b.defaulted,
            b.loans,
            percent(realised(b), 1),
            percent(b.predicted_ppm as f64, 1)
        );
        let radius = 3.5 + 4.5 * (f64::from(b.loans) / f64::from(most)).sqrt();
        let at = (x, plot.y.at(realised(b)));
        plot.dot(at, radius, "dot s2", &tip);
    }
    plot.finish(said)
}

/// Each arm's seeds as dots, with mean and interval.
pub(super) fn arms(
    arms: &[Arm],
    name: &str,
    said: &str,
    value: fn(&crate::summary::Outcome) -> f64,
    interval: fn(&Arm) -> Interval,
) -> String {
    let all = || {
        arms.iter().flat_map(|a| {
            let i = interval(a);
            a.seeds.iter().map(value).chain([i.low, i.high])
        })
    };
    let high = all().fold(0.0, f64::max);
    let low = all().fold(0.0, f64::min);
    let high = if high > low { high } else { low + 1_000.0 };
    let label = percent_label(high - low);
    let row = 58.0;
    let height = row * arms.len() as f64 + 52.0;
    let mut plot = Plot::rows(height, 12.0, &Axis { name, low, high, about: 5, label: &label });
    for (n, arm) in arms.iter().enumerate() {
        let (y, i) = (38.0 + row * n as f64, interval(arm));
        let class = ["s0", "s1", "s2"][n % 3];
        plot.text((12.0, y - 14.0), "start", "row", &arm.name);
        let said = interval_words(&i);
        plot.text((WIDTH - 14.0, y - 14.0), "end", "value", &said);
        let (from, to, mean) = (plot.x.at(i.low), plot.x.at(i.high), plot.x.at(i.mean));
        plot.segment((from, y + 4.0), (to, y + 4.0), &format!("span {class}"));
        plot.bar((mean - 1.75, y - 5.0), (3.5, 18.0), &format!("fill {class}"), &said);
        for outcome in &arm.seeds {
            let tip = format!("seed {}: {}", outcome.seed, percent(value(outcome), 2));
            let x = plot.x.at(value(outcome));
            plot.dot((x, y + 4.0), 3.2, &format!("seed {class}"), &tip);
        }
    }
    plot.finish(said)
}

/// What was caused, as a share of what was printed before, one row a component.
pub(super) fn against_worst(components: &[Component], decimals: u8, said: &str) -> String {
    let (row, left) = (54.0, 12.0);
    let label = |v: f64| format!("{v:.0} %");
    let axis =
        Axis { name: "share of the worst case", low: 0.0, high: 100.0, about: 4, label: &label };
    let mut plot = Plot::rows(row * components.len() as f64 + 50.0, left, &axis);
    for (n, c) in components.iter().enumerate() {
        let y = 36.0 + row * n as f64;
        let share = (c.caused as f64 * 100.0 / c.worst.max(1) as f64).min(100.0);
        let said = format!("{} of {}", money(c.caused, decimals), money(c.worst, decimals));
        plot.text((left, y - 10.0), "start", "row", &c.about);
        plot.text((WIDTH - 14.0, y - 10.0), "end", "value", &said);
        let (zero, full, here) = (plot.x.at(0.0), plot.x.at(100.0), plot.x.at(share));
        plot.bar((zero, y - 2.0), (full - zero, 16.0), "bound", &said);
        plot.bar((zero, y - 2.0), (here - zero, 16.0), "fill bad", &said);
    }
    plot.finish(said)
}

/// One price round: honest and lying attestors, and the answer.
pub(super) fn round(lying: &LyingAttestor, said: &str) -> String {
    let prices = || lying.observations.iter().map(|o| o.1 as f64);
    let (low, high) = (prices().fold(f64::MAX, f64::min), prices().fold(0.0, f64::max));
    let label = |v: f64| micro(v.max(0.0) as u64, 0);
    let row = 26.0;
    let height = row * lying.observations.len() as f64 + 70.0;
    let axis = Axis { name: "price reported", low, high, about: 4, label: &label };
    let mut plot = Plot::rows(height, 12.0, &axis);
    let answer = plot.x.at(lying.answer_micro as f64);
    plot.segment((answer, 22.0), (answer, height - 38.0), "answer");
    let anchor = if answer > WIDTH / 2.0 { "end" } else { "start" };
    plot.text((answer, 16.0), anchor, "value", &format!("median {}", micro(lying.answer_micro, 2)));
    for (n, (who, price, lies)) in lying.observations.iter().enumerate() {
        let (x, y) = (plot.x.at(*price as f64), 38.0 + row * n as f64);
        let class = if *lies { "dot bad" } else { "dot s2" };
        plot.dot((x, y), 5.5, class, &format!("{who}: {}", micro(*price, 2)));
        let (anchor, off) = if x > WIDTH / 2.0 { ("end", -11.0) } else { ("start", 11.0) };
        let note = if *lies { format!("{who} lies") } else { who.clone() };
        plot.text((x + off, y + 4.0), anchor, "tick", &note);
    }
    plot.finish(said)
}

/// The caps and the market price of the incident on one axis.
pub(super) fn incident(incident: &Incident, said: &str) -> String {
    let marks = [
        (incident.wrong_cap_micro, "cap that was set", "bad"),
        (incident.price_micro, "market price", "s0"),
        (incident.right_cap_micro, "cap that was right", "s2"),
    ];
    let low = marks.iter().map(|m| m.0).min().unwrap_or(0) as f64;
    let high = marks.iter().map(|m| m.0).max().unwrap_or(1) as f64;
    let pad = (high - low) * 0.25;
    let label = |v: f64| format!("{:.2}", v / 1e6);
    let axis = Axis {
        name: "stETH per wstETH",
        low: low - pad,
        high: high + pad,
        about: 5,
        label: &label,
    };
    let mut plot = Plot::rows(200.0, 12.0, &axis);
    for (n, (value, what, class)) in marks.iter().enumerate() {
        let (x, y) = (plot.x.at(*value as f64), 38.0 + 44.0 * n as f64);
        plot.segment((x, y), (x, 162.0), &format!("drop {class}"));
        let note = format!("{what} {:.4}", *value as f64 / 1e6);
        plot.dot((x, y), 5.5, &format!("dot {class}"), &note);
        let (anchor, off) = if x > WIDTH / 2.0 { ("end", -11.0) } else { ("start", 11.0) };
        plot.text((x + off, y + 4.0), anchor, "row", &note);
    }
    plot.finish(said)
}
