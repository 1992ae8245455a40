//! The routes, over a real gRPC server with a scripted logic.

mod auth;
mod changes;
mod conversations;
mod cors;
mod envelope;
mod friends;
mod members;
mod messages;
mod openapi;
mod sign_ins;
mod users;

use std::collections::HashSet;
use std::sync::Arc;

use actix_http::Request;
use actix_web::body::to_bytes;
use actix_web::dev::Service;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};
use futures::FutureExt;
use protos::ids::UserId;
use protos::pb::{logic as pb, types};
use protos::{Error, Reason};
use serde_json::Value;

use super::{AllowedOrigins, AppState, around, configure};
use crate::limits::{Limits, RateLimits};
use crate::logic::LogicClient;
use crate::logic::fake::FakeLogic;

/// The access token that the scripted logic knows; it is `ann`'s.
const TOKEN: &str = "good";

/// Routes in front of a scripted logic.
struct Gateway {
    logic: FakeLogic,
    client: LogicClient,
}

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap())
    }

    /// The `code` of a failure whose envelope is whole.
    fn code(&self) -> &str {
        assert_eq!(self.body["success"], false, "{}", self.body);
        assert!(self.body["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", self.body);
        assert_eq!(self.body["requestId"].as_str(), self.header("x-request-id"), "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/json"));
        self.body["code"].as_str().unwrap()
    }

    /// The `data` of a success whose envelope is whole.
    fn data(&self) -> &Value {
        assert_eq!(self.body["success"], true, "{}", self.body);
        assert!(self.body["message"].is_string(), "{}", self.body);
        &self.body["data"]
    }
}

impl Gateway {
    async fn start() -> Self {
        let logic = FakeLogic::default();
        logic.on(|request: pb::ValidateTokenRequest| {
            let valid = request.access_token == TOKEN;
            Ok(pb::ValidateTokenResponse {
                valid,
                user: valid.then(ann),
                expires_at: 900,
                sign_in_id: "s1".into(),
                reason: if valid { String::new() } else { "TOKEN_EXPIRED".into() },
                in_world: false,
            })
        });
        let client = logic.serve().await;
        Self { logic, client }
    }

    /// Sends a request as it is.
    async fn send(&self, request: TestRequest) -> Answer {
        self.send_raw(request.to_request()).await
    }

    async fn send_raw(&self, request: Request) -> Answer {
        let state = AppState {
            logic: self.client.clone(),
            online: Arc::new(|users| {
                let online: HashSet<UserId> =
                    users.into_iter().filter(|user| user.as_str() == "u2").collect();
                async move { Ok(online) }.boxed()
            }),
            origins: ["https://chat.example".to_owned()].into_iter().collect::<AllowedOrigins>(),
            limits: Limits::new(RateLimits::default()),
        };
        let app = App::new().app_data(web::Data::new(state)).wrap(from_fn(around)).configure(configure);
        // The server turns an error that got this far into its answer.
        let response = match init_service(app).await.call(request).await {
            Ok(response) => response.into_parts().1,
            Err(error) => error.error_response(),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Answer { status, headers, body }
    }

    /// Sends a request of `ann`'s.
    async fn send_signed_in(&self, request: TestRequest) -> Answer {
        self.send(request.insert_header(("authorization", format!("Bearer {TOKEN}")))).await
    }

    /// Makes the method that takes a `Q` fail.
    fn fail<Q: 'static>(&self, reason: Reason) {
        self.logic.on(move |_: Q| Err::<(), _>(Error::new(reason, "as scripted")));
    }
}

fn ann() -> types::User {
    types::User {
        id: "u1".into(),
        username: "ann".into(),
        avatar_url: "a.png".into(),
        is_guest: false,
        status: types::UserStatus::Normal.into(),
        created_at: 10,
        updated_at: 11,
    }
}

fn info(id: &str, username: &str) -> types::UserInfo {
    types::UserInfo { id: id.into(), username: username.into(), avatar_url: String::new() }
}

fn message(seq: i64) -> types::Message {
    types::Message {
        id: format!("c1.{seq}"),
        conversation_id: "c1".into(),
        sender: Some(info("u1", "ann")),
        r#type: types::MessageType::Text.into(),
        content: "hello".into(),
        seq_id: seq,
        client_msg_id: format!("k{seq}"),
        created_at: 100,
        updated_at: 100,
        ..Default::default()
    }
}

fn member(id: &str, username: &str, role: types::ConversationMemberRole) -> types::ConversationMember {
    types::ConversationMember {
        user: Some(info(id, username)),
        role: role.into(),
        muted: false,
        joined_at: 50,
        last_read_seq_id: 2,
    }
}

fn conversation(kind: types::ConversationType) -> types::Conversation {
    types::Conversation {
        id: "c1".into(),
        r#type: kind.into(),
        name: "bob".into(),
        member_count: 2,
        unread_count: 3,
        updated_at: 20,
        created_at: 19,
        ..Default::default()
    }
}
