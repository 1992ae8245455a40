//! A report as a plain table.

use std::io::{self, Write};

use super::model::{Latency, Report, Run, Subject, Yardstick};
use super::spread::{Spread, shown};
use crate::command::bench::meter::TOOL;

/// A line of the table: what it tells, and the figures of each subject.
type Row = (String, Vec<Option<Spread>>);

/// Writes it for people.
///
/// # Errors
/// Those of the writer.
pub(super) fn print(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let runs = report.subjects.first().map_or(0, |subject| subject.runs.len());
    writeln!(out, "{}: {}", report.scenario, report.what)?;
    writeln!(
        out,
        "{}; {}; set up in {} s; the median of {runs} runs (least to most)",
        report.storage,
        report.size,
        shown(report.set_up_seconds)
    )?;
    let mut lines = vec![std::iter::once(String::new()).chain(names(report)).collect::<Vec<_>>()];
    lines.extend(rows(report).into_iter().map(|(what, figures)| {
        let figures = figures.into_iter().map(|spread| spread.map(cell).unwrap_or_default());
        std::iter::once(what).chain(figures).collect()
    }));
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in &lines {
        let mut text = format!("  {:<1$}", line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            text.push_str(&format!("  {cell:>width$}"));
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    for Yardstick { operation, subject } in &report.yardsticks {
        let rate = subject.spread(|run| Some(run.rate())).map(cell).unwrap_or_default();
        let cpu = subject.cpu_micros().map(cell).unwrap_or_default();
        writeln!(out, "  {}: {rate} {} a second, {cpu} µs a {operation}", subject.name, plural(operation))?;
    }
    if !report.ratios.is_empty() {
        writeln!(out, "  ratios")?;
    }
    for ratio in &report.ratios {
        writeln!(out, "    {:>8}  {}", shown(ratio.value), ratio.name)?;
    }
    writeln!(out)
}

fn names(report: &Report) -> impl Iterator<Item = String> {
    report.subjects.iter().map(|subject| subject.name.clone())
}

fn cell(Spread { min, median, max }: Spread) -> String {
    let (low, middle, high) = (shown(min), shown(median), shown(max));
    if low == high { middle } else { format!("{middle} ({low} to {high})") }
}

fn rows(report: &Report) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |what: String, figure: &dyn Fn(&Subject) -> Option<Spread>| {
        let figures: Vec<_> = report.subjects.iter().map(figure).collect();
        if figures.iter().any(Option::is_some) {
            rows.push((what, figures));
        }
    };
    let operation = &report.operation;
    add(format!("{} a second", plural(operation)), &|subject| subject.spread(|run| Some(run.rate())));
    for name in all(report, |run| run.cpu.iter().map(|cpu| cpu.name.as_str()).collect()) {
        if name != TOOL {
            let of = |run: &Run| {
                run.cpu.iter().any(|cpu| cpu.name == name).then(|| run.cpu_micros(|one| one == name))
            };
            add(format!("CPU µs a {operation}: {name}"), &|subject| subject.spread(of));
        }
    }
    add(format!("CPU µs a {operation}: all"), &Subject::cpu_micros);
    add("cores of the tool".into(), &|subject| subject.spread(|run| Some(run.cores(TOOL))));
    for name in all(report, |run| run.latencies.iter().map(|latency| latency.name.as_str()).collect()) {
        for (percentile, figure) in Latency::SHOWN {
            let of = |run: &Run| run.latencies.iter().find(|latency| latency.name == name).map(figure);
            add(format!("{name}, ms: {percentile}"), &|subject| subject.spread(of));
        }
    }
    for name in all(report, |run| run.values.iter().map(|value| value.name.as_str()).collect()) {
        let of = |run: &Run| run.values.iter().find(|value| value.name == name).map(|value| value.value);
        add(name.clone(), &|subject| subject.spread(of));
    }
    rows
}

/// Names that any subject has.
fn all(report: &Report, of: impl Fn(&Run) -> Vec<&str> + Copy) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in report.subjects.iter().flat_map(|subject| subject.names(of)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Several of them.
pub(super) fn plural(operation: &str) -> String {
    match operation.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if operation.ends_with("sh") => format!("{operation}es"),
        None => format!("{operation}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::report;
    use super::*;

    #[test]
    fn the_table_has_a_column_for_each_subject() {
        let mut out = Vec::new();
        print(&mut out, &report("pairs")).unwrap();
        let expected = "\
pairs: what was done
SQLite; 1 gateway; set up in 1.50 s; the median of 3 runs (least to most)
                                                  GoChat
  messages a second                     200 (100 to 300)
  CPU µs a message: gateway       1,000 (667 to 2,000)
  CPU µs a message: all           1,000 (667 to 2,000)
  cores of the tool                                 0.10
  send to ack, ms: p50                              1.00
  send to ack, ms: p90                              2.00
  send to ack, ms: p99                              3.00
  send to ack, ms: p99.9                            4.00

";
        let lines = |text: &str| {
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(lines(&String::from_utf8(out).unwrap()), lines(expected));
    }

    #[test]
    fn several_are_named_as_people_do() {
        assert_eq!(["message", "delivery", "push"].map(plural), ["messages", "deliveries", "pushes"]);
    }
}
