//! Reports as one page, with its plots in it: it needs no other file, no other host and no script.

use std::fmt::Write;

use super::chart::{Bar, Part, Scale, bars, escaped};
use super::file::{Machine, Reports};
use super::model::{Latency, Report, Subject, Value, is_server};
use super::table::{plural, print};

const STYLE: &str = "
:root { color-scheme: light dark; --text: #1d2430; --back: #fff; --soft: #667085; --line: #d0d5dd; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ef; --back: #14181f; --soft: #98a2b3; --line: #344054; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 920px; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
p.soft, summary { color: var(--soft); } pre { overflow-x: auto; font-size: 13px; }
svg { display: block; width: 100%; margin: 1rem 0; } svg text { font: 13px system-ui, sans-serif; fill: var(--text); }
svg .title { font-weight: 600; } svg .label { text-anchor: end; fill: var(--soft); }
.spread { stroke: var(--text); stroke-width: 2; } .mark { stroke: var(--soft); stroke-dasharray: 4 4; }
.c0 { fill: #4c78dd; } .c1 { fill: #e08a3c; } .c2 { fill: #4fa66a; } .c3 { fill: #c2549b; } .c4 { fill: #8a6fd1; } .c5 { fill: #c9a227; }
";

/// The page.
pub(super) fn page(reports: &Reports) -> String {
    let Machine { cpu, cores, kernel } = &reports.machine;
    let machine = escaped(&format!("{cpu}, {cores} cores, Linux {kernel}"));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>GoChat, measured</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
         <h1>GoChat, measured</h1>\n<p class=\"soft\">{machine}. Bars are medians; lines across them go from the least to the \
         greatest run. Servers and load share the machine.</p>\n"
    );
    reports.reports.iter().for_each(|report| section(&mut out, report));
    out.push_str("</body></html>\n");
    out
}

fn section(out: &mut String, report: &Report) {
    let Report { scenario, what, storage, size, .. } = report;
    // Writing to a string does not fail, here and below.
    writeln!(
        out,
        "<h2>{}</h2>\n<p>{}</p>\n<p class=\"soft\">{}; {}</p>",
        escaped(scenario),
        escaped(what),
        escaped(storage),
        escaped(size)
    )
    .ok();
    for chart in [throughput(report), cpu(report), latencies(report), ratios(report)].into_iter().flatten() {
        out.push_str(&chart);
    }
    let mut table = Vec::new();
    if print(&mut table, report).is_ok() {
        let table = escaped(&String::from_utf8_lossy(&table));
        writeln!(out, "<details><summary>All figures</summary><pre>{table}</pre></details>").ok();
    }
}

fn throughput(report: &Report) -> Option<String> {
    let bar = |subject: &Subject| {
        let rate = subject.spread(|run| Some(run.rate()))?;
        Some(Bar::plain(&subject.name, "rate", rate))
    };
    let drawn: Vec<Bar> = report.subjects.iter().filter_map(bar).collect();
    let title = format!("{} a second", plural(&report.operation));
    (!drawn.is_empty()).then(|| bars(&title, &drawn, Scale::Linear, None))
}

fn cpu(report: &Report) -> Option<String> {
    let bar = |subject: &Subject| {
        let names = subject.names(|run| run.cpu.iter().map(|cpu| cpu.name.as_str()).collect());
        let part = |name: &String| {
            let size = subject.spread(|run| Some(run.cpu_micros(|one| one == name)))?.median;
            Some(Part { name: name.clone(), size })
        };
        let parts = names.iter().filter(|name| is_server(name)).filter_map(part).collect();
        Bar { label: subject.name.clone(), parts, spread: None }
    };
    let drawn: Vec<Bar> = report.subjects.iter().map(bar).filter(|bar| !bar.parts.is_empty()).collect();
    let title = format!("CPU µs a {}", report.operation);
    (!drawn.is_empty()).then(|| bars(&title, &drawn, Scale::Linear, None))
}

fn latencies(report: &Report) -> Option<String> {
    let mut drawn = Vec::new();
    for subject in &report.subjects {
        for name in subject.names(|run| run.latencies.iter().map(|latency| latency.name.as_str()).collect()) {
            for (percentile, figure) in Latency::SHOWN {
                let of = |latency: &Latency| (latency.name == name).then(|| figure(latency));
                if let Some(spread) = subject.spread(|run| run.latencies.iter().find_map(of)) {
                    drawn.push(Bar::plain(
                        format!("{}, {name}, {percentile}", subject.name),
                        &subject.name,
                        spread,
                    ));
                }
            }
        }
    }
    (!drawn.is_empty()).then(|| bars("Latency in ms (logarithmic)", &drawn, Scale::Logarithmic, None))
}

/// What is worth one stands at the line.
fn ratios(report: &Report) -> Option<String> {
    let bar = |ratio: &Value| {
        let part = Part { name: "ratio".to_owned(), size: ratio.value };
        Bar { label: String::new(), parts: vec![part], spread: None }
    };
    let drawn: Vec<Bar> = report
        .ratios
        .iter()
        .enumerate()
        .map(|(number, ratio)| Bar { label: format!("ratio {}", number + 1), ..bar(ratio) })
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let mut out =
        bars("GoChat over what was measured beside it (logarithmic)", &drawn, Scale::Logarithmic, Some(1.0));
    out.push_str("<ol>");
    for ratio in &report.ratios {
        write!(out, "<li>{}</li>", escaped(&ratio.name)).ok();
    }
    out.push_str("</ol>\n");
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::report;
    use super::*;

    #[test]
    fn the_page_needs_nothing_else_and_escapes_what_it_is_told() {
        let mut one = report("<script>alert(1)</script>");
        one.what = "a & b".into();
        let page = page(&Reports::of(one));
        for absent in ["<script", "http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(absent), "{absent}: {page}");
        }
        assert!(page.contains("&lt;script&gt;") && page.contains("a &amp; b"), "{page}");
    }
}
