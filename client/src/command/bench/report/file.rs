//! Reports in files: JSON for programs, a page for people.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::html::page;
use super::model::Report;
use super::table::print;
use crate::command::Failure;

/// What one file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Reports {
    /// Where it was measured.
    pub(super) machine: Machine,
    pub(super) reports: Vec<Report>,
}

/// What figures depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) kernel: String,
}

/// Put reports of several measurements together
#[derive(Clone, Debug, clap::Args)]
pub(in super::super) struct ReportArgs {
    /// Reports in JSON, as the scenarios write them with --json
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write all as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write all as a page of HTML to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl ReportArgs {
    /// Reads them, and writes them together.
    ///
    /// # Errors
    /// A file that is no report, or cannot be written.
    pub(in super::super) fn run(&self) -> Result<(), Failure> {
        let mut all: Option<Reports> = None;
        for file in &self.files {
            let read = fs::read(file).map_err(|why| format!("{}: {why}", file.display()))?;
            let reports: Reports = serde_json::from_slice(&read)
                .map_err(|why| format!("{} is no report: {why}", file.display()))?;
            match &mut all {
                Some(all) => all.reports.extend(reports.reports),
                None => all = Some(reports),
            }
        }
        all.map_or(Ok(()), |all| all.tell(self.json.as_deref(), self.html.as_deref()))
    }
}

impl Reports {
    /// One, measured here.
    pub(in super::super) fn of(report: Report) -> Self {
        Self { machine: Machine::this(), reports: vec![report] }
    }

    /// Prints tables, and writes the files that are wanted.
    ///
    /// # Errors
    /// Those of the files.
    pub(in super::super) fn tell(&self, json: Option<&Path>, html: Option<&Path>) -> Result<(), Failure> {
        let mut out = BufWriter::new(io::stdout().lock());
        self.reports.iter().try_for_each(|report| print(&mut out, report))?;
        out.flush()?;
        if let Some(file) = json {
            fs::write(file, serde_json::to_vec_pretty(self)?)?;
        }
        if let Some(file) = html {
            fs::write(file, page(self))?;
        }
        Ok(())
    }
}

impl Machine {
    fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let info = read("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            cpu: model.map_or("unknown", |(_, model)| model.trim()).to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::report;
    use super::*;

    #[test]
    fn reports_are_put_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let one = Reports::of(report("one"));
        one.tell(Some(&path("1.json")), None).unwrap();
        Reports::of(report("two")).tell(Some(&path("2.json")), None).unwrap();
        let args = ReportArgs {
            files: vec![path("1.json"), path("2.json")],
            json: Some(path("all.json")),
            html: Some(path("all.html")),
        };
        args.run().unwrap();
        let all: Reports = serde_json::from_slice(&fs::read(path("all.json")).unwrap()).unwrap();
        assert_eq!(all.reports, [report("one"), report("two")]);
        let page = fs::read_to_string(path("all.html")).unwrap();
        assert!(page.contains("<svg") && page.contains(">two<"), "{page}");
        fs::write(path("3.json"), "[]").unwrap();
        assert!(ReportArgs { files: vec![path("3.json")], json: None, html: None }.run().is_err());
    }
}
