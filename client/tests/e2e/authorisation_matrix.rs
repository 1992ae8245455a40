//! Who may do what, tried out: every HTTP route that the OpenAPI document names, every client frame and every RPC of the `.proto`
//! files, by every kind of caller. What is expected stands in `authorisation_table.rs` and `authorisation_rpcs.rs`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use futures::{StreamExt, stream};
use protos::Error;
use reqwest::Method;
use serde_json::{Value, json};
use tonic::Code;

use crate::authorisation_rpcs::{INTERNAL, RPCS};
use crate::authorisation_stage::{ANONYMOUS, GUEST, Stage};
use crate::authorisation_table::{Ends, FRAMES, HIDDEN, OK, ROLES, ROUTES, Row};
use crate::cluster::{Account, Handshake, PROTOS, TestCluster, method};
use crate::sizes::on_both_sizes;

on_both_sizes!(
    every_caller_may_do_what_the_table_says,
    a_strangers_conversation_looks_like_none_at_all,
    every_rpc_demands_the_internal_token,
);

/// Cells that are tried at once.
const AT_ONCE: usize = 8;
/// The id of a conversation that never was, as long as a real one.
const NO_SUCH_GROUP: &str = "019a0000000070008000000000000000";
/// Callers who are in no group: guest, stranger, ex-member.
const OUTSIDE: RangeInclusive<usize> = GUEST..=3;

/// What a caller was told.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    verdict: String,
    /// All of the answer but what differs from call to call.
    answer: String,
}

async fn every_caller_may_do_what_the_table_says(cluster: &mut TestCluster) {
    let stage = Stage::set(cluster).await;
    let document = cluster.api(0).call(Method::GET, "/openapi.json", "", None).await.body;
    assert_rows_for(&routes_of(&document), ROUTES, &[]);
    assert_rows_for(&frames_of_the_gateway(), FRAMES, &[]);
    assert_rows_for(&rpcs_of_the_protos(), RPCS, INTERNAL);

    let checks = cells().map(|(row, role)| stage.check(row, role));
    let checked: Vec<Option<String>> = stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> = checked.into_iter().flatten().collect();
    report(cells().count(), &wrong);
}

async fn a_strangers_conversation_looks_like_none_at_all(cluster: &mut TestCluster) {
    let stage = Stage::set(cluster).await;
    // Some are refused; what answers everybody has nothing for these.
    let has_nothing_for = |row: &Row, role: usize| OUTSIDE.contains(&role) && row.speaks_of_group();
    let hidden =
        || cells().filter(|(row, role)| row.verdicts[*role] == HIDDEN || has_nothing_for(row, *role));
    for route in ROUTES.iter().filter(|row| row.name.contains("/conversations/{id}")) {
        assert!(hidden().any(|(row, _)| row.name == route.name), "{} hides from nobody", route.name);
    }
    let comparisons = hidden().map(|(row, role)| stage.compare(row, role));
    let compared: Vec<Option<String>> = stream::iter(comparisons).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> = compared.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn every_rpc_demands_the_internal_token(cluster: &mut TestCluster) {
    let wrong_token = "x".repeat(cluster.token.expose().len());
    let mut cells = 0;
    let mut wrong = Vec::new();
    for name in rpcs_of_the_protos() {
        let (package, _) = name.rsplit_once('.').unwrap();
        let channel = cluster.dynamic(package);
        for token in ["", wrong_token.as_str(), "Bearer", cluster.token.expose()] {
            let is_right = token == cluster.token.expose();
            if is_right && !INTERNAL.contains(&name.as_str()) {
                continue;
            }
            let admitted = match channel.call(&method(&name), token, "{}").await {
                Err(status) => status.code() != Code::Unauthenticated,
                Ok(_) => true,
            };
            cells += 1;
            if admitted != is_right {
                let kind = if admitted { "UNEXPECTED ALLOW: " } else { "" };
                wrong.push(format!("{kind}{name} with the token {token:?}"));
            }
        }
    }
    report(cells, &wrong);
}

/// Every row with every caller.
fn cells() -> impl Iterator<Item = (&'static Row, usize)> {
    let rows = ROUTES.iter().chain(FRAMES).chain(RPCS);
    rows.flat_map(|row| (0..ROLES.len()).map(move |role| (row, role)))
}

/// Tells how many cells were tried, and fails for those that were not as they should be.
#[expect(clippy::print_stdout, reason = "how much was tried is worth as much as that it passed")]
fn report(cells: usize, wrong: &[String]) {
    let allows = wrong.iter().filter(|cell| cell.starts_with("UNEXPECTED")).count();
    println!(
        "authorisation matrix: {cells} cells, {allows} unexpected allows, {} unexpected refusals",
        wrong.len() - allows
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Demands a row for each name, and a name for each row.
fn assert_rows_for(names: &BTreeSet<String>, rows: &[Row], others: &[&str]) {
    let with_row = rows.iter().map(|row| (row.path(), row.data));
    let distinct =
        with_row.chain(others.iter().map(|name| ((*name).to_owned(), ""))).collect::<BTreeSet<_>>();
    assert_eq!(distinct.len(), rows.len() + others.len(), "a row stands twice");
    assert!(!rows.iter().any(|row| others.contains(&row.name)), "a name stands in both lists");
    let named = rows.iter().map(|row| row.name).chain(others.iter().copied());
    let with_row: BTreeSet<String> = named.map(str::to_owned).collect();
    let without: Vec<&String> = names.difference(&with_row).collect();
    let of_nothing: Vec<&String> = with_row.difference(names).collect();
    assert!(
        without.is_empty() && of_nothing.is_empty(),
        "without a row: {without:?}; not there: {of_nothing:?}"
    );
}

fn routes_of(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let routes = paths.flat_map(|(path, operations)| {
        let methods = operations.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    routes.collect()
}

/// The types that the gateway's parser knows: what stands before the arrows of its `match`.
fn frames_of_the_gateway() -> BTreeSet<String> {
    let source = include_str!("../../../gateway/src/session/frame.rs");
    let (_, parser) = source.split_once("fn request(").unwrap();
    let (arms, _) = parser.split_once("_ =>").unwrap();
    let before_arrows = arms.split("=>").take(arms.matches("=>").count());
    let patterns = before_arrows.map(|text| text.rsplit([',', '{', '}']).next().unwrap());
    patterns.flat_map(|pattern| pattern.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn rpcs_of_the_protos() -> BTreeSet<String> {
    let ours = PROTOS.services().filter(|service| service.full_name().starts_with("im."));
    let rpcs = ours.flat_map(|service| {
        let name = service.full_name().to_owned();
        service.methods().map(move |method| format!("{name}/{}", method.name())).collect::<Vec<_>>()
    });
    rpcs.collect()
}

impl Stage<'_> {
    /// What is wrong with a cell's verdict.
    async fn check(&self, row: &Row, role: usize) -> Option<String> {
        let expected = row.verdicts[role];
        let fresh = if expected == OK && row.speaks_of_group() { Some(self.new_group().await) } else { None };
        let told = self.act(row, role, fresh.as_ref().unwrap_or(&self.shared_group)).await.verdict;
        let kind = if told == OK { "UNEXPECTED ALLOW: " } else { "" };
        (told != expected).then(|| format!("{kind}{} by {}: {told}, not {expected}", shown(row), ROLES[role]))
    }

    /// How what a caller is told of a group that is there differs from what they are told of none.
    async fn compare(&self, row: &Row, role: usize) -> Option<String> {
        let there = self.act(row, role, &self.shared_group).await.without(&self.shared_group);
        let nowhere = self.act(row, role, NO_SUCH_GROUP).await.without(NO_SUCH_GROUP);
        (there != nowhere).then(|| format!("{} by {}: {there:?}, not {nowhere:?}", shown(row), ROLES[role]))
    }

    async fn act(&self, row: &Row, role: usize, group: &str) -> Told {
        let api = self.cluster.api(0);
        let caller = match (row.ends, role) {
            (Ends::Nothing, _) | (_, ANONYMOUS) => self.cast.callers[role].clone(),
            (_, GUEST) => api.guest().await,
            (Ends::SignIn, _) => api.sign_in(&self.cast.callers[role]).await,
            (Ends::OtherSignIns, _) => api.sign_up("caller").await,
        };
        let data = self.filled(row.data, &caller, group).await;
        if row.name.contains(' ') {
            let path = self.filled(&row.path(), &caller, group).await;
            self.call(&path, &data, &caller).await
        } else if row.name.contains('/') {
            let token = if role == ANONYMOUS { "" } else { self.cluster.token.expose() };
            self.call_rpc(row.name, &data, token).await
        } else {
            self.say(row, &data, role).await
        }
    }

    /// An HTTP call, `METHOD /path`.
    async fn call(&self, route: &str, data: &str, caller: &Account) -> Told {
        let (method, path) = route.split_once(' ').unwrap();
        let (query, body) = if data.starts_with('?') { (data, "") } else { ("", data) };
        let url = format!("http://{}/api{path}{query}", self.cluster.gateway(0).http);
        let mut request = self.cluster.http.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        if !caller.access.is_empty() {
            request = request.bearer_auth(&caller.access);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let differ = |name: &str| ["date", "x-request-id"].contains(&name);
        let headers = answer.headers().iter().filter(|(name, _)| !differ(name.as_str()));
        // Their order differs from process to process.
        let headers: BTreeSet<String> = headers.map(|header| format!("{header:?}")).collect();
        let body = answer.text().await.unwrap();
        let code = serde_json::from_str::<Value>(&body).unwrap()["code"].as_str().map(str::to_owned);
        let verdict = if status.is_success() { OK.to_owned() } else { code.unwrap() };
        let told = format!("{status} {headers:?} {}", body.replace(&request_id, ""));
        Told { verdict, answer: told }
    }

    async fn call_rpc(&self, name: &str, request: &str, token: &str) -> Told {
        let (package, _) = name.rsplit_once('.').unwrap();
        match self.cluster.dynamic(package).call(&method(name), token, request).await {
            Ok(answer) => Told { verdict: OK.to_owned(), answer: format!("{answer:?}") },
            Err(status) => {
                let answer = format!("{:?} {} {:?}", status.code(), status.message(), status.details());
                Told { verdict: Error::from(status).reason().to_string(), answer }
            }
        }
    }

    /// A frame on the caller's session; who has no token has no session.
    async fn say(&self, row: &Row, data: &str, role: usize) -> Told {
        let Some(session) = &self.sessions[role] else {
            let status = Handshake::plain(self.cluster.gateway(0).http, "").refusal().await;
            assert_eq!(status, 401, "a socket without a token");
            return Told { verdict: "UNAUTHORIZED".to_owned(), answer: String::new() };
        };
        let data: Value = serde_json::from_str(data).unwrap();
        let answer = if row.unanswered {
            let id = uuid::Uuid::new_v4().to_string();
            session.send_text(&json!({ "type": row.name, "data": data, "id": id }).to_string()).await;
            let pong = session.request("ping", &json!({})).await;
            let told = session.frames().into_iter().find(|frame| frame.id.as_deref() == Some(&id));
            told.unwrap_or(pong)
        } else {
            session.request(row.name, &data).await
        };
        let verdict = if answer.kind == "error" { answer.data["code"].as_str().unwrap() } else { OK };
        Told { verdict: verdict.to_owned(), answer: format!("{} {}", answer.kind, answer.data) }
    }
}

impl Told {
    /// Without the group that was asked for.
    fn without(self, group: &str) -> Self {
        Self { answer: self.answer.replace(group, ""), ..self }
    }
}

/// A row that is told from the others.
fn shown(row: &Row) -> String {
    format!("{} {}", row.path(), row.data).trim_end().to_owned()
}
