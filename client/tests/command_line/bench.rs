//! `gochat bench`, in short: what it counts, never how fast that was.

use std::path::Path;

use serde_json::Value;

use crate::gochat::{Ending, Gochat};

/// Measures with the programs that were built with this test, for a moment.
async fn bench(scenario: &[&str], report: &Path) -> Ending {
    let gochat = Path::new(env!("CARGO_BIN_EXE_gochat"));
    let programs = gochat.parent().unwrap().to_str().unwrap();
    let short = ["--seconds", "0.5", "--warm-up", "0.2", "--yardsticks", "false", "--programs", programs];
    let json = ["--json", report.to_str().unwrap()];
    let arguments = [&["bench"], scenario, &short, &json].concat();
    let path = std::env::var("PATH").unwrap_or_default();
    Gochat::start(&arguments, &[("PATH", &path)]).ends().await
}

/// The only report of a file.
fn read(file: &Path) -> Value {
    let mut all: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(all["reports"].as_array().unwrap().len(), 1, "{all}");
    all["reports"][0].take()
}

fn names<'a>(list: &'a Value, of: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[of].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pairs_are_measured_on_a_cluster_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pairs.json");
    let ending = bench(&["pairs", "--pairs", "4", "--runs", "2"], &file).await;
    assert_eq!((ending.status, ending.errors.as_str()), (0, ""), "{ending:?}");
    assert!(ending.output.iter().any(|line| line.contains("messages a second")), "{ending:?}");
    let report = read(&file);
    assert_eq!((report["scenario"].as_str(), report["storage"].as_str()), (Some("pairs"), Some("SQLite")));
    let runs = report["subjects"][0]["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for run in runs {
        let operations = run["operations"].as_u64().unwrap();
        assert!(operations > 0, "{run}");
        assert_eq!(names(&run["cpu"], "name"), ["gateway", "logic", "repo", "tool"]);
        assert_eq!(names(&run["latencies"], "name"), ["send to ack", "send to delivery"]);
        // A message that began its way before the measured part, or ends it after, has one of the two in it.
        for latency in run["latencies"].as_array().unwrap() {
            assert!(latency["count"].as_u64().unwrap().abs_diff(operations) <= 2 * 4, "{run}");
        }
    }
}

#[tokio::test]
async fn a_fan_out_counts_every_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fanout.json");
    let scenario = ["fanout", "--receivers", "7", "--in-flight", "3", "--runs", "1"];
    let ending = bench(&scenario, &file).await;
    assert_eq!((ending.status, ending.errors.as_str()), (0, ""), "{ending:?}");
    let run = &read(&file)["subjects"][0]["runs"][0];
    let operations = run["operations"].as_u64().unwrap();
    let counts: Vec<u64> =
        run["latencies"].as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).collect();
    // Seven deliveries for each answer, but for the messages that are under way at both ends.
    assert!(operations > 0 && counts[1].abs_diff(operations) <= 7, "{run}");
    assert!(counts[1].abs_diff(7 * counts[0]) <= 2 * 3 * 7, "{run}");
}

#[tokio::test]
async fn a_measurement_without_programs_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().to_str().unwrap();
    let ending = Gochat::start(&["bench", "pairs", "--programs", programs], &[]).ends().await;
    assert_eq!((ending.status, ending.output.len()), (1, 0), "{ending:?}");
    assert!(ending.errors.contains("is missing"), "{ending:?}");
}
