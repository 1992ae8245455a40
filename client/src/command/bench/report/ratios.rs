//! How GoChat compares with what was measured beside it.

use super::model::{Report, Run, Subject, Value, Yardstick};

/// The process that the bare broadcaster is to be compared with.
const GATEWAY: &str = "gateway";

impl Report {
    /// The same with its ratios: of medians, GoChat's over the other's.
    pub(in super::super) fn with_ratios(mut self) -> Self {
        self.ratios = match self.subjects.split_first() {
            Some((own, rivals)) => rivals
                .iter()
                .flat_map(|rival| over_rival(&self.operation, own, rival))
                .chain(
                    self.yardsticks
                        .iter()
                        .flat_map(|yardstick| over_yardstick(&self.operation, own, yardstick)),
                )
                .filter(|ratio| ratio.value.is_finite())
                .collect(),
            None => Vec::new(),
        };
        self
    }
}

fn over_rival(operation: &str, own: &Subject, rival: &Subject) -> Vec<Value> {
    let (operations, name) = (super::table::plural(operation), &rival.name);
    let rate = |run: &Run| Some(run.rate());
    let all = |run: &Run| Some(run.cpu_micros(super::model::is_server));
    let gateway = |run: &Run| Some(run.cpu_micros(|name| name == GATEWAY));
    let mut ratios = Vec::new();
    let mut add = |what: String, over: Option<f64>| ratios.extend(over.map(|over| Value::new(what, over)));
    add(format!("{operations} a second, over {name}"), over(own, rate, rival, rate));
    add(format!("CPU of the gateway a {operation}, over {name}"), over(own, gateway, rival, all));
    add(format!("CPU of all a {operation}, over {name}"), over(own, all, rival, all));
    for value in own.names(|run| run.values.iter().map(|value| value.name.as_str()).collect()) {
        let of = |run: &Run| run.values.iter().find(|one| one.name == value).map(|one| one.value);
        add(format!("{value}, over {name}"), over(own, of, rival, of));
    }
    ratios
}

fn over_yardstick(operation: &str, own: &Subject, yardstick: &Yardstick) -> Vec<Value> {
    let (operations, other) = (super::table::plural(operation), &yardstick.subject);
    let others = super::table::plural(&yardstick.operation);
    let rate = |run: &Run| Some(run.rate());
    let cpu = |run: &Run| Some(run.cpu_micros(super::model::is_server));
    let of = &other.name;
    let rates = over(own, rate, other, rate);
    let cpus = over(own, cpu, other, cpu);
    let told = [
        (format!("{operations} a second, over {others} a second ({of})"), rates),
        (format!("CPU of all a {operation}, over that of a {} ({of})", yardstick.operation), cpus),
    ];
    told.into_iter().filter_map(|(what, ratio)| ratio.map(|ratio| Value::new(what, ratio))).collect()
}

fn over(
    own: &Subject,
    of_own: impl Fn(&Run) -> Option<f64>,
    other: &Subject,
    of_other: impl Fn(&Run) -> Option<f64>,
) -> Option<f64> {
    Some(own.spread(of_own)?.median / other.spread(of_other)?.median)
}

#[cfg(test)]
mod tests {
    use super::super::model::Cpu;
    use super::*;

    fn subject(name: &str, process: &str, operations: u64) -> Subject {
        let cpu = [(process, 2.0), ("tool", 9.0)];
        let cpu = cpu.map(|(name, seconds)| Cpu { name: name.into(), seconds });
        let run = Run { operations, seconds: 10.0, cpu: cpu.to_vec(), ..Run::default() };
        Subject { name: name.into(), runs: vec![run] }
    }

    #[test]
    fn ratios_are_gochats_over_the_others() {
        let mut own = subject("GoChat", "gateway", 100);
        own.runs[0].values.push(Value::new("KiB", 12.0));
        let mut bare = subject("bare", "bare", 400);
        bare.runs[0].values.push(Value::new("KiB", 10.0));
        let rows = Yardstick::new("raw inserts", "row", subject("", "inserter", 1_000).runs);
        let report = Report {
            scenario: "x".into(),
            what: String::new(),
            operation: "delivery".into(),
            storage: String::new(),
            size: String::new(),
            set_up_seconds: 0.0,
            subjects: vec![own, bare],
            yardsticks: vec![rows],
            ratios: Vec::new(),
        };
        let ratios = report.with_ratios().ratios;
        let told: Vec<(&str, f64)> = ratios.iter().map(|ratio| (ratio.name.as_str(), ratio.value)).collect();
        assert_eq!(
            told,
            [
                ("deliveries a second, over bare", 0.25),
                ("CPU of the gateway a delivery, over bare", 4.0),
                ("CPU of all a delivery, over bare", 4.0),
                ("KiB, over bare", 1.2),
                ("deliveries a second, over rows a second (raw inserts)", 0.1),
                ("CPU of all a delivery, over that of a row (raw inserts)", 10.0),
            ]
        );
    }
}
