//! What presence looks like in Redis.
//!
//! | key | type | holds |
//! |---|---|---|
//! | `gochat:{leases}:live` | hash | gateway id → its lease |
//! | `gochat:{leases}:ended` | hash | gateway id and incarnation → when it ended |
//! | `gochat:{NN}:user:<id>` | hash | who says that the user is where, and when they were last seen |
//! | `gochat:{NN}:seen` | sorted set | the partition's users by when something was last said about them |
//! | `gochat:{NN}:had:<id>` and the push's id | string | nothing; it is there while it is remembered that the user had the push |
//! | `gochat:{NN}:mark` | string | a random text: another one means that the partition's node lost its data |
//!
//! Users are hashed over [`PARTITIONS`] partitions, each in one slot of a Redis Cluster (the hash tag is the number), so that what is
//! said of thousands of users travels in one pipeline a partition. Ids hold no control characters, so fields are parted by `\n`.

use std::collections::HashMap;

use deadpool_redis::redis::{Cmd, FromRedisValue, Value, cmd, from_redis_value};
use protos::ids::{GatewayId, Incarnation, PushId, UserId};

use super::super::record::{Entry, Hold, Lease, Leases, Source, UserRecord};
use super::link::Fault;

/// Partitions of the users: even enough over any cluster that presence needs, and few enough to be asked all at once.
pub(super) const PARTITIONS: u32 = 64;

/// The live leases.
pub(super) const LIVE: &str = "gochat:{leases}:live";
/// The incarnations that ended.
pub(super) const ENDED: &str = "gochat:{leases}:ended";

/// The field of a user's hash that tells when something was last said about them.
const SEEN: &str = "seen";

/// The user's partition. Every version of repo must hash alike, which the standard library does not promise: FNV-1a.
pub(super) fn partition(user: &UserId) -> u32 {
    let hash = fold(user.as_str().as_bytes());
    u32::try_from(hash % u64::from(PARTITIONS)).unwrap_or_default()
}

/// A hash that stays the same from version to version.
pub(super) fn fold(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Where a user's record is.
pub(super) fn user_key(user: &UserId) -> String {
    format!("gochat:{{{:02}}}:user:{user}", partition(user))
}

/// Where a partition's users are listed.
pub(super) fn seen_key(partition: u32) -> String {
    format!("gochat:{{{partition:02}}}:seen")
}

/// What is there while it is remembered that a user had a push.
pub(super) fn had_key(user: &UserId, push: &PushId) -> String {
    format!("gochat:{{{:02}}}:had:{user}\n{push}", partition(user))
}

/// Where a partition's mark is.
pub(super) fn mark_key(partition: u32) -> String {
    format!("gochat:{{{partition:02}}}:mark")
}

/// Names an incarnation.
pub(super) fn ended_field(gateway: &GatewayId, incarnation: &Incarnation) -> String {
    format!("{gateway}\n{incarnation}")
}

/// The field of an entry in its user's hash. That of an announcement names the incarnation, so that a late word of an old
/// incarnation never touches a new one's.
pub(super) fn entry_field(entry: &Entry) -> String {
    match (entry.source, &entry.hold) {
        (Source::Announced, Some(hold)) => format!("a\n{}\n{}", entry.gateway, hold.incarnation),
        _ => format!("s\n{}", entry.gateway),
    }
}

/// The value of an entry.
pub(super) fn entry_value(entry: &Entry) -> String {
    let (term, incarnation) = match &entry.hold {
        Some(hold) => (hold.term, hold.incarnation.as_str()),
        None => (0, ""),
    };
    format!("{}\n{term}\n{incarnation}\n{}", entry.stamp_ms, entry.client_info)
}

fn entry(field: &str, value: &str) -> Option<Entry> {
    let mut names = field.splitn(3, '\n');
    let source = match names.next()? {
        "a" => Source::Announced,
        "s" => Source::Set,
        _ => return None,
    };
    let gateway = GatewayId::from(names.next()?);
    let mut parts = value.splitn(4, '\n');
    let (stamp_ms, term) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let incarnation = parts.next()?;
    let hold = (!incarnation.is_empty()).then(|| Hold { incarnation: incarnation.into(), term });
    Some(Entry { gateway, source, hold, stamp_ms, client_info: parts.next()?.to_owned() })
}

/// The command that reads a user's record.
pub(super) fn read(user: &UserId) -> Cmd {
    let mut read = cmd("HGETALL");
    read.arg(user_key(user));
    read
}

/// The record that [`read`] read. What another version of repo wrote and this one does not know is left out.
pub(super) fn record(value: Value) -> Result<UserRecord, Fault> {
    let fields: HashMap<String, String> = parsed(value)?;
    let seen_ms = fields.get(SEEN).and_then(|seen| seen.parse().ok()).unwrap_or_default();
    let entries = fields.iter().filter_map(|(field, value)| entry(field, value)).collect();
    Ok(UserRecord { seen_ms, entries })
}

/// The leases as the scripts answer them: seconds, microseconds, and the hash.
pub(super) fn leases(seconds: i64, micros: i64, live: HashMap<String, String>) -> Leases {
    let lease = |(gateway, value): (String, String)| Some((GatewayId::from(gateway), lease(&value)?));
    Leases {
        now_ms: seconds * 1_000 + micros / 1_000,
        by_gateway: live.into_iter().filter_map(lease).collect(),
    }
}

/// A lease, as `RENEW` in [`super::script`] writes it.
fn lease(value: &str) -> Option<Lease> {
    let mut parts = value.splitn(7, '\n');
    let mut number = || parts.next()?.parse().ok();
    let (deadline_ms, renewed_ms, term, _announced) = (number()?, number()?, number()?, number()?);
    let _epoch = parts.next()?;
    let incarnation = Incarnation::from(parts.next()?);
    Some(Lease { incarnation, url: parts.next()?.to_owned(), term, renewed_ms, deadline_ms })
}

/// Reads an answer as what it must be.
pub(super) fn parsed<T: FromRedisValue>(value: Value) -> Result<T, Fault> {
    from_redis_value(value).map_err(|error| Fault::Redis(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_was_written() {
        let hold = Hold { incarnation: "i1".into(), term: 5 };
        for (source, hold) in
            [(Source::Announced, Some(hold.clone())), (Source::Set, Some(hold)), (Source::Set, None)]
        {
            let client_info = "web\n1.0".to_owned();
            let written = Entry { gateway: "g1".into(), source, hold, stamp_ms: 7, client_info };
            assert_eq!(entry(&entry_field(&written), &entry_value(&written)), Some(written));
        }
        assert_eq!(entry("seen", "7"), None);
    }

    #[test]
    fn incarnations_of_a_gateway_write_to_fields_of_their_own() {
        let field = |incarnation: &str| {
            let hold = Some(Hold { incarnation: incarnation.into(), term: 5 });
            let (gateway, client_info) = ("g1".into(), String::new());
            entry_field(&Entry { gateway, source: Source::Announced, hold, stamp_ms: 7, client_info })
        };
        assert_ne!(field("old"), field("new"));
    }

    #[test]
    fn every_partition_is_used_and_none_changes() {
        let users = (0..10_000).map(|number| UserId::from(format!("user-{number}")));
        let mut counts = HashMap::<u32, usize>::new();
        users.for_each(|user| *counts.entry(partition(&user)).or_default() += 1);
        assert_eq!(counts.len(), usize::try_from(PARTITIONS).unwrap());
        assert!(counts.values().all(|count| *count < 300), "{counts:?}");
        assert_eq!(partition(&"user-1".into()), 20, "a stored user must be found by the next version");
    }
}
