//! Follows the users of every other live gateway.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use kit::Shutdown;
use kit::grpc::{AuthorizedChannel, MAX_RESPONSE_BYTES};
use protos::ids::{GatewayId, UserId};
use protos::model::GatewayLease;
use protos::pb::gateway::WatchLocalRequest;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use protos::{Error, Reason, Result};
use tokio::time::{Instant, sleep_until, timeout};

use super::Roster;
use super::roll::Source;
use crate::presence::convert;

/// A gateway that takes longer to begin its stream is asked again.
const BEGUN_WITHIN: Duration = Duration::from_secs(3);
/// Waits before a gateway is asked again: the first, and the longest that doubling leads to. Each is shortened by up to half at random.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A stream from each other live gateway.
#[derive(Debug)]
pub(in crate::presence) struct Followers {
    roster: Roster,
    followed: HashMap<GatewayId, Follower>,
}

/// The stream from one incarnation of a gateway; dropped, it ends, and the gateway's users with it.
#[derive(Debug)]
struct Follower {
    lease: GatewayLease,
    source: Source,
    roster: Roster,
    stop: Shutdown,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.cancel();
        self.roster.close(self.source);
    }
}

impl Followers {
    /// Follows nobody yet.
    pub(in crate::presence) fn new(roster: Roster) -> Self {
        Self { roster, followed: HashMap::new() }
    }

    /// Learns which other gateways live.
    pub(in crate::presence) fn update(&mut self, live: Vec<(GatewayLease, AuthorizedChannel)>) {
        let lives = |follower: &Follower| live.iter().any(|(lease, _)| *lease == follower.lease);
        self.followed.retain(|_, follower| lives(follower));
        for (lease, channel) in live {
            if !self.followed.contains_key(&lease.gateway_id) {
                let id = lease.gateway_id.clone();
                self.followed.insert(id, Follower::start(self.roster.clone(), lease, channel));
            }
        }
        self.roster.listed();
    }
}

impl Follower {
    fn start(roster: Roster, lease: GatewayLease, channel: AuthorizedChannel) -> Self {
        let source = roster.open(lease.gateway_id.clone());
        let stop = roster.stopped().child_token();
        let following = follow(roster.clone(), source, lease.gateway_id.clone(), channel);
        tokio::spawn(stop.clone().run_until_cancelled_owned(following));
        Self { lease, source, roster, stop }
    }
}

/// Follows a gateway until it is told to stop.
async fn follow(roster: Roster, source: Source, gateway: GatewayId, channel: AuthorizedChannel) {
    let mut backoff = BACKOFF.0;
    loop {
        let begun = Instant::now();
        if let Err(error) = read(&roster, source, channel.clone()).await {
            tracing::debug!(%gateway, %error, "a gateway does not tell who is there");
        }
        roster.unheard(source);
        if begun.elapsed() > BACKOFF.1 {
            backoff = BACKOFF.0;
        }
        sleep_until(Instant::now() + backoff.mul_f64(rand::random_range(0.5..=1.0))).await;
        backoff = BACKOFF.1.min(backoff * 2);
    }
}

/// Reads one stream to its end.
async fn read(roster: &Roster, source: Source, channel: AuthorizedChannel) -> Result<()> {
    let mut client = RouterServiceClient::new(channel).max_decoding_message_size(MAX_RESPONSE_BYTES);
    let begun = timeout(BEGUN_WITHIN, client.watch_local(WatchLocalRequest {})).await;
    let mut stream = begun.map_err(|_| Error::new(Reason::Timeout, "no answer in time"))??.into_inner();
    let mut all: HashSet<UserId> = HashSet::new();
    while let Some(part) = stream.message().await? {
        let is_last = part.complete;
        all.extend(convert::locals(part).0);
        if is_last {
            roster.told_all(source, all);
            while let Some(part) = stream.message().await? {
                let (online, offline) = convert::locals(part);
                roster.told(source, online, offline);
            }
            break;
        }
    }
    Ok(())
}
