//! The users of a load and their conversations, made as any client makes them: over HTTP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use client::{Account, NewGroup, NewMessage, Server};
use futures::{StreamExt, TryStreamExt, stream};
use protos::ids::{ConversationId, UserId};
use uuid::Uuid;

use super::cluster::Cluster;
use super::progress::Progress;
use super::wire::{Address, Dialect};
use crate::command::Failure;

/// Calls under way at a time.
const AT_ONCE: usize = 64;
/// Users that one request names: a body has at most 64 KiB.
const NAMED_AT_ONCE: usize = 1_000;
/// Access tokens live for 15 minutes, and a session no longer than its own. They are renewed from here on, so that a run has ten.
const TOKENS_GROW_OLD: Duration = Duration::from_secs(5 * 60);
/// The longest that a run may take.
pub(super) const LONGEST_RUN: Duration = Duration::from_secs(9 * 60);
/// For so long a call is made again that was not answered, each time after its own deadline.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "correct horse battery";

/// So many guests, spread over the gateways.
///
/// # Errors
/// A refusal; no answer.
pub(super) async fn guests(
    cluster: &Cluster,
    count: usize,
    progress: &Progress,
) -> Result<Vec<Account>, Failure> {
    progress.says("signing in");
    let servers = servers(cluster, count)?;
    let entering = stream::iter(0..count).map(|number| {
        let server = servers[number % servers.len()].clone();
        async move { patiently(async || server.enter_as_guest().await).await }
    });
    let mut accounts = Vec::with_capacity(count);
    let mut entering = entering.buffered(AT_ONCE);
    while let Some(account) = entering.try_next().await? {
        accounts.push(account);
        progress.counts(accounts.len(), count);
    }
    Ok(accounts)
}

/// One user with a name and a password.
///
/// # Errors
/// A refusal; no answer.
pub(super) async fn registered(cluster: &Cluster) -> Result<Account, Failure> {
    let server = server(cluster.http(0))?;
    let name = format!("bench-{}", &Uuid::new_v4().simple().to_string()[..20]);
    let made = patiently(async || server.register(&name, PASSWORD).await).await;
    // One that was not answered may have been done all the same: then signing in tells.
    match patiently(async || server.log_in(&name, PASSWORD).await).await {
        Ok(account) => Ok(account),
        Err(error) => Err(made.err().unwrap_or(error)),
    }
}

/// The conversation of each two neighbours: of the first and second account, of the third and fourth …
///
/// # Errors
/// A refusal; no answer.
pub(super) async fn singles(
    accounts: &[Account],
    progress: &Progress,
) -> Result<Vec<ConversationId>, Failure> {
    progress.says("opening conversations");
    let opening = stream::iter(accounts.chunks_exact(2))
        .map(async |pair: &[Account]| single(&pair[0], &pair[1].user().id).await);
    opening.buffered(AT_ONCE).try_collect().await
}

/// The conversation of two.
///
/// # Errors
/// A refusal; no answer.
pub(super) async fn single(one: &Account, other: &UserId) -> Result<ConversationId, Failure> {
    Ok(patiently(async || one.open_single(other).await).await?.id)
}

/// A message by HTTP.
///
/// # Errors
/// A refusal; no answer.
pub(super) async fn send(from: &Account, message: &NewMessage) -> Result<(), Failure> {
    patiently(async || from.send(message).await).await.map(drop)
}

/// Asks until there is an answer: what is set up is not measured, and the machine may be busy with something else. What is asked may be
/// done twice.
async fn patiently<T>(ask: impl AsyncFn() -> client::Result<T>) -> Result<T, Failure> {
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(error) if error.is_transient() && begun.elapsed() < PATIENCE => {}
            done => return Ok(done?),
        }
    }
}

/// A group of its owner and these, and the messages in it: each time that members are added later, the server tells the others.
///
/// # Errors
/// A refusal; no answer.
pub(super) async fn group(owner: &Account, members: &[Account]) -> Result<(ConversationId, u64), Failure> {
    let members: Vec<UserId> = members.iter().map(|member| member.user().id.clone()).collect();
    let (first, later) = members.split_at(members.len().min(NAMED_AT_ONCE));
    let new = NewGroup { name: "bench".into(), members: first.to_vec(), ..NewGroup::default() };
    let group = owner.create_group(&new).await?.id;
    let mut messages = 0;
    for some in later.chunks(NAMED_AT_ONCE) {
        owner.add_members(&group, some).await?;
        messages += 1;
    }
    Ok((group, messages))
}

/// Where this user opens sessions, on the gateway of this number, with a token that outlives a run.
///
/// # Errors
/// When the sign-in has ended.
pub(super) async fn address(cluster: &Cluster, number: usize, account: &Account) -> Result<Address, Failure> {
    let mut token = account.access_token().await?;
    if cluster.age() > TOKENS_GROW_OLD {
        token = account.renew(&token).await?;
    }
    let server = cluster.http(number);
    Ok(Address { dialect: Dialect::GoChat, server, path: "/ws".into(), token: Some(token) })
}

/// Where these users open sessions, spread over the gateways.
///
/// # Errors
/// When a sign-in has ended.
pub(super) async fn addresses(cluster: &Cluster, accounts: &[Account]) -> Result<Vec<Address>, Failure> {
    let asked = accounts.iter().enumerate().map(|(number, account)| address(cluster, number, account));
    stream::iter(asked).buffered(AT_ONCE).try_collect().await
}

fn servers(cluster: &Cluster, count: usize) -> Result<Vec<Server>, Failure> {
    (0..count.clamp(1, 64)).map(|number| server(cluster.http(number))).collect()
}

fn server(address: SocketAddr) -> Result<Server, Failure> {
    Ok(Server::at(&format!("http://{address}"))?)
}
