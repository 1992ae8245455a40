//! Whole gateways in this process, over real sockets, in front of a scripted logic and a repo of maps.

mod abuse;
mod admin;
mod delivered;
mod kept;
mod lease;
mod limits;
mod metrics;
mod operations;
mod presence;
mod push;
mod repair;
mod session;
mod slow;
mod sync;
mod typing;
mod world;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use kit::grpc::{AuthorizedChannel, channel_to};
use kit::process::Failure;
use kit::telemetry::LogFormat;
use kit::{Clock, Common, ManualClock, Secret, Shutdown};
use protos::pb::gateway as gateway_pb;
use protos::pb::gateway::pusher_service_client::PusherServiceClient;
use protos::pb::logic as pb;
use protos::pb::types;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use url::Url;

use crate::limits::RateLimits;
use crate::logic::fake::FakeLogic;
use crate::presence::fake::FakePresence;
use crate::{Config, Gateway, Tuning};

/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(10);
/// When the tests' tokens end, in Unix seconds; the clock begins at 1,000.
const EXPIRES_AT: i64 = 2_000;

/// What gateways stand in front of.
pub(super) struct Site {
    pub(super) logic: FakeLogic,
    pub(super) presence: FakePresence,
    pub(super) clock: Arc<ManualClock>,
    /// Of the gateways that are started from now on.
    pub(super) admin_token: Option<Secret>,
    /// Likewise.
    pub(super) rate_limits: RateLimits,
    token: Secret,
    logic_url: Url,
    repo_url: Url,
}

/// A gateway under test.
pub(super) struct Running {
    pub(super) http: String,
    /// Where metrics are asked for.
    pub(super) metrics: String,
    grpc: Url,
    token: Secret,
    shutdown: Shutdown,
    ended: JoinHandle<Result<(), String>>,
}

/// Times that tests can wait for; queues that fill fast.
pub(super) fn tuning() -> Tuning {
    Tuning { renew_every: Duration::from_millis(50), workers: 1, ..Tuning::default() }
}

impl Site {
    /// A logic that knows the token `USER.SIGN-IN` of every user, of whom those named `world-…` have joined WORLD, and stores every message as seq 1, 2, 3 …
    pub(super) async fn start() -> Self {
        let (logic, presence) = (FakeLogic::default(), FakePresence::default());
        logic.on(|request: pb::ValidateTokenRequest| Ok(validated(&request.access_token)));
        let seq = std::sync::atomic::AtomicI64::new(0);
        logic.on(move |request: pb::SendMessagesRequest| {
            let stored = |request| stored(request, seq.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1);
            Ok(pb::SendMessagesResponse { outcomes: request.requests.into_iter().map(stored).collect() })
        });
        let token = Secret::random().unwrap();
        let (logic_url, repo_url) = (logic.listen(token.clone()).await, presence.listen(token.clone()).await);
        let clock = Arc::new(ManualClock::at_ms(1_000_000));
        Self {
            logic,
            presence,
            clock,
            admin_token: None,
            rate_limits: RateLimits::default(),
            token,
            logic_url,
            repo_url,
        }
    }

    /// A gateway of this name that is ready.
    pub(super) async fn gateway(&self, name: &str, tuning: Tuning) -> Running {
        let running = self.start_gateway(name, tuning).await;
        let ready = async { while running.get("/readyz").await != 200 {} };
        timeout(DEADLINE, ready).await.expect("the gateway does not become ready");
        running
    }

    /// A gateway of this name.
    pub(super) async fn start_gateway(&self, name: &str, tuning: Tuning) -> Running {
        let config = self.config(name, tuning);
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let gateway = Gateway::bind(config, clock).await.unwrap();
        let http = gateway.http_address().unwrap().to_string();
        let grpc = format!("http://{}", gateway.grpc_address().unwrap()).parse().unwrap();
        let metrics = gateway.metrics_address().unwrap().to_string();
        let (shutdown, token) = (Shutdown::new(), self.token.clone());
        let running = gateway.run(shutdown.clone());
        let ended = actix_rt::spawn(async move { running.await.map_err(|error: Failure| error.to_string()) });
        Running { http, grpc, metrics, token, shutdown, ended }
    }

    fn config(&self, name: &str, tuning: Tuning) -> Config {
        Config {
            common: Common {
                data_dir: "unused".into(),
                log: "info".into(),
                log_format: LogFormat::Text,
                internal_token: Some(self.token.clone()),
            },
            gateway_http_listen: "127.0.0.1:0".parse().unwrap(),
            gateway_grpc_listen: "127.0.0.1:0".parse().unwrap(),
            gateway_metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
            gateway_id: Some(name.to_owned()),
            gateway_advertise_url: None,
            logic_urls: vec![self.logic_url.clone()],
            repo_urls: vec![self.repo_url.clone()],
            rate_limits: self.rate_limits.clone(),
            trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
            allowed_origins: vec!["https://chat.example".to_owned()],
            admin_token: self.admin_token.clone(),
            tuning,
        }
    }
}

impl Running {
    /// The status of a GET.
    pub(super) async fn get(&self, path: &str) -> u16 {
        let raw =
            self.raw(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await;
        status_of(raw).await
    }

    /// A plain connection on which this was sent.
    pub(super) async fn raw(&self, request: &[u8]) -> TcpStream {
        use tokio::io::AsyncWriteExt;
        let mut stream = TcpStream::connect(&self.http).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream
    }

    /// A session of this token, and its `hello`.
    pub(super) async fn connect(&self, token: &str) -> (Client, Value) {
        let mut client = self.open(&[("authorization", &format!("Bearer {token}"))]).await.unwrap();
        let hello = client.frame().await;
        assert_eq!(hello["type"], "hello");
        (client, hello["data"].clone())
    }

    /// A WebSocket with these headers, or the status of the refusal.
    pub(super) async fn open(&self, headers: &[(&'static str, &str)]) -> Result<Client, u16> {
        let mut request = format!("ws://{}/ws", self.http).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        match timeout(DEADLINE, connect_async(request)).await.unwrap() {
            Ok((socket, _)) => Ok(Client(socket)),
            Err(WsError::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    fn channel(&self) -> AuthorizedChannel {
        channel_to(&self.grpc, &self.token).unwrap()
    }

    /// The service for jobs.
    pub(super) fn pusher(&self) -> PusherServiceClient<AuthorizedChannel> {
        PusherServiceClient::new(self.channel())
    }

    /// Pushes a notification, and answers the results by user.
    pub(super) async fn push(&self, users: &[&str]) -> HashMap<String, gateway_pb::PushResult> {
        let answer = self.push_request(notification(users, "{}")).await.unwrap();
        answer.results.into_iter().map(|result| (result.user_id.clone(), result)).collect()
    }

    pub(super) async fn push_request(
        &self,
        request: gateway_pb::PushToUsersRequest,
    ) -> Result<gateway_pb::PushToUsersResponse, tonic::Status> {
        let mut client = self.pusher();
        timeout(DEADLINE, client.push_to_users(request)).await.unwrap().map(tonic::Response::into_inner)
    }

    /// Stops it, and waits until it has ended well.
    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        assert_eq!(timeout(DEADLINE, self.ended).await.expect("it does not end").unwrap(), Ok(()));
    }
}

/// The status of the answer on a connection.
pub(super) async fn status_of(mut stream: TcpStream) -> u16 {
    use tokio::io::AsyncReadExt;
    let mut head = [0; 12];
    timeout(DEADLINE, stream.read_exact(&mut head)).await.unwrap().unwrap();
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

/// A `send-message` frame.
pub(super) fn message(id: usize, conversation: &str) -> Value {
    json!({"type": "send-message", "id": id.to_string(), "data": {
        "conversationId": conversation, "content": "hello", "messageType": 1, "client_msg_id": format!("k{id}"),
    }})
}

pub(super) fn notification(users: &[&str], data: &str) -> gateway_pb::PushToUsersRequest {
    let event = gateway_pb::Event { r#type: "notification".into(), data: data.into(), chat: None };
    gateway_pb::PushToUsersRequest {
        user_ids: users.iter().map(ToString::to_string).collect(),
        event: Some(event),
        ..Default::default()
    }
}

/// A WebSocket client that no one here wrote.
pub(super) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn next(&mut self) -> WsMessage {
        let next = timeout(DEADLINE, self.0.next()).await.expect("nothing comes");
        next.expect("the connection has ended").unwrap()
    }

    /// The next text frame.
    pub(super) async fn frame(&mut self) -> Value {
        loop {
            match self.next().await {
                WsMessage::Text(text) => return serde_json::from_str(&text).unwrap(),
                WsMessage::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The close that comes after any other frames.
    pub(super) async fn close_code(&mut self) -> u16 {
        loop {
            if let WsMessage::Close(frame) = self.next().await {
                return frame.map_or(0, |CloseFrame { code, .. }| code.into());
            }
        }
    }

    pub(super) async fn send(&mut self, message: impl Into<WsMessage>) {
        self.0.send(message.into()).await.unwrap();
    }

    pub(super) async fn say(&mut self, frame: Value) {
        self.send(frame.to_string()).await;
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        self.0.close(None).await.unwrap();
    }

    /// The answer to `ping`, before which nothing else came.
    pub(super) async fn expect_pong(&mut self) {
        self.say(json!({"type": "ping", "id": "p"})).await;
        let pong = self.frame().await;
        assert_eq!((&pong["type"], &pong["id"]), (&json!("pong"), &json!("p")));
    }
}

fn validated(token: &str) -> pb::ValidateTokenResponse {
    let Some((name, sign_in)) = token.split_once('.') else {
        return pb::ValidateTokenResponse { reason: "INVALID_TOKEN".into(), ..Default::default() };
    };
    let user = types::User {
        id: name.into(),
        username: name.into(),
        status: types::UserStatus::Normal.into(),
        ..Default::default()
    };
    pb::ValidateTokenResponse {
        valid: true,
        user: Some(user),
        expires_at: EXPIRES_AT,
        sign_in_id: sign_in.into(),
        reason: String::new(),
        in_world: name.starts_with("world-"),
    }
}

fn stored(request: pb::SendMessageRequest, seq: i64) -> pb::SendMessageOutcome {
    use pb::send_message_outcome::Outcome;
    let outcome = if request.conversation_id == "nowhere" {
        Outcome::Failed(pb::SendMessageFailure {
            reason: "CONVERSATION_NOT_FOUND".into(),
            message: "no such conversation".into(),
            ..Default::default()
        })
    } else {
        Outcome::Sent(pb::SendMessageResponse {
            message: Some(types::Message {
                id: format!("{}.{seq}", request.conversation_id),
                conversation_id: request.conversation_id,
                sender: Some(types::UserInfo { id: request.user_id, ..Default::default() }),
                r#type: request.r#type,
                content: request.content,
                seq_id: seq,
                created_at: 7,
                ..Default::default()
            }),
            client_msg_id: request.client_msg_id,
            duplicate: false,
        })
    };
    pb::SendMessageOutcome { outcome: Some(outcome) }
}
