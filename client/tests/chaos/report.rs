//! The table, in Markdown.

use std::fmt::Write;
use std::time::Duration;

use crate::row::Row;

/// The columns.
const HEAD: &str = "\
| scenario | size | faults | acked | lost | doubled | gaps | misordered | altered | phantoms | leaks | missing | failed | first ack | presence | took | seed | clean |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
";

/// The whole report: a line for each row, and below it what is wrong or worth knowing.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut told = HEAD.to_owned();
    for row in rows {
        line(&mut told, row);
    }
    for row in rows {
        let (name, size) = (row.run.scenario, row.run.size.name());
        let notes = row.remarks.iter().map(|remark| format!("- {name}, {size}: {remark}\n"));
        let wrong = row.wrong.iter().map(|wrong| format!("- **wrong** in {name}, {size}: {wrong}\n"));
        let again =
            (!row.is_clean()).then(|| format!("- run {name}, {size} again: `chaos {}`\n", row.run.replay()));
        let notes: String = wrong.chain(notes).chain(again).collect();
        if !notes.is_empty() {
            told.push('\n');
            told.push_str(&notes);
        }
    }
    told
}

fn line(told: &mut String, row: &Row) {
    let faults = row.injected.iter().map(|(fault, times)| format!("{fault} ×{times}"));
    let faults = faults.collect::<Vec<_>>().join(", ");
    let found = &row.findings;
    write!(told, "| {} | {} | {faults} |", row.run.scenario, row.run.size.name()).ok();
    let counts = [
        found.acked,
        found.lost,
        found.doubled,
        found.gaps,
        found.misordered,
        found.altered,
        found.phantoms,
        found.leaks,
        found.missing,
        found.failed,
    ];
    for count in counts {
        write!(told, " {count} |").ok();
    }
    let clean = if row.is_clean() { "yes" } else { "**no**" };
    let (first_ack, presence, took) =
        (seconds(row.first_ack), seconds(row.presence), seconds(Some(row.took)));
    writeln!(told, " {first_ack} | {presence} | {took} | {} | {clean} |", row.run.seed).ok();
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
}
