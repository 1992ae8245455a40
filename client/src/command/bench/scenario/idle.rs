//! `gochat bench idle`.

use std::time::Instant;

use super::rival::Rival;
use super::{About, on_a_cluster};
use crate::command::Failure;
use crate::command::bench::Bench;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::Cluster;
use crate::command::bench::crowd;
use crate::command::bench::files;
use crate::command::bench::load::Held;
use crate::command::bench::meter::{Meter, resident_bytes};
use crate::command::bench::report::{Report, Run, Value};
use crate::command::bench::wire::Address;

/// Sessions that do nothing
///
/// Opens sessions step by step and tells how much the gateways' memory has grown for each, and at the last step what the heartbeats
/// cost. Every run has a cluster of its own, because memory that was used once is not given back. An operation is a second of a session.
#[derive(Clone, Debug, clap::Args)]
#[command(mut_arg("seconds", |arg| arg.default_value("40").help("How long the heartbeats are measured; each session has one in 20 s")))]
#[command(mut_arg("warm_up", |arg| arg.hide(true)))]
pub(in super::super) struct IdleArgs {
    /// How many sessions there are, step by step
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1000,5000,10000", value_parser = clap::value_parser!(u32).range(1..=18_000))]
    sessions: Vec<u32>,

    #[command(flatten)]
    pub(in super::super) common: CommonArgs,
}

impl IdleArgs {
    /// Measures it.
    ///
    /// # Errors
    /// Whatever fails.
    pub(in super::super) async fn run(&self, bench: &Bench) -> Result<Report, Failure> {
        if !self.sessions.is_sorted() {
            return Err("--sessions must grow from step to step".into());
        }
        files::make_room(self.most()).await?;
        let begun = Instant::now();
        let (mut runs, mut rivals) = (Vec::new(), Vec::new());
        for number in 1..=self.common.runs {
            let (run, rival) =
                on_a_cluster(&self.common, bench, async |cluster| self.measure(cluster, bench, number).await)
                    .await?;
            runs.push(run);
            rivals.extend(rival);
        }
        let steps: Vec<String> = self.sessions.iter().map(u32::to_string).collect();
        let what = format!("{} sessions that do nothing", steps.join(", "));
        // Every run is set up anew, so this is nothing to tell.
        let about = About { scenario: "idle", operation: "session-second", what, set_up: (begun, begun) };
        let rival = crate::command::bench::report::Subject { name: "bare".to_owned(), runs: rivals };
        let rival = Some(rival).filter(|rival| !rival.runs.is_empty());
        Ok(about.report(&self.common, runs, rival, Vec::new()))
    }

    fn most(&self) -> u32 {
        self.sessions.last().copied().unwrap_or(0)
    }

    async fn measure(
        &self,
        cluster: &Cluster,
        bench: &Bench,
        number: u16,
    ) -> Result<(Run, Option<Run>), Failure> {
        let accounts = crowd::guests(cluster, self.most() as usize, &bench.progress).await?;
        let addresses = crowd::addresses(cluster, &accounts).await?;
        let bench_of = |name: &str| bench.progress.called(format!("idle, run {number}, {name}"));
        bench_of("GoChat").says("connecting");
        let gateways = cluster.gateway_ids();
        let memory = || gateways.iter().map(|pid| resident_bytes(*pid)).sum();
        let run = self.hold(addresses, &cluster.meter(), memory).await?;
        let rival = match Rival::start(&self.common, cluster.folder(), &bench.progress).await? {
            None => None,
            Some(rival) => {
                bench_of("bare").says("connecting");
                let addresses = rival.addresses(self.most() as usize);
                Some(self.hold(addresses, &rival.bare().meter(), || rival.resident_bytes()).await?)
            }
        };
        Ok((run, rival))
    }

    /// Opens sessions step by step.
    async fn hold(
        &self,
        addresses: Vec<Address>,
        meter: &Meter,
        memory: impl Fn() -> Result<u64, Failure>,
    ) -> Result<Run, Failure> {
        meter.settle().await?;
        let empty = memory()?;
        let mut values = vec![Value::new("MiB without sessions", mebibytes(empty))];
        let mut held = Held::of(addresses, self.common.threads.into());
        for step in &self.sessions {
            held.grow_to(*step as usize).await?;
            held.while_open(meter.settle()).await??;
            let grown = mebibytes(memory()?.saturating_sub(empty));
            values.push(Value::new(format!("KiB a session at {step}"), grown * 1024.0 / f64::from(*step)));
        }
        values.push(Value::new("MiB at the last step", mebibytes(memory()?)));
        let (before, began) = (meter.read()?, Instant::now());
        held.while_open(tokio::time::sleep_until((began + self.common.seconds).into())).await?;
        let (elapsed, used) = (began.elapsed(), meter.read()?.since(&before));
        held.end().await?;
        let seconds = elapsed.as_secs_f64();
        for (name, cpu) in used.0.iter().filter(|(name, _)| ["gateway", "bare"].contains(&name.as_str())) {
            values.push(Value::new(format!("cores of heartbeats: {name}"), cpu.as_secs_f64() / seconds));
        }
        let run = Run::over(u64::from(self.most()) * elapsed.as_secs(), elapsed, &used);
        Ok(Run { values, ..run })
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
