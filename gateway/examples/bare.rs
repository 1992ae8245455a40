//! A bare broadcaster on the gateway's own stack: the yardstick that `gochat bench` holds the gateway against.
//!
//! It is what this stack costs when nothing else is done: an actix-web-actors actor for each WebSocket, a map that finds them, a
//! token that is compared, frames encoded once and shared. No accounts, no storage, no gRPC, no bounds. Workers and socket options
//! are the gateway's, so that the difference between both is what the gateway does and not how it is set up.
//!
//! `bare --listen ADDR` prints `listening ADDR`. A WebSocket is opened at `/ws?token=secret&user=NAME`; its first frame is
//! `{"t":"hello"}`. Then clients say
//!
//! - `{"t":"join","room":R}`;
//! - `{"t":"send","room":R,"id":I,"body":B}`: the room's other members get `{"t":"msg","room":R,"from":NAME,"id":I,"body":B,"ts":N}`
//!   with the room's next number, the sender `{"t":"ack","id":I}`;
//! - `{"t":"to","user":NAME,"id":I,"body":B}`: that user gets `{"t":"msg","from":NAME,"id":I,"body":B}`, the sender the same ack.

use std::any::Any;
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, Addr, AsyncContext, Handler, Message, StreamHandler};
use actix_web::http::KeepAlive;
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws::{self, ProtocolError, WebsocketContext, WsResponseBuilder};
use bytestring::ByteString;
use clap::Parser;
use dashmap::DashMap;
// The allocator of all GoChat processes comes with it.
use kit as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// What everybody's token must be.
const TOKEN: &str = "secret";
/// Messages in a mailbox: far more than a benchmark has under way.
const MAILBOX: usize = 1 << 20;
/// The largest frame, as at the gateway.
const FRAME_MAX_BYTES: usize = 64 * 1024;
const PING_EVERY: Duration = Duration::from_secs(20);
const SILENT_AFTER: Duration = Duration::from_secs(60);

/// A bare broadcaster: what the gateway is measured against
#[derive(Parser)]
struct Arguments {
    /// Where it listens; port 0: the system chooses
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Command: write this frame.
struct Write(ByteString);

impl Message for Write {
    type Result = ();
}

/// Who is here. Rooms and users go by their names in JSON, as they stand in frames: nothing has to be unescaped.
#[derive(Default)]
struct Registry {
    users: DashMap<String, Member>,
    rooms: DashMap<String, Arc<Room>>,
    keys: AtomicU64,
}

/// A session, and what tells it from others of its user.
type Member = (u64, Addr<Session>);

#[derive(Default)]
struct Room(Mutex<Members>);

#[derive(Default)]
struct Members {
    last: u64,
    sessions: Vec<Member>,
}

impl Room {
    /// A panic while it was held leaves nothing half done.
    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One WebSocket.
struct Session {
    key: u64,
    name: String,
    registry: web::Data<Registry>,
    rooms: HashMap<String, Arc<Room>>,
    heard_at: Instant,
}

type Ctx = WebsocketContext<Session>;

#[derive(Deserialize)]
struct Frame<'a> {
    t: &'a str,
    #[serde(borrow)]
    room: Option<&'a RawValue>,
    #[serde(borrow)]
    user: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

impl Actor for Session {
    type Context = Ctx;

    fn started(&mut self, ctx: &mut Ctx) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.registry.users.insert(self.name.clone(), (self.key, ctx.address()));
        ctx.text(ByteString::from_static(r#"{"t":"hello"}"#));
        ctx.run_interval(PING_EVERY, |session, ctx| {
            if session.heard_at.elapsed() >= SILENT_AFTER {
                ctx.stop();
            } else {
                ctx.ping(b"");
            }
        });
    }

    fn stopped(&mut self, _: &mut Ctx) {
        // The user may have come again meanwhile.
        self.registry.users.remove_if(&self.name, |_, (key, _)| *key == self.key);
        for (name, room) in self.rooms.drain() {
            room.members().sessions.retain(|(key, _)| *key != self.key);
            self.registry.rooms.remove_if(&name, |_, room| room.members().sessions.is_empty());
        }
    }
}

impl Handler<Write> for Session {
    type Result = ();

    fn handle(&mut self, Write(frame): Write, ctx: &mut Ctx) {
        ctx.text(frame);
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for Session {
    fn handle(&mut self, received: Result<ws::Message, ProtocolError>, ctx: &mut Ctx) {
        self.heard_at = Instant::now();
        match received {
            Ok(ws::Message::Text(text)) => self.hear(ctx, &text),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(_)) | Err(_) => ctx.stop(),
        }
    }
}

impl Session {
    fn hear(&mut self, ctx: &mut Ctx, text: &str) {
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else {
            ctx.stop();
            return;
        };
        let id = frame.id.map_or("null", RawValue::get);
        let body = frame.body.map_or("null", RawValue::get);
        match (frame.t, frame.room, frame.user) {
            ("join", Some(room), _) => self.join(ctx, room.get()),
            ("send", Some(room), _) => {
                self.send(room.get(), id, body);
                ack(ctx, id);
            }
            ("to", _, Some(user)) => {
                self.send_to(user.get(), id, body);
                ack(ctx, id);
            }
            _ => ctx.stop(),
        }
    }

    fn join(&mut self, ctx: &Ctx, name: &str) {
        if self.rooms.contains_key(name) {
            return;
        }
        // The entry is held until this one stands in the room: an empty room is removed.
        let entry = self.registry.rooms.entry(name.to_owned()).or_default();
        entry.members().sessions.push((self.key, ctx.address()));
        self.rooms.insert(name.to_owned(), Arc::clone(&entry));
    }

    /// To the other members of a room. The room is held meanwhile, so that all get its messages in the order of their numbers.
    fn send(&self, room_name: &str, id: &str, body: &str) {
        let Some(room) = self.rooms.get(room_name) else { return };
        let mut members = room.members();
        members.last += 1;
        let ts = members.last.to_string();
        let head = [r#"{"t":"msg","room":"#, room_name, r#","from":"#, &self.name, r#","id":"#, id].concat();
        let frame = ByteString::from([&head, r#","body":"#, body, r#","ts":"#, &ts, "}"].concat());
        for (key, session) in &members.sessions {
            if *key != self.key {
                // Who has gone gets nothing.
                session.try_send(Write(frame.clone())).ok();
            }
        }
    }

    fn send_to(&self, user: &str, id: &str, body: &str) {
        let Some(entry) = self.registry.users.get(user) else { return };
        let parts = [r#"{"t":"msg","from":"#, &self.name, r#","id":"#, id, r#","body":"#, body, "}"];
        entry.1.try_send(Write(parts.concat().into())).ok();
    }
}

fn ack(ctx: &mut Ctx, id: &str) {
    ctx.text([r#"{"t":"ack","id":"#, id, "}"].concat());
}

#[derive(Deserialize)]
struct Who {
    token: String,
    user: String,
}

async fn open(
    request: HttpRequest,
    payload: web::Payload,
    who: web::Query<Who>,
    registry: web::Data<Registry>,
) -> Result<HttpResponse, actix_web::Error> {
    if who.token != TOKEN {
        return Ok(HttpResponse::Unauthorized().finish());
    }
    let session = Session {
        key: registry.keys.fetch_add(1, Ordering::Relaxed),
        name: serde_json::to_string(&who.user)?,
        registry,
        rooms: HashMap::new(),
        heard_at: Instant::now(),
    };
    WsResponseBuilder::new(session, &request, payload).frame_size(FRAME_MAX_BYTES).start()
}

/// As `gateway/src/socket.rs` binds.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1_024)?;
    Ok(socket.into())
}

/// As the gateway sets them on its connections. A peer that is gone already needs none.
fn set_options(connection: &dyn Any) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        let socket = SockRef::from(stream);
        socket.set_tcp_nodelay(true).ok();
        socket.set_tcp_user_timeout(Some(Duration::from_secs(30))).ok();
        socket.set_send_buffer_size(128 * 1024).ok();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = listen(Arguments::parse().listen)?;
    let address = listener.local_addr()?;
    let registry = web::Data::new(Registry::default());
    actix_web::rt::System::new().block_on(async move {
        let server =
            HttpServer::new(move || App::new().app_data(registry.clone()).route("/ws", web::get().to(open)))
                .client_request_timeout(Duration::from_secs(5))
                .client_disconnect_timeout(Duration::from_secs(1))
                .keep_alive(KeepAlive::Timeout(Duration::from_secs(30)))
                .max_connections(50_000)
                .on_connect(|connection, _| set_options(connection))
                .shutdown_timeout(1)
                .listen(listener)?
                .run();
        let mut output = io::stdout().lock();
        writeln!(output, "listening {address}")?;
        output.flush()?;
        drop(output);
        Ok(server.await?)
    })
}
