//! What presence asks of Redis, in few round trips however many users it is about.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use deadpool_redis::redis::{Cmd, Pipeline, Value, cmd};
use protos::ids::{GatewayId, Incarnation, PushId, UserId};
use protos::model::GatewayLease;
use uuid::Uuid;

use super::super::record::{Ended, Entry, Leases, UserRecord};
use super::super::terms::{Terms, ms};
use super::layout::{
    ENDED, LIVE, PARTITIONS, ended_field, entry_field, entry_value, fold, had_key, leases, mark_key, parsed,
    partition, read, record, seen_key, user_key,
};
use super::link::{CONNECT_DEADLINE, Fault, Link};
use super::script;

/// A call does not wait longer for a connection.
const CALL_CONNECT_DEADLINE: Duration = Duration::from_secs(1);

/// The commands over a pool. Cloning it shares the pool.
#[derive(Clone)]
pub(super) struct Commands {
    link: Arc<Link>,
    terms: Terms,
}

/// What a look at Redis sees.
#[derive(Debug)]
pub(super) struct Seen {
    /// Tells this Redis with its data from any other.
    pub(super) epoch: String,
    /// The live leases.
    pub(super) gateways: Vec<GatewayLease>,
}

/// Commands for many users, a pipeline for each partition.
#[derive(Default)]
struct Partitioned(BTreeMap<u32, Pipeline>);

impl Partitioned {
    fn of(&mut self, user: &UserId) -> &mut Pipeline {
        self.0.entry(partition(user)).or_default()
    }
}

impl Commands {
    pub(super) fn new(link: Link, terms: Terms) -> Self {
        Self { link: Arc::new(link), terms }
    }

    /// Asks every partition for its pulse, and for the leases; a connection may take its time.
    pub(super) async fn look(&self) -> Result<Seen, Fault> {
        let mark = Uuid::new_v4().simple().to_string();
        let pulse = |partition| pipeline([eval(script::PULSE, &[&mark_key(partition)], &[&mark])]);
        let pulses = (0..PARTITIONS).map(pulse);
        let asked = std::iter::once(pipeline([leases_command()])).chain(pulses).collect();
        let mut answers = self.link.send(asked, CONNECT_DEADLINE).await?.into_iter().flatten();
        let leases = leases_answer(answers.next().unwrap_or(Value::Nil))?;
        let pulses = answers.map(parsed::<String>).collect::<Result<Vec<_>, _>>()?;
        let epoch = format!("{:016x}", fold(pulses.concat().as_bytes()));
        Ok(Seen { epoch, gateways: leases.list() })
    }

    /// All leases at this moment.
    pub(super) async fn leases(&self) -> Result<Leases, Fault> {
        leases_answer(self.command(leases_command()).await?)
    }

    /// Takes or renews a lease: held, continued, and all leases.
    pub(super) async fn renew(
        &self,
        lease: &GatewayLease,
        epoch: &str,
    ) -> Result<(bool, bool, Leases), Fault> {
        let (life, remember) = (ms(self.terms.lease).to_string(), ms(self.terms.ended).to_string());
        let refresh = ms(self.terms.announcement()).to_string();
        let (gateway, incarnation) = (lease.gateway_id.as_str(), lease.incarnation.as_str());
        let arguments = [gateway, incarnation, &lease.url, epoch, &life, &refresh, &remember];
        let answer = self.command(eval(script::RENEW, &[LIVE, ENDED], &arguments)).await?;
        let (held, continued, seconds, micros, live) = parsed(answer)?;
        Ok((held, continued, leases(seconds, micros, live)))
    }

    /// Ends an incarnation.
    pub(super) async fn release(&self, gateway: &GatewayId, incarnation: &Incarnation) -> Result<(), Fault> {
        let remember = ms(self.terms.ended).to_string();
        let arguments = [gateway.as_str(), incarnation.as_str(), &remember];
        self.command(eval(script::RELEASE, &[LIVE, ENDED], &arguments)).await?;
        Ok(())
    }

    /// Removes and writes entries, and notes that their users were seen.
    pub(super) async fn write(
        &self,
        now_ms: i64,
        gone: &[(UserId, Entry)],
        come: &[(UserId, Entry)],
    ) -> Result<(), Fault> {
        let mut commands = Partitioned::default();
        for (user, entry) in gone {
            let pipeline = commands.of(user);
            pipeline.cmd("HDEL").arg(user_key(user)).arg(entry_field(entry));
            self.seen(pipeline, user, now_ms, &[]);
        }
        for (user, entry) in come {
            let field = [entry_field(entry), entry_value(entry)];
            self.seen(commands.of(user), user, now_ms, &field);
        }
        let forgotten_ms = now_ms - ms(self.terms.user);
        for (partition, pipeline) in &mut commands.0 {
            pipeline.cmd("ZREMRANGEBYSCORE").arg(seen_key(*partition)).arg("-inf").arg(forgotten_ms);
            pipeline.cmd("PEXPIRE").arg(seen_key(*partition)).arg(ms(self.terms.user));
        }
        self.link.send(commands.0.into_values().collect(), CALL_CONNECT_DEADLINE).await?;
        Ok(())
    }

    /// Writes that a user was seen now, with fields beside it.
    fn seen(&self, pipeline: &mut Pipeline, user: &UserId, now_ms: i64, fields: &[String]) {
        pipeline.cmd("HSET").arg(user_key(user)).arg("seen").arg(now_ms).arg(fields);
        pipeline.cmd("PEXPIRE").arg(user_key(user)).arg(ms(self.terms.user));
        pipeline.cmd("ZADD").arg(seen_key(partition(user))).arg(now_ms).arg(user.as_str());
    }

    /// Renews an entry, unless somebody was faster.
    pub(super) async fn touch(&self, user: &UserId, entry: &Entry, now_ms: i64) -> Result<bool, Fault> {
        let renewed = Entry { stamp_ms: now_ms, ..entry.clone() };
        let (now, life) = (now_ms.to_string(), ms(self.terms.user).to_string());
        let (field, value, renewed) = (entry_field(entry), entry_value(entry), entry_value(&renewed));
        let arguments = [&field, &value, &renewed, &now, &life].map(String::as_str);
        parsed(self.command(eval(script::TOUCH, &[&user_key(user)], &arguments)).await?)
    }

    /// The records of these users, in their order.
    pub(super) async fn records(&self, users: &[UserId]) -> Result<Vec<UserRecord>, Fault> {
        let mut commands = Partitioned::default();
        let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::default();
        for (place, user) in users.iter().enumerate() {
            commands.of(user).add_command(read(user));
            places.entry(partition(user)).or_default().push(place);
        }
        let answers = self.link.send(commands.0.into_values().collect(), CALL_CONNECT_DEADLINE).await?;
        let mut records = vec![UserRecord::default(); users.len()];
        for (place, answer) in places.into_values().flatten().zip(answers.into_iter().flatten()) {
            records[place] = record(answer)?;
        }
        Ok(records)
    }

    /// When the incarnations ended that these records' dead entries are bound to.
    pub(super) async fn ended(&self, records: &[UserRecord], leases: &Leases) -> Result<Ended, Fault> {
        let mut ended = Ended::default();
        for entry in records.iter().flat_map(|record| record.dead(leases, &self.terms)) {
            if let Some(hold) = &entry.hold {
                ended.insert((entry.gateway.clone(), hold.incarnation.clone()), 0);
            }
        }
        if ended.is_empty() {
            return Ok(ended);
        }
        let mut asked = cmd("HMGET");
        asked.arg(ENDED);
        for (gateway, incarnation) in ended.keys() {
            asked.arg(ended_field(gateway, incarnation));
        }
        let times: Vec<Option<i64>> = parsed(self.command(asked).await?)?;
        ended.values_mut().zip(times).for_each(|(at, time)| *at = time.unwrap_or_default());
        Ok(ended)
    }

    /// Drops the dead entries of these records from Redis, unless they changed since.
    pub(super) async fn tidy(
        &self,
        records: Vec<(UserId, UserRecord)>,
        leases: &Leases,
    ) -> Result<(), Fault> {
        let (users, records): (Vec<_>, Vec<_>) = records.into_iter().unzip();
        let ended = self.ended(&records, leases).await?;
        let mut commands = Partitioned::default();
        for (user, record) in users.iter().zip(&records) {
            let mut arguments = vec![record.last_seen_ms(leases, &ended).to_string()];
            for entry in record.dead(leases, &self.terms) {
                arguments.extend([entry_field(entry), entry_value(entry)]);
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            commands.of(user).add_command(eval(script::TIDY, &[&user_key(user)], &arguments));
        }
        self.link.send(commands.0.into_values().collect(), CALL_CONNECT_DEADLINE).await?;
        Ok(())
    }

    /// Up to `count` users of each partition of whom nothing was said since `before_ms`, the oldest first, after skipping some.
    pub(super) async fn oldest(
        &self,
        skip: &HashMap<u32, usize>,
        count: usize,
        before_ms: i64,
    ) -> Result<Vec<(u32, Vec<UserId>)>, Fault> {
        let page = |(partition, skip): (&u32, &usize)| {
            let mut page = cmd("ZRANGEBYSCORE");
            page.arg(seen_key(*partition)).arg("-inf").arg(format!("({before_ms}"));
            page.arg("LIMIT").arg(*skip).arg(count);
            pipeline([page])
        };
        let answers = self.link.send(skip.iter().map(page).collect(), CALL_CONNECT_DEADLINE).await?;
        let users =
            |answer| Ok(parsed::<Vec<String>>(answer)?.into_iter().map(UserId::from).collect::<Vec<_>>());
        let pages = answers.into_iter().flatten().map(users).collect::<Result<Vec<_>, Fault>>()?;
        Ok(skip.keys().copied().zip(pages).collect())
    }

    /// Forgets users of whom nothing was said since their records were read; tells how many had one.
    pub(super) async fn forget(&self, users: &[(UserId, UserRecord)]) -> Result<usize, Fault> {
        let mut commands = Partitioned::default();
        for (user, record) in users {
            let seen = if record.seen_ms == 0 { String::new() } else { record.seen_ms.to_string() };
            let (key, list) = (user_key(user), seen_key(partition(user)));
            commands.of(user).add_command(eval(script::FORGET, &[&key, &list], &[user.as_str(), &seen]));
        }
        let answers = self.link.send(commands.0.into_values().collect(), CALL_CONNECT_DEADLINE).await?;
        let forgotten = answers.into_iter().flatten().map(parsed::<usize>).collect::<Result<Vec<_>, _>>()?;
        Ok(forgotten.into_iter().sum())
    }

    /// Notes who had these pushes.
    pub(super) async fn note_pushes(&self, pushes: &[(PushId, Vec<UserId>)]) -> Result<(), Fault> {
        let mut commands = Partitioned::default();
        for (push, user) in pairs(pushes) {
            let note = commands.of(user).cmd("SET").arg(had_key(user, push)).arg("");
            note.arg("PX").arg(ms(self.terms.pushed));
        }
        self.link.send(commands.0.into_values().collect(), CALL_CONNECT_DEADLINE).await?;
        Ok(())
    }

    /// Which of its users had each push.
    pub(super) async fn had_pushes(
        &self,
        pushes: &[(PushId, Vec<UserId>)],
    ) -> Result<Vec<Vec<UserId>>, Fault> {
        let mut commands = Partitioned::default();
        let mut asked: BTreeMap<u32, Vec<(usize, &UserId)>> = BTreeMap::default();
        for (place, (push, users)) in pushes.iter().enumerate() {
            for user in users {
                commands.of(user).cmd("EXISTS").arg(had_key(user, push));
                asked.entry(partition(user)).or_default().push((place, user));
            }
        }
        let answers = self.link.send(commands.0.into_values().collect(), CALL_CONNECT_DEADLINE).await?;
        let mut had = vec![Vec::new(); pushes.len()];
        for ((place, user), answer) in asked.into_values().flatten().zip(answers.into_iter().flatten()) {
            if parsed(answer)? {
                had[place].push(user.clone());
            }
        }
        Ok(had)
    }

    async fn command(&self, command: Cmd) -> Result<Value, Fault> {
        let answers = self.link.send(vec![pipeline([command])], CALL_CONNECT_DEADLINE).await?;
        Ok(answers.into_iter().flatten().next().unwrap_or(Value::Nil))
    }
}

fn pairs(pushes: &[(PushId, Vec<UserId>)]) -> impl Iterator<Item = (&PushId, &UserId)> {
    pushes.iter().flat_map(|(push, users)| users.iter().map(move |user| (push, user)))
}

fn pipeline(commands: impl IntoIterator<Item = Cmd>) -> Pipeline {
    let mut pipeline = Pipeline::new();
    for command in commands {
        pipeline.add_command(command);
    }
    pipeline
}

/// A script's call; the server keeps the compiled script by its text.
fn eval(script: &str, keys: &[&str], arguments: &[&str]) -> Cmd {
    let mut eval = cmd("EVAL");
    eval.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    eval
}

fn leases_command() -> Cmd {
    eval(script::LEASES, &[LIVE], &[])
}

fn leases_answer(answer: Value) -> Result<Leases, Fault> {
    let (seconds, micros, live) = parsed(answer)?;
    Ok(leases(seconds, micros, live))
}
