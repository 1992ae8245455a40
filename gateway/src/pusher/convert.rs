//! Between the domain and `im.gateway.v1`.

use std::collections::HashSet;
use std::sync::Arc;

use protos::ids::{GatewayId, PushId, SignInId, UserId};
use protos::model::limits::{PUSH_MAX_DATA_BYTES, PUSH_MAX_TTL_SECONDS, PUSH_MAX_USERS, PUSH_TYPE_MAX_CHARS};
use protos::model::{Debt, LinkPosition};
use protos::pb::gateway as pb;
use protos::{Error, Result};
use serde_json::value::RawValue;

use super::delivery::{Delivery, Event};
use super::everywhere::ListedSession;
use super::outcome::{Pushed, Report, Status};
use super::push::{ByHand, Push};
use crate::presence::Change;
use crate::registry::Reached;

impl TryFrom<pb::PushToUsersRequest> for Push {
    type Error = Error;

    fn try_from(request: pb::PushToUsersRequest) -> Result<Self> {
        if request.user_ids.len() > PUSH_MAX_USERS {
            return Err(Error::invalid(format!("at most {PUSH_MAX_USERS} users at once")));
        }
        if request.ttl_seconds < 0 {
            return Err(Error::invalid("ttl_seconds must not be negative"));
        }
        let ttl_seconds = request.ttl_seconds;
        if ttl_seconds > PUSH_MAX_TTL_SECONDS {
            return Err(Error::invalid(format!("ttl_seconds is at most {PUSH_MAX_TTL_SECONDS}")));
        }
        let mut delivery = delivery(pb::Delivery {
            event: request.event,
            user_ids: request.user_ids,
            exclude_session_ids: request.exclude_session_ids,
            push_id: request.push_id,
            ..Default::default()
        })?;
        let may_repeat = delivery.push_id.is_some();
        if ttl_seconds > 0 {
            if matches!(*delivery.event, Event::Chat(_)) {
                return Err(Error::invalid("only an event of type and data is kept: ttl_seconds must be 0"));
            }
            delivery.push_id.get_or_insert_with(PushId::generate);
        }
        Ok(Self { delivery, may_repeat, ttl_seconds })
    }
}

/// An operator's push as a job would ask for it.
pub(super) fn by_hand(push: ByHand) -> pb::PushToUsersRequest {
    let data = String::from(Box::<str>::from(push.data));
    pb::PushToUsersRequest {
        user_ids: push.users,
        event: Some(pb::Event { r#type: push.kind, data, chat: None }),
        push_id: push.push_id,
        exclude_session_ids: Vec::new(),
        ttl_seconds: push.ttl_seconds,
    }
}

/// A broadcast as a delivery that names nobody.
pub(super) fn broadcast(request: pb::BroadcastRequest) -> Result<Delivery> {
    delivery(pb::Delivery { event: request.event, push_id: request.push_id, ..Default::default() })
}

/// A broadcast for another gateway.
pub(super) fn broadcast_request(delivery: Delivery) -> pb::BroadcastRequest {
    let delivery = on_the_wire(delivery, false);
    pb::BroadcastRequest { event: delivery.event, push_id: delivery.push_id }
}

/// Whom to disconnect, each once, and why.
pub(super) fn disconnection(request: pb::DisconnectUsersRequest) -> Result<(Vec<UserId>, String)> {
    if request.user_ids.len() > PUSH_MAX_USERS {
        return Err(Error::invalid(format!("at most {PUSH_MAX_USERS} users at once")));
    }
    let users: HashSet<UserId> = request.user_ids.into_iter().map(UserId::from).collect();
    Ok((users.into_iter().collect(), request.reason))
}

/// The same for another gateway.
pub(super) fn disconnect_request(users: Vec<UserId>, reason: String) -> pb::DisconnectUsersRequest {
    pb::DisconnectUsersRequest { user_ids: users.into_iter().map(Into::into).collect(), reason }
}

/// Sessions, as jobs and other gateways see them.
pub(super) fn sessions(sessions: Vec<ListedSession>) -> pb::GetSessionsResponse {
    let shown = sessions.into_iter().map(|session| pb::Session {
        session_id: session.id.into(),
        user_id: session.user.into(),
        gateway_id: session.gateway.into(),
        client_info: session.client_info,
        connected_at: session.connected_at,
    });
    pb::GetSessionsResponse { sessions: shown.collect() }
}

/// Asks another gateway for a user's sessions.
pub(super) fn sessions_of(user: &UserId) -> pb::GetSessionsRequest {
    pb::GetSessionsRequest { user_id: user.to_string() }
}

/// What another gateway tells of its sessions.
pub(super) fn listed(answer: pb::GetSessionsResponse) -> Vec<ListedSession> {
    let listed = answer.sessions.into_iter().map(|session| ListedSession {
        id: session.session_id.into(),
        user: session.user_id.into(),
        gateway: session.gateway_id.into(),
        client_info: session.client_info,
        connected_at: session.connected_at,
    });
    listed.collect()
}

/// Deliveries as logic or another gateway sends them.
pub(super) fn deliveries(sent: Vec<pb::Delivery>) -> Result<Vec<Delivery>> {
    let mut deliveries: Vec<Delivery> = Vec::with_capacity(sent.len());
    for sent in sent {
        let users = sent.same_users.then(|| deliveries.last().map(|before| Arc::clone(&before.users)));
        let mut delivery = delivery(sent)?;
        if let Some(users) = users {
            let misplaced = || Error::invalid("a delivery with same_users follows another and names nobody");
            let names_nobody = delivery.users.is_empty() && !delivery.world;
            delivery.users = users.filter(|_| names_nobody).ok_or_else(misplaced)?;
        }
        deliveries.push(delivery);
    }
    Ok(deliveries)
}

fn delivery(delivery: pb::Delivery) -> Result<Delivery> {
    if delivery.world && !delivery.user_ids.is_empty() {
        return Err(Error::invalid("a delivery to WORLD names no users"));
    }
    let push_id = Some(delivery.push_id).filter(|id| !id.is_empty());
    Ok(Delivery {
        users: distinct(delivery.user_ids),
        world: delivery.world,
        exclude: delivery.exclude_session_ids.into_iter().map(Into::into).collect(),
        push_id: push_id.map(|id| PushId::parse("push_id", id)).transpose()?,
        event: Arc::new(event(delivery.event.ok_or_else(|| Error::invalid("event is missing"))?)?),
    })
}

/// Each user once, where they first stand.
fn distinct(ids: Vec<String>) -> Arc<[UserId]> {
    // Most messages go to two.
    const FEW: usize = 8;
    if ids.len() <= FEW && ids.iter().enumerate().all(|(place, id)| !ids[..place].contains(id)) {
        return ids.into_iter().map(UserId::from).collect();
    }
    let mut seen = HashSet::with_capacity(ids.len());
    let firsts: Vec<bool> = ids.iter().map(|id| seen.insert(id.as_str())).collect();
    ids.into_iter().zip(firsts).filter_map(|(id, is_first)| is_first.then(|| UserId::from(id))).collect()
}

fn event(event: pb::Event) -> Result<Event> {
    if let Some(chat) = event.chat {
        return Ok(Event::Chat(chat.try_into()?));
    }
    let known = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let kind = event.r#type;
    if kind.is_empty() || kind.len() > PUSH_TYPE_MAX_CHARS || !kind.as_bytes().iter().all(known) {
        return Err(Error::invalid(format!("event.type must be [a-z0-9._-]{{1,{PUSH_TYPE_MAX_CHARS}}}")));
    }
    if event.data.len() > PUSH_MAX_DATA_BYTES {
        return Err(Error::invalid(format!("event.data has more than {PUSH_MAX_DATA_BYTES} bytes")));
    }
    Ok(Event::Custom { kind, data: object(event.data)? })
}

/// The JSON text of an object, as it is. It is read whole once, so that no client gets what it cannot read.
fn object(text: String) -> Result<Box<RawValue>> {
    let not_one =
        |error: serde_json::Error| Error::invalid(format!("event.data is not a JSON object: {error}"));
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).map_err(not_one)?;
    // Without the white space around it, which a raw value does not take.
    RawValue::from_string(text.trim().to_owned()).map_err(not_one)
}

/// The answer to a job: a result for each user, in order.
pub(super) fn push_response(delivery: &Delivery, pushed: Vec<Pushed>) -> pb::PushToUsersResponse {
    let counted = |wanted: Status| {
        let count = pushed.iter().filter(|pushed| pushed.status == wanted).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    };
    pb::PushToUsersResponse {
        delivered_users: counted(Status::Delivered),
        offline_users: counted(Status::Offline),
        delivered_sessions: pushed.iter().map(|pushed| pushed.outcome.delivered).sum(),
        push_id: delivery.push_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        results: delivery.users.iter().zip(pushed).map(push_result).collect(),
    }
}

fn push_result((user, pushed): (&UserId, Pushed)) -> pb::PushResult {
    let Pushed { status, outcome } = pushed;
    let status = match status {
        Status::Delivered => pb::PushStatus::Delivered,
        Status::Offline => pb::PushStatus::Offline,
        Status::Overloaded => pb::PushStatus::Overloaded,
        Status::Unreachable => pb::PushStatus::Unreachable,
        Status::Queued => pb::PushStatus::Queued,
    };
    pb::PushResult {
        user_id: user.to_string(),
        status: status.into(),
        sessions: outcome.delivered,
        gateway_ids: outcome.gateways.into_iter().map(Into::into).collect(),
    }
}

/// The answer to logic: who did not answer.
pub(super) fn deliver_response(unreachable: HashSet<GatewayId>) -> pb::DeliverResponse {
    pb::DeliverResponse { unreachable_gateway_ids: unreachable.into_iter().map(Into::into).collect() }
}

/// Deliveries for another gateway.
pub(super) fn forward<'a>(
    deliveries: impl Iterator<Item = &'a Delivery>,
    position: LinkPosition,
) -> pb::ForwardRequest {
    let mut before: Option<&Delivery> = None;
    let forwarded = |delivery: &'a Delivery| {
        let same_users = before.replace(delivery).is_some_and(|before| before.shares_users(delivery));
        on_the_wire(delivery.clone(), same_users)
    };
    pb::ForwardRequest { deliveries: deliveries.map(forwarded).collect(), link: Some(position.into()) }
}

/// Tells another gateway that this one lives, or says goodbye, and what it is owed.
pub(super) fn keep_link(position: LinkPosition, debt: Debt, goodbye: bool) -> pb::KeepLinkRequest {
    pb::KeepLinkRequest { link: Some(position.into()), debt: Some(debt.into()), goodbye }
}

/// What a sender says of its link: where it stands, what it owes, and whether that was all.
pub(super) fn kept_link(request: pb::KeepLinkRequest) -> Result<(LinkPosition, Debt, bool)> {
    let position = position(request.link)?.ok_or_else(|| Error::invalid("link is missing"))?;
    let debt = request.debt.map(Debt::try_from).transpose()?;
    Ok((position, debt.unwrap_or_default(), request.goodbye))
}

/// Where the sender of a call stands; `None` for one that is not followed.
pub(super) fn position(link: Option<pb::LinkPosition>) -> Result<Option<LinkPosition>> {
    link.map(LinkPosition::try_from).transpose()
}

/// `same_users`: its users are those of the delivery before it in the call.
fn on_the_wire(delivery: Delivery, same_users: bool) -> pb::Delivery {
    let event = match Arc::unwrap_or_clone(delivery.event) {
        Event::Custom { kind, data } => {
            pb::Event { r#type: kind, data: String::from(Box::<str>::from(data)), chat: None }
        }
        Event::Chat(event) => event.into(),
    };
    let users = if same_users { &[] } else { &*delivery.users };
    pb::Delivery {
        event: Some(event),
        user_ids: users.iter().map(ToString::to_string).collect(),
        exclude_session_ids: delivery.exclude.into_iter().map(Into::into).collect(),
        push_id: delivery.push_id.map(Into::into).unwrap_or_default(),
        world: delivery.world,
        same_users,
    }
}

/// What another gateway reports of these deliveries. It names who had a session there, in the order of each delivery's users.
pub(super) fn reports<'a>(
    answer: pb::ForwardResponse,
    deliveries: impl Iterator<Item = &'a Delivery>,
) -> Vec<Report> {
    let report = |(outcome, delivery): (pb::ForwardOutcome, &Delivery)| {
        let mut named = outcome.users.iter().peekable();
        let reached = |user: &UserId| {
            let found = named.next_if(|named| named.user_id == user.as_str());
            found.map_or_else(Reached::default, |user| Reached {
                delivered: user.delivered,
                overloaded: user.overloaded,
                excluded: user.excluded,
            })
        };
        Report {
            users: delivery.users.iter().map(reached).collect(),
            world: Reached {
                delivered: outcome.world_delivered,
                overloaded: outcome.world_overloaded,
                excluded: 0,
            },
        }
    };
    answer.outcomes.into_iter().zip(deliveries).map(report).collect()
}

/// The report on these deliveries to another gateway.
pub(super) fn forward_response(
    own: &GatewayId,
    deliveries: &[Delivery],
    reports: Vec<Report>,
) -> pb::ForwardResponse {
    let forwarded = |(user, reached): (&UserId, Reached)| {
        reached.any().then(|| pb::ForwardedUser {
            user_id: user.to_string(),
            delivered: reached.delivered,
            overloaded: reached.overloaded,
            excluded: reached.excluded,
        })
    };
    let outcome = |(delivery, report): (&Delivery, Report)| pb::ForwardOutcome {
        users: delivery.users.iter().zip(report.users).filter_map(forwarded).collect(),
        world_delivered: report.world.delivered,
        world_overloaded: report.world.overloaded,
    };
    let outcomes = deliveries.iter().zip(reports).map(outcome).collect();
    pb::ForwardResponse { gateway_id: own.to_string(), outcomes }
}

/// Tells another gateway that a user has joined WORLD or left it.
pub(super) fn set_world(user: &UserId, joined: bool) -> pb::SetWorldRequest {
    pb::SetWorldRequest { user_id: user.to_string(), joined, forwarded: true }
}

/// Tells another gateway that a sign-in has ended.
pub(super) fn end_sign_ins(user: &UserId, sign_ins: &[SignInId]) -> pb::EndSignInRequest {
    let sign_in_ids = sign_ins.iter().map(ToString::to_string).collect();
    pb::EndSignInRequest { user_id: user.to_string(), sign_in_ids, forwarded: true }
}

/// A change, for one who watches.
pub(super) fn presence_change(change: Change) -> pb::PresenceChange {
    pb::PresenceChange { user_id: change.user.into(), online: change.online, at: change.at }
}

/// Changes, for another gateway; each user is in them once.
pub(super) fn local_presence(changes: Vec<Change>) -> pb::LocalPresence {
    let (online, offline) = changes.into_iter().partition::<Vec<_>, _>(|change| change.online);
    let ids = |changes: Vec<Change>| changes.into_iter().map(|change| change.user.into()).collect();
    pb::LocalPresence { online_user_ids: ids(online), offline_user_ids: ids(offline), complete: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: &str, data: &str) -> pb::PushToUsersRequest {
        let event = pb::Event { r#type: kind.into(), data: data.into(), chat: None };
        pb::PushToUsersRequest {
            user_ids: vec!["b".into(), "a".into(), "b".into()],
            event: Some(event),
            push_id: "p1".into(),
            ..Default::default()
        }
    }

    #[test]
    fn ids_are_made_distinct_in_order_of_first_appearance() {
        let push = Push::try_from(request("x", "{}")).unwrap();
        assert_eq!(*push.delivery.users, ["b".into(), "a".into()]);
        assert_eq!(push.delivery.push_id, Some("p1".into()));
    }

    #[test]
    fn a_push_that_no_client_could_read_is_refused() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(PUSH_MAX_DATA_BYTES));
        let bad = ["", "[]", "7", "{", "{}{}", "{\"a\":1e400}", r#"{"a":"\ud800"}"#, &deep, &long];
        for data in bad {
            assert!(Push::try_from(request("x", data)).is_err(), "{data}");
        }
        for kind in ["", "A", "a b", "é", &"x".repeat(PUSH_TYPE_MAX_CHARS + 1)] {
            assert!(Push::try_from(request(kind, "{}")).is_err(), "{kind}");
        }
        let mut negative = request("x", "{}");
        negative.ttl_seconds = -1;
        assert!(Push::try_from(negative).is_err());
        let mut for_ever = request("x", "{}");
        for_ever.ttl_seconds = PUSH_MAX_TTL_SECONDS + 1;
        assert!(Push::try_from(for_ever).is_err());
        let mut chat = request("", "");
        let resync = pb::event::Chat::Resync(pb::Resync::default());
        chat.event = Some(pb::Event { chat: Some(resync), ..Default::default() });
        assert!(Push::try_from(chat.clone()).is_ok());
        chat.ttl_seconds = 1;
        assert!(Push::try_from(chat).is_err(), "chat is durable by itself");
        let mut none = request("x", "{}");
        none.event = None;
        assert!(Push::try_from(none).is_err());
        let mut many = request("x", "{}");
        many.user_ids = vec![String::from("u"); PUSH_MAX_USERS + 1];
        assert!(Push::try_from(many).is_err());
    }

    #[test]
    fn what_is_kept_has_an_id() {
        let mut kept = request("x", "{}");
        kept.ttl_seconds = PUSH_MAX_TTL_SECONDS;
        let push = Push::try_from(kept.clone()).unwrap();
        assert_eq!((push.delivery.push_id, push.may_repeat), (Some("p1".into()), true));
        kept.push_id = String::new();
        let [one, other] = [kept.clone(), kept].map(|kept| Push::try_from(kept).unwrap());
        assert!(one.delivery.push_id.is_some() && !one.may_repeat);
        assert_ne!(one.delivery.push_id, other.delivery.push_id);
    }

    #[test]
    fn the_same_users_are_named_once_and_shared() {
        let first = pb::Delivery::default;
        let to = |users: &[&str], same_users| pb::Delivery {
            event: request("x", "{}").event,
            user_ids: users.iter().map(ToString::to_string).collect(),
            same_users,
            ..first()
        };
        let sent = vec![to(&["a", "b"], false), to(&[], true), to(&["c"], false)];
        let taken = deliveries(sent.clone()).unwrap();
        let users: Vec<&[UserId]> = taken.iter().map(|delivery| &*delivery.users).collect();
        assert_eq!(users, [&["a".into(), "b".into()][..], &["a".into(), "b".into()], &["c".into()]]);
        let position = LinkPosition { link: "l".into(), number: 1, answered: 0, is_forwarded: true };
        assert_eq!(forward(taken.iter(), position).deliveries, sent);
        for misplaced in [vec![to(&[], true)], vec![to(&["a"], false), to(&["a"], true)]] {
            assert!(deliveries(misplaced).is_err());
        }
    }

    #[test]
    fn the_longest_type_and_a_spaced_object_are_taken() {
        let kind = "a-0_.".repeat(12) + "zzzz";
        assert_eq!(kind.len(), PUSH_TYPE_MAX_CHARS);
        let push = Push::try_from(request(&kind, " {\"a\": 1.10}\n")).unwrap();
        let back = on_the_wire(push.delivery, false).event.unwrap();
        assert_eq!((back.r#type, back.data.as_str()), (kind, "{\"a\": 1.10}"));
    }
}
