//! `gochat push`: push an event to users, and tell what became of it.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use client::{Push, PushOutcome, PushReport, Pusher, UserPush};
use kit::{Common, Secret};
use protos::ids::{PushId, UserId};
use protos::model::limits::PUSH_MAX_TTL_SECONDS;
use serde_json::json;

use super::{Failure, complain};

/// Not everybody got it.
const NOT_ALL: u8 = 2;
/// Stands among the users for those that standard input names.
const STDIN: &str = "-";

/// Push an event to every session of some users, wherever they are connected
///
/// Any gateway takes the push: it finds the gateways that hold the users' sessions. One result is printed for each user: DELIVERED (at least
/// one session took it), OFFLINE, OVERLOADED (every session was too slow and was closed), UNREACHABLE (the gateway that holds the
/// sessions did not answer: it may have been delivered) or, with --ttl, QUEUED (kept until the user connects).
#[derive(Debug, clap::Args)]
#[command(mut_arg("data_dir", |arg| arg.help("The servers' data directory, for the internal token; nothing is made there")))]
#[command(after_long_help = "\
The internal token comes from the environment (INTERNAL_TOKEN) or from the file internal_token in the data directory of the \
servers, never from a flag.

Exit status: 0 when all users have DELIVERED or QUEUED, 2 when some have not, 1 when the push failed.

Examples:
  gochat push --users 0198c2…,0198c3… --data '{\"text\":\"Your build is done\"}'
  cut -d, -f1 users.csv | gochat push --users - --type sale --data '{\"percent\":20}' --json")]
pub(crate) struct Args {
    /// A gateway's gRPC listener
    #[arg(long, env = "GOCHAT_PUSH_URL", default_value = "http://127.0.0.1:9000")]
    url: String,

    /// Ids of users, separated by commas; may be repeated. `-` reads ids from standard input, separated by white space or commas
    #[arg(long, visible_alias = "user", value_name = "IDS", value_delimiter = ',', required = true)]
    users: Vec<String>,

    /// The event's type, which clients see as the type of the frame
    #[arg(long = "type", value_name = "TYPE", default_value = "notification")]
    kind: String,

    /// The event's data: a JSON object of at most 64 KiB
    #[arg(long, value_name = "JSON")]
    data: String,

    /// A key of your own for this push, which clients see beside the type. For 10 minutes, and while it is kept, the same push again
    /// comes to nobody who had it
    #[arg(long, value_name = "ID")]
    push_id: Option<String>,

    /// Keep it so long for users who do not get it now, in seconds (at most 30 days)
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=i64::from(PUSH_MAX_TTL_SECONDS)))]
    ttl: u32,

    /// How long to wait for the gateway, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    deadline: u64,

    /// Print a JSON object a line for each user instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    common: Common,
}

/// Pushes, prints, and tells by the exit status whether all got it.
pub(crate) async fn run(args: Args) -> ExitCode {
    match push(args).await {
        Ok(report) if all_have_it(&report) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(NOT_ALL),
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// What is kept is on its way.
fn all_have_it(report: &PushReport) -> bool {
    report.count(PushOutcome::Delivered) + report.count(PushOutcome::Queued) == report.results.len()
}

async fn push(args: Args) -> Result<PushReport, Failure> {
    kit::telemetry::init(&args.common.log, args.common.log_format)?;
    check(&args.data)?;
    let push = Push {
        push_id: args.push_id.map(PushId::from),
        ttl_seconds: args.ttl,
        ..Push::new(args.kind, args.data, users(&args.users, io::stdin())?)
    };
    let pusher = Pusher::at(&args.url, &token(&args.common)?)?;
    let report = pusher.with_deadline(Duration::from_secs(args.deadline)).push(&push).await?;
    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        print_json(&mut out, &report)?
    } else {
        print_table(&mut out, &report)?
    }
    out.flush()?;
    Ok(report)
}

/// A servers' secret is not made here: one of the job's own making would open nothing.
fn token(common: &Common) -> Result<Secret, Failure> {
    let is_set = std::env::var_os("INTERNAL_TOKEN").is_some_and(|token| !token.is_empty());
    let file = common.data_dir.join("internal_token");
    if !is_set && !file.exists() {
        let why =
            format!("no internal token: set INTERNAL_TOKEN, or DATA_DIR (there is no {})", file.display());
        return Err(why.into());
    }
    Ok(common.internal_token()?)
}

fn check(data: &str) -> Result<(), Failure> {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(data)
        .map(drop)
        .map_err(|why| format!("--data is not a JSON object: {why}").into())
}

/// The ids in the order they were given, with those of `input` in the place of `-`.
fn users(given: &[String], mut input: impl Read) -> Result<Vec<UserId>, Failure> {
    let mut users = Vec::new();
    for one in given {
        if one == STDIN {
            let mut text = String::new();
            input.read_to_string(&mut text)?;
            users.extend(ids(&text).map(UserId::from));
        } else {
            users.extend(ids(one).map(UserId::from));
        }
    }
    Ok(users)
}

fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\t', '\r', '\n']).filter(|id| !id.is_empty())
}

fn print_table(out: &mut impl Write, report: &PushReport) -> io::Result<()> {
    let width = report.results.iter().map(|result| result.user.as_str().chars().count()).max().unwrap_or(0);
    let width = width.max("USER".len());
    if !report.results.is_empty() {
        writeln!(out, "{:width$}  {:<11}  {:>8}  GATEWAYS", "USER", "STATUS", "SESSIONS")?;
    }
    for UserPush { user, outcome, sessions, gateways } in &report.results {
        let gateways: Vec<&str> = gateways.iter().map(AsRef::as_ref).collect();
        let line = format!(
            "{:width$}  {:<11}  {sessions:>8}  {}",
            user.as_str(),
            outcome.as_str(),
            gateways.join(",")
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "{}", summary(report))
}

fn summary(report: &PushReport) -> String {
    let mut parts = Vec::new();
    for outcome in [
        PushOutcome::Delivered,
        PushOutcome::Offline,
        PushOutcome::Overloaded,
        PushOutcome::Unreachable,
        PushOutcome::Queued,
        PushOutcome::Unknown,
    ] {
        let count = report.count(outcome);
        if count > 0 || outcome == PushOutcome::Delivered {
            parts.push(format!("{count} {}", outcome.as_str().to_lowercase()));
        }
    }
    let (users, sessions) = (counted(report.results.len(), "user"), counted(report.sessions(), "session"));
    format!("{users}: {}; {sessions}", parts.join(", "))
}

fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn print_json(out: &mut impl Write, report: &PushReport) -> io::Result<()> {
    for UserPush { user, outcome, sessions, gateways } in &report.results {
        let line = json!({
            "userId": user, "status": outcome.as_str(), "sessions": sessions, "gatewayIds": gateways,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command::{Cli, Command};

    fn parsed(words: &[&str]) -> Result<Args, clap::Error> {
        let words = ["gochat", "push"].iter().chain(words);
        match Cli::try_parse_from(words)?.command {
            Command::Push(args) => Ok(args),
            _ => panic!("not a push"),
        }
    }

    fn report() -> PushReport {
        let result = |user: &str, outcome, sessions, gateways: &[&str]| UserPush {
            user: user.into(),
            outcome,
            sessions,
            gateways: gateways.iter().map(|id| (*id).into()).collect(),
        };
        PushReport {
            results: vec![
                result("u1", PushOutcome::Delivered, 2, &["g1", "g2"]),
                result("user-2", PushOutcome::Offline, 0, &[]),
            ],
        }
    }

    #[test]
    fn users_come_from_flags_and_from_standard_input() {
        let args = parsed(&["--users", "a,b", "--user", "c", "--users", "-", "--data", "{}"]).unwrap();
        let ids = users(&args.users, &b"d\ne f,,g\r\n"[..]).unwrap();
        assert_eq!(ids, ["a", "b", "c", "d", "e", "f", "g"].map(UserId::from));
        assert_eq!((args.kind.as_str(), args.json), ("notification", false));
    }

    #[test]
    fn users_and_data_are_demanded() {
        assert!(parsed(&["--users", "a"]).is_err());
        assert!(parsed(&["--data", "{}"]).is_err());
        assert_eq!(parsed(&["--users", "a", "--data", "{}", "--ttl", "60"]).unwrap().ttl, 60);
        assert!(parsed(&["--users", "a", "--data", "{}", "--ttl", "2592001"]).is_err());
        for bad in ["", "[]", "5", "{\"a\":}", "{} {}"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(r#"{"a":[1]}"#).is_ok());
    }

    #[test]
    fn the_table_is_aligned_and_ends_with_a_summary() {
        let mut out = Vec::new();
        print_table(&mut out, &report()).unwrap();
        let expected = "\
USER    STATUS       SESSIONS  GATEWAYS
u1      DELIVERED           2  g1,g2
user-2  OFFLINE             0
2 users: 1 delivered, 1 offline; 2 sessions
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let mut nobody = Vec::new();
        print_table(&mut nobody, &PushReport::default()).unwrap();
        assert_eq!(String::from_utf8(nobody).unwrap(), "0 users: 0 delivered; 0 sessions\n");
    }

    #[test]
    fn json_is_a_line_for_each_user() {
        let mut out = Vec::new();
        print_json(&mut out, &report()).unwrap();
        let lines: Vec<serde_json::Value> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["gatewayIds"], json!(["g1", "g2"]));
        assert_eq!(
            lines[1],
            json!({"userId": "user-2", "status": "OFFLINE", "sessions": 0, "gatewayIds": []})
        );
    }
}
