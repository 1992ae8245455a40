//! A scenario's outcome, as it is written to files.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::spread::Spread;
use crate::command::bench::load::{Span, Tally};
use crate::command::bench::meter::{TOOL, Used};

/// Whether the CPU of this process is the server's.
pub(super) fn is_server(process: &str) -> bool {
    process != TOOL
}

/// What one scenario came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Report {
    /// Its name on the command line.
    pub(in super::super) scenario: String,
    /// What was done, in a sentence.
    pub(in super::super) what: String,
    /// What an operation is, in the singular.
    pub(in super::super) operation: String,
    /// The databases.
    pub(in super::super) storage: String,
    /// How many processes of each service.
    pub(in super::super) size: String,
    /// How long it took to make users and conversations, in seconds.
    pub(in super::super) set_up_seconds: f64,
    /// GoChat first, then what has had the same load.
    pub(in super::super) subjects: Vec<Subject>,
    /// What else was measured in the same run.
    pub(in super::super) yardsticks: Vec<Yardstick>,
    /// How GoChat compares, by the medians.
    pub(in super::super) ratios: Vec<Value>,
}

/// Something else that was measured, with operations of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Yardstick {
    /// What it does, in the singular.
    pub(in super::super) operation: String,
    #[serde(flatten)]
    pub(in super::super) subject: Subject,
}

/// One of those that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Subject {
    pub(in super::super) name: String,
    pub(in super::super) runs: Vec<Run>,
}

/// One run's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Run {
    pub(in super::super) operations: u64,
    pub(in super::super) seconds: f64,
    /// By process, the tool last.
    pub(in super::super) cpu: Vec<Cpu>,
    pub(in super::super) latencies: Vec<Latency>,
    pub(in super::super) values: Vec<Value>,
}

/// What a process used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Cpu {
    pub(in super::super) name: String,
    pub(in super::super) seconds: f64,
}

/// Percentiles in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Latency {
    pub(in super::super) name: String,
    pub(in super::super) count: u64,
    pub(in super::super) p50: f64,
    pub(in super::super) p90: f64,
    pub(in super::super) p99: f64,
    pub(in super::super) p999: f64,
    pub(in super::super) max: f64,
}

/// Whatever else was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Value {
    /// With its unit.
    pub(in super::super) name: String,
    pub(in super::super) value: f64,
}

impl Value {
    pub(in super::super) fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value }
    }
}

impl Yardstick {
    pub(in super::super) fn new(name: &str, operation: &str, runs: Vec<Run>) -> Self {
        Self { operation: operation.to_owned(), subject: Subject { name: name.to_owned(), runs } }
    }

    /// Whether there is anything to tell.
    pub(in super::super) fn was_measured(&self) -> bool {
        !self.subject.runs.is_empty()
    }
}

impl Run {
    /// The figures of what was measured.
    pub(in super::super) fn of(span: &Span, tally: &Tally) -> Self {
        let latencies = tally.latencies.iter().filter_map(|(name, all)| Latency::of(name, all)).collect();
        Self { latencies, ..Self::over(span.operations, span.elapsed, &span.used) }
    }

    /// So many operations in so long.
    pub(in super::super) fn over(operations: u64, elapsed: Duration, used: &Used) -> Self {
        let cpu = used.0.iter().map(|(name, used)| Cpu { name: name.clone(), seconds: used.as_secs_f64() });
        Self { operations, seconds: elapsed.as_secs_f64(), cpu: cpu.collect(), ..Self::default() }
    }

    /// What was done beside it, as its rate and its latencies; CPU is already counted.
    pub(in super::super) fn add(&mut self, what: &str, other: &Self) {
        self.values.push(Value::new(format!("{what} a second"), other.rate()));
        let named =
            |latency: &Latency| Latency { name: format!("{what}, {}", latency.name), ..latency.clone() };
        self.latencies.extend(other.latencies.iter().map(named));
    }

    /// Operations in a second.
    pub(in super::super) fn rate(&self) -> f64 {
        self.count() / self.seconds
    }

    fn count(&self) -> f64 {
        self.operations as f64
    }

    /// Microseconds for each operation, in processes that `counts` names.
    pub(in super::super) fn cpu_micros(&self, counts: impl Fn(&str) -> bool) -> f64 {
        let seconds: f64 = self.cpu.iter().filter(|cpu| counts(&cpu.name)).map(|cpu| cpu.seconds).sum();
        seconds * 1e6 / self.count()
    }

    /// How many cores a process kept busy.
    pub(in super::super) fn cores(&self, name: &str) -> f64 {
        self.cpu.iter().filter(|cpu| cpu.name == name).map(|cpu| cpu.seconds).sum::<f64>() / self.seconds
    }
}

/// A percentile's name, and how it is read.
pub(in super::super) type Percentile = (&'static str, fn(&Latency) -> f64);

impl Latency {
    /// `None` of a histogram of nothing.
    fn of(name: &str, all: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| Duration::from_nanos(all.value_at_quantile(quantile)).as_secs_f64() * 1e3;
        (!all.is_empty()).then(|| Self {
            name: name.to_owned(),
            count: all.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: at(1.0),
        })
    }

    /// The percentiles that are shown, by name.
    pub(in super::super) const SHOWN: [Percentile; 4] = [
        ("p50", |latency| latency.p50),
        ("p90", |latency| latency.p90),
        ("p99", |latency| latency.p99),
        ("p99.9", |latency| latency.p999),
    ];
}

impl Subject {
    /// A figure over all runs; `None` where no run has it.
    pub(in super::super) fn spread(&self, figure: impl Fn(&Run) -> Option<f64>) -> Option<Spread> {
        Spread::of(self.runs.iter().filter_map(figure).filter(|figure| figure.is_finite()))
    }

    /// Microseconds for each operation in all processes but the tool.
    pub(in super::super) fn cpu_micros(&self) -> Option<Spread> {
        self.spread(|run| Some(run.cpu_micros(is_server)))
    }

    /// Names in the order in which the first run that has them tells them.
    pub(in super::super) fn names(&self, of: impl Fn(&Run) -> Vec<&str>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.runs.iter().flat_map(of) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Three runs of 100, 200 and 300 operations a second.
    pub(in super::super) fn report(scenario: &str) -> Report {
        let cpu = |name: &str, seconds| Cpu { name: name.into(), seconds };
        let latency = Latency {
            name: "send to ack".into(),
            count: 9,
            p50: 1.0,
            p90: 2.0,
            p99: 3.0,
            p999: 4.0,
            max: 5.0,
        };
        let run = |operations| Run {
            operations,
            seconds: 10.0,
            cpu: vec![cpu("gateway", 2.0), cpu(TOOL, 1.0)],
            latencies: vec![latency.clone()],
            values: Vec::new(),
        };
        Report {
            scenario: scenario.into(),
            what: "what was done".into(),
            operation: "message".into(),
            storage: "SQLite".into(),
            size: "1 gateway".into(),
            set_up_seconds: 1.5,
            subjects: vec![Subject { name: "GoChat".into(), runs: vec![run(2_000), run(1_000), run(3_000)] }],
            yardsticks: Vec::new(),
            ratios: Vec::new(),
        }
    }

    #[test]
    fn percentiles_are_told_in_milliseconds() {
        let mut tally = Tally::of(["x", "nothing"]).unwrap();
        for milliseconds in 1..=1_000 {
            tally.note(0, Duration::from_millis(milliseconds));
        }
        let used =
            Used(vec![("repo".into(), Duration::from_millis(500)), (TOOL.into(), Duration::from_secs(1))]);
        let span = Span { operations: 1_000, elapsed: Duration::from_secs(2), used };
        let run = Run::of(&span, &tally);
        assert_eq!(run.latencies.len(), 1, "nothing is not told");
        let near = |figure: f64, expected: f64| (figure / expected - 1.0).abs() < 0.002;
        for ((name, figure), expected) in Latency::SHOWN.into_iter().zip([500.0, 900.0, 990.0, 999.0]) {
            assert!(near(figure(&run.latencies[0]), expected), "{name}: {:?}", run.latencies);
        }
        assert_eq!((run.rate(), run.cpu_micros(is_server), run.cores(TOOL)), (500.0, 500.0, 0.5));
    }
}
