//! The HTTP interface of one gateway.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::{Value, json};

use super::message::{Message, number, text};
use super::within;

/// A user and the tokens of a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The `data` of a success with this status.
    pub(crate) fn data(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["success"], true, "{}", self.body);
        self.body["data"].clone()
    }

    /// Demands a failure with this status and code.
    pub(crate) fn refused(self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.body["success"], false, "{}", self.body);
    }
}

/// HTTP calls to one gateway.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: reqwest::Client,
    address: SocketAddr,
}

impl Api {
    pub(super) fn new(client: reqwest::Client, address: SocketAddr) -> Self {
        Self { client, address }
    }

    /// Any call; `path` is what follows `/api`.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let what = format!("{method} {path} answers");
        let mut request = self.client.request(method, format!("http://{}/api{path}", self.address));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = within(&what, request.send()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let status = answer.status().as_u16();
        let body = within(&what, answer.json()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        Answer { status, body }
    }

    /// `GET` on behalf of a user.
    pub(crate) async fn get(&self, account: &Account, path: &str) -> Answer {
        self.call(Method::GET, path, &account.access, None).await
    }

    /// `POST` on behalf of a user.
    pub(crate) async fn post(&self, account: &Account, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &account.access, Some(body)).await
    }

    /// Registers a user of this name, made unique by a suffix, and signs in.
    pub(crate) async fn sign_up(&self, name: &str) -> Account {
        let suffix = uuid::Uuid::new_v4().simple().to_string();
        let (name, password) = (format!("{name}-{}", &suffix[..12]), "correct horse".to_owned());
        let new = json!({ "username": name, "password": password });
        let user = self.call(Method::POST, "/auth/register", "", Some(new)).await.data(201);
        let id = text(&user["user"], "id");
        let account = Account { id, name, password, access: String::new(), refresh: String::new() };
        self.sign_in(&account).await
    }

    /// Signs in once more.
    pub(crate) async fn sign_in(&self, account: &Account) -> Account {
        let credentials = json!({ "username": account.name, "password": account.password });
        let signed_in = self.call(Method::POST, "/auth/login", "", Some(credentials)).await.data(200);
        let signed_in = signed_in_as(&signed_in, &account.password);
        assert_eq!((&signed_in.id, &signed_in.name), (&account.id, &account.name));
        signed_in
    }

    /// Signs in as a new guest.
    pub(crate) async fn guest(&self) -> Account {
        let signed_in = self.call(Method::POST, "/auth/guest", "", Some(json!({}))).await.data(201);
        signed_in_as(&signed_in, "")
    }

    /// Spends a refresh token.
    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        let body = json!({ "refreshToken": refresh_token });
        self.call(Method::POST, "/auth/refresh", "", Some(body)).await
    }

    /// Makes a group of the caller and these users, and tells its id.
    pub(crate) async fn create_group(&self, owner: &Account, members: &[&Account]) -> String {
        let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let group = json!({ "type": 2, "name": "a group", "members": ids });
        text(&self.post(owner, "/conversations", group).await.data(201), "id")
    }

    /// Makes the conversation of two users, and tells its id.
    pub(crate) async fn create_single(&self, one: &Account, other: &Account) -> String {
        let single = json!({ "type": 1, "members": [other.id] });
        text(&self.post(one, "/conversations", single).await.data(201), "id")
    }

    /// Sends a message; the status tells whether it is a new one (201) or was there (200).
    pub(crate) async fn send(&self, from: &Account, conversation: &str, content: &str, key: &str) -> Answer {
        let message = json!({ "messageType": 1, "content": content, "client_msg_id": key });
        self.post(from, &format!("/conversations/{conversation}/messages"), message).await
    }

    /// Moves the read pointer and tells how many are unread then.
    pub(crate) async fn mark_read(&self, account: &Account, conversation: &str, seq: i64) -> i64 {
        let path = format!("/conversations/{conversation}/read");
        let answer =
            self.call(Method::PUT, &path, &account.access, Some(json!({ "seqId": seq }))).await.data(200);
        number(&answer, "unreadCount")
    }

    /// The conversation as it stands in the user's list.
    pub(crate) async fn listed(&self, account: &Account, conversation: &str) -> Value {
        let list = self.get(account, "/conversations?size=100").await.data(200);
        let mut listed = list["conversations"].as_array().unwrap().iter();
        let found = listed.find(|listed| listed["id"] == *conversation);
        found.unwrap_or_else(|| panic!("{conversation} is not in {}'s list: {list}", account.name)).clone()
    }

    /// The whole history, oldest first.
    pub(crate) async fn history(&self, reader: &Account, conversation: &str) -> Vec<Message> {
        self.history_after(reader, conversation, 0).await
    }

    /// What a client that has seen everything up to `seq` lacks.
    pub(crate) async fn history_after(&self, reader: &Account, conversation: &str, seq: i64) -> Vec<Message> {
        let (mut messages, mut after) = (Vec::new(), seq);
        loop {
            let path = format!("/conversations/{conversation}/messages?afterSeq={after}&limit=200");
            let page = self.get(reader, &path).await.data(200);
            messages.extend(page["messages"].as_array().unwrap().iter().map(Message::from_json));
            if page["hasMore"] == false {
                return messages;
            }
            after = number(&page, "nextCursor");
        }
    }
}

/// The account that a sign-in's answer tells of.
fn signed_in_as(answer: &Value, password: &str) -> Account {
    Account {
        id: text(&answer["user"], "id"),
        name: text(&answer["user"], "username"),
        password: password.to_owned(),
        access: text(answer, "accessToken"),
        refresh: text(answer, "refreshToken"),
    }
}
