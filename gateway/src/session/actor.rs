//! The actor that owns a WebSocket.
//!
//! It is polled inside the HTTP response's body: while the client does not read, nothing here runs, not even a timer. What must
//! happen then happens outside: the registry evicts the session, and the kernel ends the socket (`TCP_USER_TIMEOUT`).

use std::borrow::Cow;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Handler, StreamHandler, WrapFuture};
use actix_http::ws::Item;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{self, CloseCode as WsCode, CloseReason, ProtocolError, WebsocketContext};
use bytestring::ByteString;
use protos::Error;
use protos::error::CloseCode;
use protos::ids::{SessionId, UserId};
use protos::model::ChatEvent;
use protos::model::limits::FRAME_MAX_BYTES;
use tokio::time::{Instant, timeout};

use super::delivered::Receiver;
use super::fragments::Fragments;
use super::frame::{ClientFrame, NewMessage, Refusal, Request};
use super::guard::{Breach, BreachCell, FrameGuard};
use super::handle::{SessionHandle, ToSession, UNCOUNTED};
use super::kept::Queue;
use super::outbox::{Ordered, Outbox};
use super::outgoing::{self, Head};
use super::pace::{Pace, TooFast};
use super::requests::Asker;
use super::typing::Typist;
use super::{Sessions, requests};
use crate::limits::SocketPlace;
use crate::logic::{Authenticated, SendMessage};
use crate::registry::Membership;

/// The subprotocol that the server answers.
pub(super) const SUBPROTOCOL: &str = "gochat.v1";
/// So many malformed frames in a row end the session.
const MALFORMED_IN_A_ROW: u32 = 10;
/// How long `hello` waits for the announcement. When presence does not answer, pushes ask every gateway, so they find the session.
const ANNOUNCED_WITHIN: Duration = Duration::from_secs(3);
/// A gateway that stops waits so long for the answers to what a session has under way.
const ANSWERED_WITHIN: Duration = Duration::from_millis(1_500);

/// One WebSocket of one user.
pub(super) struct Session {
    pub(super) id: SessionId,
    /// Shared with the requests under way.
    pub(super) who: Arc<Authenticated>,
    client_info: String,
    pub(super) sessions: web::Data<Sessions>,
    /// `None` before it joined and after it left.
    membership: Option<Membership>,
    /// Frames that wait for `hello`; `None` once that is written.
    before_hello: Option<Vec<ByteString>>,
    outbox: Outbox,
    pub(super) kept: Queue,
    typist: Typist,
    receiver: Receiver,
    fragments: Fragments,
    malformed: u32,
    heard_at: Instant,
    breach: BreachCell,
    pace: Pace,
    /// Among the sockets of its address.
    _place: SocketPlace,
    /// Why it closes once its requests under way are answered; it takes up no others.
    leaving: Option<(CloseCode, Cow<'static, str>)>,
    closing: bool,
}

pub(super) type Ctx = WebsocketContext<Session>;

/// Upgrades the request and starts its session.
pub(super) fn start(
    sessions: web::Data<Sessions>,
    who: Authenticated,
    client_info: String,
    place: SocketPlace,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let breach = BreachCell::default();
    let guarded = FrameGuard::new(payload, FRAME_MAX_BYTES, Rc::clone(&breach));
    let typist = Typist::new(who.user.id.clone(), sessions.logic.clone());
    let receiver = Receiver::new(who.user.id.clone(), sessions.logic.clone());
    let now = Instant::now();
    let session = Session {
        id: SessionId::generate(),
        who: Arc::new(who),
        client_info,
        sessions,
        membership: None,
        before_hello: Some(Vec::new()),
        outbox: Outbox::default(),
        kept: Queue::default(),
        typist,
        receiver,
        fragments: Fragments::default(),
        malformed: 0,
        heard_at: now,
        breach,
        pace: Pace::new(now),
        _place: place,
        leaving: None,
        closing: false,
    };
    ws::WsResponseBuilder::new(session, request, guarded)
        .protocols(&[SUBPROTOCOL])
        .frame_size(FRAME_MAX_BYTES)
        .start()
}

impl Actor for Session {
    type Context = Ctx;

    fn started(&mut self, ctx: &mut Ctx) {
        ctx.set_mailbox_capacity(self.sessions.queue.frames + UNCOUNTED);
        let handle = SessionHandle::new(
            self.id.clone(),
            self.who.user.id.clone(),
            self.who.sign_in.clone(),
            std::mem::take(&mut self.client_info),
            self.sessions.clock.now(),
            ctx.address().recipient(),
            self.sessions.queue,
        );
        self.membership = self.sessions.registry.join(handle, self.who.in_world);
        if self.membership.is_none() {
            self.close(ctx, CloseCode::SignInAgain, "signed out");
            return;
        }
        self.sessions.registry.keep_newest(&self.who.user.id, self.sessions.limits.sockets_of_a_user());
        // After it joined: whoever stops the gateway notes that first, then looks who is there. One of both sees the other.
        if self.sessions.readiness.is_stopping() {
            self.close(ctx, CloseCode::Restart, "this gateway restarts: reconnect with jitter");
            return;
        }
        self.beat_in_time(ctx);
        self.look_in_time(ctx);
        let announced = self.sessions.presence.announced(&self.who.user.id);
        ctx.spawn(timeout(ANNOUNCED_WITHIN, announced).into_actor(self).map(|told, session, ctx| {
            if told.is_err() {
                tracing::warn!(session = %session.id, "a session is not announced yet");
            }
            session.greet(ctx);
            if told.is_err() {
                session.tell_kept_once_announced(ctx);
            }
        }));
    }
}

impl Handler<ToSession> for Session {
    type Result = ();

    fn handle(&mut self, told: ToSession, ctx: &mut Ctx) {
        match told {
            ToSession::Write(frame, _slot) => self.write(ctx, frame),
            ToSession::WriteAll(frames, _slot) => {
                frames.iter().for_each(|frame| self.write(ctx, frame.clone()));
            }
            ToSession::Close(CloseCode::Restart, why) => self.leave(ctx, CloseCode::Restart, why),
            ToSession::Close(code, why) => self.close(ctx, code, &why),
        }
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for Session {
    fn handle(&mut self, received: Result<ws::Message, ProtocolError>, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        self.heard_at = Instant::now();
        if let Err(too_fast) = self.count(&received) {
            self.slow_down(ctx, &received, too_fast);
            return;
        }
        match received {
            Ok(ws::Message::Text(text)) => self.hear(ctx, &text),
            Ok(ws::Message::Continuation(item)) => match self.fragments.add(item) {
                Ok(Some(text)) => self.hear(ctx, &text),
                Ok(None) => {}
                Err(code) => self.close_as(ctx, code, "the message in several frames is refused"),
            },
            Ok(ws::Message::Binary(_)) => self.close_as(ctx, WsCode::Unsupported, "frames are text"),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Pong(payload)) => self.hear_pong(ctx, &payload),
            Ok(ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                self.membership = None;
                ctx.close(reason.map(|reason| CloseReason { description: None, ..reason }));
                ctx.stop();
            }
            Err(error) => self.fail(ctx, &error),
        }
    }
}

impl Session {
    /// Counts a frame of any kind.
    fn count(&mut self, received: &Result<ws::Message, ProtocolError>) -> Result<(), TooFast> {
        let bytes = match received {
            Ok(ws::Message::Text(text)) => text.len(),
            Ok(ws::Message::Binary(bytes) | ws::Message::Ping(bytes) | ws::Message::Pong(bytes)) => {
                bytes.len()
            }
            Ok(ws::Message::Continuation(
                Item::FirstText(bytes) | Item::FirstBinary(bytes) | Item::Continue(bytes) | Item::Last(bytes),
            )) => bytes.len(),
            // It ends anyway.
            Ok(ws::Message::Close(_) | ws::Message::Nop) | Err(_) => return Ok(()),
        };
        self.pace.hear(bytes, self.sessions.limits.settings(), self.heard_at)
    }

    /// Answers what came too fast as far as it can be answered. A message of which a piece is left out cannot be mended.
    fn slow_down(&mut self, ctx: &mut Ctx, received: &Result<ws::Message, ProtocolError>, too_fast: TooFast) {
        match (too_fast, received) {
            (TooFast::Refused(error), Ok(ws::Message::Text(text))) => {
                let ClientFrame { id, request } = ClientFrame::parse(text);
                let key = match &request {
                    Ok(Request::Send(message)) => Some(message.client_msg_id.as_str()),
                    _ => None,
                };
                self.write(ctx, outgoing::error(self.head(&id), &error, key));
            }
            (TooFast::Refused(_), Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => {}
            _ => self.close(ctx, CloseCode::Policy, "too much at once"),
        }
    }

    /// A client's frame.
    fn hear(&mut self, ctx: &mut Ctx, text: &str) {
        let ClientFrame { id, request } = ClientFrame::parse(text);
        if !matches!(request, Err(Refusal { malformed: true, .. })) {
            self.malformed = 0;
        }
        match request {
            Ok(Request::Send(message)) => self.queue_message(ctx, id, message, text.len()),
            Ok(Request::MarkRead { conversation, seq }) => {
                let request = Ordered::MarkRead { id: id.clone(), conversation, seq };
                self.queue(ctx, request, text.len(), id, None);
            }
            Ok(Request::Alone(request)) => {
                let request = Ordered::Alone { id: id.clone(), request };
                self.queue(ctx, request, text.len(), id, None);
            }
            Ok(Request::Ping) => self.write(ctx, outgoing::pong(self.head(&id))),
            Ok(Request::MarkDelivered { conversation, seq }) => self.receiver.hear(conversation, seq),
            Ok(Request::Typing { conversation, typing }) => {
                let next_look = self.typist.hear(conversation, typing);
                Self::look_at_typist(ctx, next_look);
            }
            Err(refusal) => self.refuse(ctx, id, &refusal),
        }
    }

    /// Looks at where the client writes after this time, and again as long as it does.
    fn look_at_typist(ctx: &mut Ctx, after: Option<Duration>) {
        let Some(after) = after else { return };
        ctx.run_later(after, |session, ctx| Self::look_at_typist(ctx, session.typist.look()));
    }

    fn queue_message(&mut self, ctx: &mut Ctx, id: Option<String>, new: NewMessage, bytes: usize) {
        let message = SendMessage {
            user_id: self.who.user.id.clone(),
            conversation_id: new.conversation,
            content: new.content,
            kind: new.kind,
            client_msg_id: new.client_msg_id,
            extra: new.extra,
            origin_session: Some(self.id.clone()),
            came_at: Instant::now(),
        };
        let key = message.client_msg_id.to_string();
        if let Err(error) = self.sessions.limits.send(&message.user_id) {
            self.write(ctx, outgoing::error(self.head(&id), &error, Some(&key)));
            return;
        }
        self.queue(ctx, Ordered::Send { id: id.clone(), message }, bytes, id, Some(key));
    }

    /// Puts a request into its place; refused, it is answered with its id and key.
    fn queue(
        &mut self,
        ctx: &mut Ctx,
        request: Ordered,
        bytes: usize,
        id: Option<String>,
        key: Option<String>,
    ) {
        match self.outbox.add(request, bytes) {
            Ok(()) => self.carry_on(ctx),
            Err(error) => self.write(ctx, outgoing::error(self.head(&id), &error, key.as_deref())),
        }
    }

    /// Begins the next batch of requests, unless one is under way. None before `hello`: what a `sync` does not tell yet must find
    /// this session.
    fn carry_on(&mut self, ctx: &mut Ctx) {
        if self.before_hello.is_some() {
            return;
        }
        let Some(batch) = self.outbox.next() else { return };
        let asker =
            Asker { sessions: self.sessions.clone(), who: Arc::clone(&self.who), session: self.id.clone() };
        let answers = requests::carry_out(asker, batch);
        ctx.spawn(answers.into_actor(self).map(|answers, session, ctx| {
            if let Some(renewed) = answers.renewed {
                session.who = Arc::new(renewed);
            }
            answers.frames.into_iter().for_each(|answer| session.write(ctx, answer));
            session.outbox.done();
            match session.leaving.take() {
                Some((code, why)) => session.close(ctx, code, &why),
                None => session.carry_on(ctx),
            }
        }));
    }

    fn refuse(&mut self, ctx: &mut Ctx, id: Option<String>, refusal: &Refusal) {
        let answer = outgoing::error(self.head(&id), &refusal.error, refusal.client_msg_id.as_deref());
        self.write(ctx, answer);
        if refusal.malformed {
            self.malformed += 1;
            if self.malformed >= MALFORMED_IN_A_ROW {
                self.close(ctx, CloseCode::Policy, "too many malformed frames");
            }
        }
    }

    /// The session is registered and announced: `hello`, and what had to wait for it.
    fn greet(&mut self, ctx: &mut Ctx) {
        let Some(waiting) = self.before_hello.take() else { return };
        let Sessions { gateway, clock, heartbeat, .. } = self.sessions.get_ref();
        let heartbeat = heartbeat.period().as_secs();
        let hello = outgoing::hello(&self.id, &self.who.user.id, gateway, heartbeat, clock.now());
        self.write(ctx, hello);
        waiting.into_iter().for_each(|frame| self.write(ctx, frame));
        self.carry_on(ctx);
        self.tell_kept(ctx);
        let contacts = self.sessions.greetings.clone().contacts(self.who.user.id.clone());
        ctx.spawn(contacts.into_actor(self).map(|contacts, session, ctx| session.show_online(ctx, contacts)));
    }

    /// What is kept before pushes look for this session: its queue is read once more when they do.
    fn tell_kept_once_announced(&self, ctx: &mut Ctx) {
        let announced = self.sessions.presence.announced(&self.who.user.id);
        ctx.spawn(announced.into_actor(self).map(|(), session, ctx| session.tell_kept(ctx)));
    }

    /// Which of the contacts are online. Read and written at once: what changes afterwards comes through the mailbox.
    fn show_online(&mut self, ctx: &mut Ctx, contacts: Vec<UserId>) {
        let now = self.sessions.clock.now();
        for user_id in self.sessions.greetings.online_among(contacts) {
            self.write(ctx, outgoing::chat(&ChatEvent::OnlineStatus { user_id, online: true }, now));
        }
    }

    pub(super) fn write(&mut self, ctx: &mut Ctx, frame: ByteString) {
        if self.closing {
            return;
        }
        match &mut self.before_hello {
            None => ctx.text(frame),
            Some(waiting) if waiting.len() < self.sessions.queue.frames => waiting.push(frame),
            Some(_) => self.close(ctx, CloseCode::TooSlow, "too much before hello"),
        }
    }

    fn beat_in_time(&self, ctx: &mut Ctx) {
        ctx.run_later(self.sessions.heartbeat.until_next(), Self::beat);
    }

    /// The heartbeat. Most sessions are only woken by it, and that is most of what a silent one costs.
    fn beat(&mut self, ctx: &mut Ctx) {
        self.look(ctx);
        if self.closing {
            return;
        }
        self.ping(ctx);
        self.beat_in_time(ctx);
        self.look_in_time(ctx);
    }

    /// Looks once more before the next heartbeat if something ends until then, so that nobody is found silent or expired too late.
    fn look_in_time(&self, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        let valid = self.who.expires_at.saturating_sub(self.sessions.clock.now());
        let valid = Duration::from_secs(u64::try_from(valid).unwrap_or_default());
        let silent_after = self.sessions.silent_after;
        let heard = silent_after.saturating_sub(self.heard_at.elapsed());
        let finished = self.fragments.since().map(|since| silent_after.saturating_sub(since.elapsed()));
        let next = finished.into_iter().fold(valid.min(heard), Duration::min);
        if next < self.sessions.heartbeat.until_next() {
            ctx.run_later(next, |session, ctx| session.look(ctx));
        }
    }

    /// Is the client there, and is its token still good?
    fn look(&mut self, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        let silent_after = self.sessions.silent_after;
        let unfinished = self.fragments.since().is_some_and(|since| since.elapsed() >= silent_after);
        if self.sessions.clock.now() >= self.who.expires_at {
            self.close(ctx, CloseCode::SignInAgain, "the token has expired");
        } else if self.heard_at.elapsed() >= silent_after {
            tracing::debug!(session = %self.id, "a session is silent and is dropped");
            self.close(ctx, CloseCode::GoingAway, "silent");
        } else if unfinished {
            self.close(ctx, CloseCode::Policy, "the message does not end");
        }
    }

    pub(super) fn ping(&self, ctx: &mut Ctx) {
        if !self.closing {
            ctx.ping(self.kept.mark());
        }
    }

    /// Closes once the requests under way are answered. What waits behind them is not begun: its client sends it again elsewhere.
    fn leave(&mut self, ctx: &mut Ctx, code: CloseCode, why: Cow<'static, str>) {
        if !self.outbox.is_under_way() {
            self.close(ctx, code, &why);
            return;
        }
        self.leaving = Some((code, why));
        ctx.run_later(ANSWERED_WITHIN, |session, ctx| {
            if let Some((code, why)) = session.leaving.take() {
                session.close(ctx, code, &why);
            }
        });
    }

    fn close(&mut self, ctx: &mut Ctx, code: CloseCode, why: &str) {
        self.close_as(ctx, WsCode::from(code as u16), why);
    }

    /// Leaves the registry and says why. The server then reads on for a moment, so that the client gets to see it.
    fn close_as(&mut self, ctx: &mut Ctx, code: WsCode, why: &str) {
        if self.closing {
            return;
        }
        self.closing = true;
        self.membership = None;
        self.before_hello = None;
        ctx.close(Some(CloseReason { code, description: Some(why.to_owned()) }));
        ctx.stop();
    }

    /// What came is not WebSocket, or nothing comes any more.
    fn fail(&mut self, ctx: &mut Ctx, error: &ProtocolError) {
        match (self.breach.get(), error) {
            (Some(Breach::TooLong), _) | (None, ProtocolError::Overflow) => {
                self.close(ctx, CloseCode::TooBig, "the frame is too large");
            }
            (Some(Breach::Broken), _) => ctx.stop(),
            // The codec tells text that is not UTF-8 in no better way; reserved bits are `InvalidData`.
            (None, ProtocolError::Io(cause)) if cause.kind() == ErrorKind::Other => {
                self.close_as(ctx, WsCode::Invalid, "the text is not UTF-8");
            }
            (None, _) => self.close_as(ctx, WsCode::Protocol, "this is not WebSocket"),
        }
    }

    fn head<'a>(&self, id: &'a Option<String>) -> Head<'a> {
        Head { id: id.as_deref(), now: self.sessions.clock.now() }
    }
}

/// The error of a handshake, as the caller sees it.
pub(super) fn not_a_handshake(error: &actix_web::Error) -> Error {
    Error::invalid(format!("this is no WebSocket handshake: {error}"))
}
