//! Who may do what: a row for every HTTP route and every client frame, and in `authorisation_rpcs.rs` for every RPC. A row that is
//! missing fails the test. What is decided by what is asked for has several.
//!
//! In a row's path and data stand, in braces, what differs from cell to cell; `authorisation_stage.rs` lists them. Each cell
//! that may do something has a group of its own, so that nothing that one cell does is seen by another.

/// The columns: who calls. A stranger, also one who is a guest, has never been in the group; an ex-member was removed.
pub(crate) const ROLES: [&str; 7] =
    ["anonymous", "guest", "stranger", "ex-member", "member", "admin", "owner"];

/// What one caller must be told.
pub(crate) type Verdicts = [&'static str; 7];

/// It is done, or answered.
pub(crate) const OK: &str = "OK";

const NO_TOKEN: &str = "UNAUTHORIZED";
const NO_REQUEST: &str = "FRIEND_REQUEST_NOT_FOUND";
const NO_GUEST: &str = "GUEST_NOT_ALLOWED";
/// What a stranger is told of a group that exists, exactly as of one that does not.
pub(crate) const HIDDEN: &str = "CONVERSATION_NOT_FOUND";
const TOO_LOW: &str = "INSUFFICIENT_PERMISSION";

const EVERYBODY: Verdicts = [OK; 7];
pub(crate) const SIGNED_IN: Verdicts = but_anonymous(OK);
pub(crate) const REGISTERED: Verdicts = [NO_TOKEN, NO_GUEST, OK, OK, OK, OK, OK];
pub(crate) const MEMBERS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, OK, OK, OK];
pub(crate) const ADMINS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, TOO_LOW, OK, OK];
pub(crate) const OWNER: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, TOO_LOW, TOO_LOW, OK];
pub(crate) const LEAVERS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, OK, OK, "CANNOT_LEAVE_CONVERSATION"];
/// Of a message that somebody else sent.
pub(crate) const MODERATORS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, "FORBIDDEN", OK, OK];
/// Nobody asks a guest to be a friend, so guests have neither.
pub(crate) const ASKED: Verdicts = [NO_TOKEN, NO_REQUEST, OK, OK, OK, OK, OK];
pub(crate) const FRIENDS: Verdicts = [NO_TOKEN, "USER_NOT_FOUND", OK, OK, OK, OK, OK];
/// Of what belongs to another user.
pub(crate) const NO_REQUEST_OF_THEIRS: Verdicts = but_anonymous(NO_REQUEST);
pub(crate) const NO_SIGN_IN_OF_THEIRS: Verdicts = but_anonymous("NOT_FOUND");
const NO_TOKEN_OF_THEIRS: Verdicts = but_anonymous("INVALID_TOKEN");
/// Nobody but other services, whoever the user is that they speak of: the internal token is the whole question.
pub(crate) const SERVICES: Verdicts = SIGNED_IN;

const fn but_anonymous(verdict: &'static str) -> Verdicts {
    [NO_TOKEN, verdict, verdict, verdict, verdict, verdict, verdict]
}

/// What a cell must have for itself, because it ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ends {
    Nothing,
    /// The caller's sign-in.
    SignIn,
    /// All the other sign-ins of the caller, who is a new user then: what they are in a group makes no difference.
    OtherSignIns,
}

/// What a part of a path stands for, both in braces.
type Part = (&'static str, &'static str);

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// `METHOD /path` as in the OpenAPI document, a frame's type, or `package.Service/Method`.
    pub(crate) name: &'static str,
    /// A JSON body, a frame's data or an RPC's request; a query when it begins with `?`.
    pub(crate) data: &'static str,
    pub(crate) verdicts: Verdicts,
    pub(crate) ends: Ends,
    /// A frame that nothing answers.
    pub(crate) unanswered: bool,
    parts: &'static [Part],
}

impl Row {
    /// The name with what the parts of its path stand for.
    pub(crate) fn path(&self) -> String {
        let name = self.name.to_owned();
        self.parts.iter().fold(name, |path, (part, meaning)| path.replace(part, meaning))
    }

    /// True when it makes a difference which group the cell is tried with.
    pub(crate) fn speaks_of_group(&self) -> bool {
        let text = format!("{} {}", self.path(), self.data);
        ["{group}", "{message}", "{own_message}"].iter().any(|name| text.contains(name))
    }

    pub(crate) const fn ending(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }

    const fn unanswered(self) -> Self {
        Self { unanswered: true, ..self }
    }

    const fn about(self, parts: &'static [Part]) -> Self {
        Self { parts, ..self }
    }
}

pub(crate) const fn row(name: &'static str, data: &'static str, verdicts: Verdicts) -> Row {
    Row { name, data, verdicts, ends: Ends::Nothing, unanswered: false, parts: OF_GROUPS }
}

const OF_GROUPS: &[Part] = &[("{id}", "{group}"), ("{userId}", "{target}"), ("{messageId}", "{message}")];
const OWN_MESSAGE: &[Part] = &[("{id}", "{group}"), ("{messageId}", "{own_message}")];
const BYSTANDER: &[Part] = &[("{id}", "{bystander}")];

/// `/api`.
pub(crate) const ROUTES: &[Row] = &[
    row("POST /auth/register", r#"{"username":"{new}","password":"correct horse"}"#, EVERYBODY),
    row("POST /auth/login", r#"{"username":"{name}","password":"{password}"}"#, EVERYBODY),
    row("POST /auth/guest", "", EVERYBODY),
    row("POST /auth/refresh", r#"{"refreshToken":"{refresh}"}"#, EVERYBODY),
    row("POST /auth/logout", "", SIGNED_IN).ending(Ends::SignIn),
    row("GET /auth/sessions", "", SIGNED_IN),
    row("DELETE /auth/sessions/{id}", "", SIGNED_IN).about(&[("{id}", "{session}")]).ending(Ends::SignIn),
    row("DELETE /auth/sessions/{id}", "", NO_SIGN_IN_OF_THEIRS).about(&[("{id}", "{others_session}")]),
    row("GET /users/profile", "", SIGNED_IN),
    row("PUT /users/profile", r#"{"avatarUrl":""}"#, REGISTERED),
    row(
        "PUT /users/password",
        r#"{"oldPassword":"{my_password}","newPassword":"correct donkey"}"#,
        REGISTERED,
    )
    .ending(Ends::OtherSignIns),
    row("GET /users/search", "?q=a", REGISTERED),
    row("GET /users/online", "?ids={bystander}", SIGNED_IN),
    row("GET /users/blocked", "", SIGNED_IN),
    row("PUT /users/{id}/block", "", SIGNED_IN).about(BYSTANDER),
    row("DELETE /users/{id}/block", "", SIGNED_IN).about(BYSTANDER),
    row("GET /friends", "", SIGNED_IN),
    row("DELETE /friends/{userId}", "", FRIENDS).about(&[("{userId}", "{friend}")]),
    row("GET /friends/requests", "?type=sent", SIGNED_IN),
    row("POST /friends/requests", r#"{"targetUserId":"{newcomer}"}"#, REGISTERED),
    row("PUT /friends/requests/{id}", r#"{"action":"accept"}"#, ASKED).about(&[("{id}", "{request}")]),
    row("PUT /friends/requests/{id}", r#"{"action":"accept"}"#, NO_REQUEST_OF_THEIRS)
        .about(&[("{id}", "{others_request}")]),
    row("GET /conversations", "", SIGNED_IN),
    row("POST /conversations", r#"{"type":2,"name":"n","members":["{target}"]}"#, REGISTERED),
    row("POST /conversations/world/join", "", SIGNED_IN),
    row("GET /conversations/search", "?q=a", SIGNED_IN),
    row("GET /conversations/{id}", "", MEMBERS),
    row("PUT /conversations/{id}", r#"{"name":"m"}"#, ADMINS),
    row("DELETE /conversations/{id}", "", OWNER),
    row("POST /conversations/{id}/leave", "", LEAVERS),
    row("GET /conversations/{id}/members", "", MEMBERS),
    row("POST /conversations/{id}/members", r#"{"members":["{outsider}"]}"#, ADMINS),
    row("PUT /conversations/{id}/members/{userId}", r#"{"muted":true}"#, ADMINS),
    row("PUT /conversations/{id}/members/{userId}", r#"{"role":2}"#, OWNER),
    row("DELETE /conversations/{id}/members/{userId}", "", ADMINS),
    row("GET /conversations/{id}/messages", "", MEMBERS),
    row("POST /conversations/{id}/messages", r#"{"messageType":1,"content":"x"}"#, MEMBERS),
    row("DELETE /conversations/{id}/messages/{messageId}", "", MODERATORS),
    row("DELETE /conversations/{id}/messages/{messageId}", "", MEMBERS).about(OWN_MESSAGE),
    row("PUT /conversations/{id}/read", r#"{"seqId":1}"#, MEMBERS),
];

/// Client frames of `/ws`.
pub(crate) const FRAMES: &[Row] = &[
    row(
        "send-message",
        r#"{"conversationId":"{group}","messageType":1,"content":"x","client_msg_id":"k"}"#,
        MEMBERS,
    ),
    row("mark-read", r#"{"conversationId":"{group}","seqId":1}"#, MEMBERS),
    row("recall-message", r#"{"conversationId":"{group}","messageId":"{message}"}"#, MODERATORS),
    row("recall-message", r#"{"conversationId":"{group}","messageId":"{own_message}"}"#, MEMBERS),
    // To who is no member: nothing, as if there were no group.
    row("typing", r#"{"conversationId":"{group}"}"#, SIGNED_IN).unanswered(),
    row("stop-typing", r#"{"conversationId":"{group}"}"#, SIGNED_IN).unanswered(),
    row("mark-delivered", r#"{"conversationId":"{group}","seqId":1}"#, SIGNED_IN).unanswered(),
    // To who is no member the group is gone, as one that never was.
    row("sync", r#"{"conversations":{"{group}":0},"partial":true}"#, SIGNED_IN),
    row("auth", r#"{"token":"{access}"}"#, SIGNED_IN),
    row("auth", r#"{"token":"{others_access}"}"#, NO_TOKEN_OF_THEIRS),
    row("ping", "{}", SIGNED_IN),
];
