//! Presence in Redis, shared by all repo processes: a single node or a Cluster.
//!
//! [`layout`] is what lies there, [`script`] what must be atomic, [`link`] the way there, [`commands`] what is asked, and [`watch`] the
//! actor that knows whether it answers. Nothing here is the truth: a Redis that lost everything is told anew by the gateways.
//!
//! The server must be Redis 5 or newer (or what speaks as it does), allow `EVAL` and `INFO`, and evict nothing (`maxmemory-policy
//! noeviction`): a user whose key was evicted would be offline until announced anew. Persistence is of no use to it.

mod commands;
mod layout;
mod link;
mod script;
mod watch;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures::future::try_join;
use kit::process::Failure;
use protos::Result;
use protos::ids::{GatewayId, Incarnation, PushId, UserId};
use protos::model::{GatewayLease, OnlineStatus};
use tokio::sync::Semaphore;

use self::commands::Commands;
use self::link::{Fault, Link};
use self::watch::Watch;
use super::record::{Ended, Entry, Hold, Leases, LiveLease, Source, UserRecord};
use super::store::{Announcement, Heartbeat, PresenceStore, Renewal};
use super::terms::Terms;

/// Users of one answer whose dead entries are dropped; the others' turn comes with a later answer.
const TIDY_USERS: usize = 1_000;
/// Users of each partition that a clean-up looks at together.
const CLEANUP_PAGE: usize = 100;

/// Presence in Redis.
pub(super) struct RedisStore {
    commands: Commands,
    watch: Watch,
    terms: Terms,
    /// One tidying at a time; what finds it taken leaves the dead entries for later.
    tidying: Arc<Semaphore>,
}

impl RedisStore {
    /// Starts to watch Redis.
    ///
    /// # Errors
    /// When a URL is not one of Redis.
    pub(super) fn start(urls: &[String], terms: Terms) -> Result<Self, Failure> {
        let commands = Commands::new(Link::open(urls)?, terms);
        let watch = Watch::start(commands.clone());
        Ok(Self { commands, watch, terms, tidying: Arc::new(Semaphore::new(1)) })
    }

    /// Does the work unless Redis is known to be down, and takes note when it fails.
    async fn run<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T> {
        self.watch.epoch()?;
        work.await.map_err(|fault| self.watch.failed(&fault))
    }

    /// The users' records, and the leases at that moment.
    async fn read(&self, users: &[UserId]) -> Result<(Leases, Vec<UserRecord>), Fault> {
        let (leases, records) = try_join(self.commands.leases(), self.commands.records(users)).await?;
        self.tidy_later(&leases, users, &records);
        Ok((leases, records))
    }

    /// Drops the dead entries that a reading found, beside it.
    fn tidy_later(&self, leases: &Leases, users: &[UserId], records: &[UserRecord]) {
        let dead = |(_, record): &(&UserId, &UserRecord)| !record.dead(leases, &self.terms).is_empty();
        let found = users.iter().zip(records).filter(dead).take(TIDY_USERS);
        let found: Vec<_> = found.map(|(user, record)| (user.clone(), record.clone())).collect();
        if found.is_empty() {
            return;
        }
        let Ok(permit) = Arc::clone(&self.tidying).try_acquire_owned() else { return };
        let (commands, watch, leases) = (self.commands.clone(), self.watch.clone(), leases.clone());
        tokio::spawn(async move {
            if let Err(fault) = commands.tidy(found, &leases).await {
                watch.failed(&fault);
            }
            drop(permit);
        });
    }

    async fn note(&self, announcement: Announcement) -> Result<(), Fault> {
        let Announcement { gateway, incarnation, online, offline } = announcement;
        let leases = self.commands.leases().await?;
        let Some(hold) = leases.hold(&gateway).filter(|hold| hold.incarnation == incarnation) else {
            tracing::debug!(%gateway, %incarnation, "an announcement without the lease");
            return Ok(());
        };
        let entry = |client_info| Entry {
            gateway: gateway.clone(),
            source: Source::Announced,
            hold: Some(hold.clone()),
            stamp_ms: leases.now_ms,
            client_info,
        };
        let gone: Vec<_> = offline.into_iter().map(|user| (user, entry(String::new()))).collect();
        let come: Vec<_> = online.into_iter().map(|(user, client_info)| (user, entry(client_info))).collect();
        self.commands.write(leases.now_ms, &gone, &come).await
    }

    async fn beat(&self, user: &UserId, gateway: &GatewayId) -> Result<Heartbeat, Fault> {
        let (leases, records) = self.read(std::slice::from_ref(user)).await?;
        let mut success = false;
        for record in &records {
            let live = |entry: &&Entry| entry.gateway == *gateway && entry.is_live(&leases, &self.terms);
            for entry in record.entries.iter().filter(live) {
                success |= self.commands.touch(user, entry, leases.now_ms).await?;
            }
        }
        let statuses = self.told(&leases, vec![user.clone()], &records).await?;
        Ok(Heartbeat { success, last_seen: statuses.first().map_or(0, |status| status.last_seen) })
    }

    async fn told(
        &self,
        leases: &Leases,
        users: Vec<UserId>,
        records: &[UserRecord],
    ) -> Result<Vec<OnlineStatus>, Fault> {
        let ended = self.commands.ended(records, leases).await?;
        let status = |(user, record): (UserId, &UserRecord)| record.status(user, leases, &ended, &self.terms);
        Ok(users.into_iter().zip(records).map(status).collect())
    }

    async fn clean(&self, before_ms: i64, limit: usize) -> Result<usize, Fault> {
        let leases = self.commands.leases().await?;
        let mut skip: HashMap<u32, usize> = (0..layout::PARTITIONS).map(|number| (number, 0)).collect();
        let mut cleaned = 0;
        while !skip.is_empty() && cleaned < limit {
            let pages = self.commands.oldest(&skip, CLEANUP_PAGE, before_ms).await?;
            skip.retain(|number, _| pages.iter().any(|(page, users)| page == number && !users.is_empty()));
            let users: Vec<UserId> = pages.into_iter().flat_map(|(_, users)| users).collect();
            let records = self.commands.records(&users).await?;
            let ended = self.commands.ended(&records, &leases).await?;
            let (old, kept) = users.into_iter().zip(records).partition::<Vec<_>, _>(|(_, record)| {
                record.gateways(&leases, &self.terms).is_empty()
                    && record.last_seen_ms(&leases, &ended) < before_ms
            });
            for (user, _) in &kept {
                skip.entry(layout::partition(user)).and_modify(|skip| *skip += 1);
            }
            let old: Vec<_> = old.into_iter().take(limit - cleaned).collect();
            cleaned += self.commands.forget(&old).await?;
        }
        Ok(cleaned)
    }
}

/// The entry of `SetUserOnline`.
fn set_entry(gateway: GatewayId, hold: Option<Hold>, stamp_ms: i64, client_info: String) -> Entry {
    Entry { gateway, source: Source::Set, hold, stamp_ms, client_info }
}

#[tonic::async_trait]
impl PresenceStore for RedisStore {
    async fn ready(&self) {
        self.watch.ready().await;
    }

    async fn renew(&self, lease: GatewayLease) -> Result<Renewal> {
        let epoch = self.watch.epoch()?;
        let (held, continued, leases) = self.run(self.commands.renew(&lease, &epoch)).await?;
        let gateways = leases.list();
        self.watch.saw(&gateways);
        Ok(Renewal { held, continued, gateways, ttl: self.terms.lease })
    }

    async fn release(&self, gateway: GatewayId, incarnation: Incarnation) -> Result<()> {
        self.run(self.commands.release(&gateway, &incarnation)).await
    }

    async fn announce(&self, announcement: Announcement) -> Result<()> {
        self.run(self.note(announcement)).await
    }

    async fn gateways(&self) -> Result<Vec<LiveLease>> {
        match self.run(self.commands.leases()).await {
            Ok(leases) => Ok(leases.list_with_ages()),
            Err(error) => {
                let known = self.watch.gateways().ok_or(error)?;
                Ok(known.into_iter().map(|lease| LiveLease { lease, age: None }).collect())
            }
        }
    }

    async fn set_online(
        &self,
        user: UserId,
        gateway: GatewayId,
        client_info: String,
    ) -> Result<OnlineStatus> {
        self.run(async {
            let leases = self.commands.leases().await?;
            let hold = leases.hold(&gateway);
            let entry = set_entry(gateway, hold, leases.now_ms, client_info);
            self.commands.write(leases.now_ms, &[], &[(user.clone(), entry)]).await?;
            let records = self.commands.records(std::slice::from_ref(&user)).await?;
            let record = records.into_iter().next().unwrap_or_default();
            Ok(record.status(user, &leases, &Ended::default(), &self.terms))
        })
        .await
    }

    async fn set_offline(&self, user: UserId, gateway: GatewayId) -> Result<()> {
        self.run(async {
            let (leases, records) = self.read(std::slice::from_ref(&user)).await?;
            let gone = set_entry(gateway, None, leases.now_ms, String::new());
            let known = records.iter().flat_map(|record| &record.entries).any(|entry| gone.replaces(entry));
            if known {
                self.commands.write(leases.now_ms, &[(user, gone)], &[]).await?;
            }
            Ok(())
        })
        .await
    }

    async fn heartbeat(&self, user: UserId, gateway: GatewayId) -> Result<Heartbeat> {
        self.run(self.beat(&user, &gateway)).await
    }

    async fn statuses(&self, users: Vec<UserId>) -> Result<Vec<OnlineStatus>> {
        self.run(async {
            let (leases, records) = self.read(&users).await?;
            self.told(&leases, users, &records).await
        })
        .await
    }

    async fn locate(&self, users: Vec<UserId>) -> Result<Vec<(UserId, Vec<GatewayId>)>> {
        let (leases, records) = self.run(self.read(&users)).await?;
        let located = users.into_iter().zip(&records);
        let located = located.map(|(user, record)| (user, record.gateways(&leases, &self.terms)));
        Ok(located.filter(|(_, gateways)| !gateways.is_empty()).collect())
    }

    async fn cleanup(&self, before: i64, limit: usize) -> Result<usize> {
        self.run(self.clean(before.saturating_mul(1_000), limit)).await
    }

    async fn note_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<()> {
        self.run(self.commands.note_pushes(&pushes)).await
    }

    async fn had_pushes(&self, pushes: Vec<(PushId, Vec<UserId>)>) -> Result<Vec<Vec<UserId>>> {
        self.run(self.commands.had_pushes(&pushes)).await
    }
}
