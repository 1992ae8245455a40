//! Who may do what: a row for every HTTP route, every client frame and every RPC. A row that is missing fails the test.
//!
//! In a row's path and data stand, in braces, what differs from cell to cell; `authorisation_matrix.rs` lists them. Each cell
//! that may do something has a group of its own, so that nothing that one cell does is seen by another.

/// The columns: who calls. A stranger, also one who is a guest, has never been in the group; an ex-member was removed.
pub(crate) const ROLES: [&str; 7] =
    ["anonymous", "guest", "stranger", "ex-member", "member", "admin", "owner"];

/// What one caller must be told.
pub(crate) type Verdicts = [&'static str; 7];

/// It is done, or answered.
pub(crate) const OK: &str = "OK";
/// The implementation is of a later issue; a row says so and fails once it is there.
pub(crate) const LATER: &str = "UNIMPLEMENTED";

const NO_TOKEN: &str = "UNAUTHORIZED";
const NO_GUEST: &str = "GUEST_NOT_ALLOWED";
/// What a stranger is told of a group that exists, exactly as of one that does not.
pub(crate) const HIDDEN: &str = "CONVERSATION_NOT_FOUND";
const TOO_LOW: &str = "INSUFFICIENT_PERMISSION";

const EVERYBODY: Verdicts = [OK; 7];
const SIGNED_IN: Verdicts = [NO_TOKEN, OK, OK, OK, OK, OK, OK];
const REGISTERED: Verdicts = [NO_TOKEN, NO_GUEST, OK, OK, OK, OK, OK];
const MEMBERS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, OK, OK, OK];
const ADMINS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, TOO_LOW, OK, OK];
const OWNER: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, TOO_LOW, TOO_LOW, OK];
const LEAVERS: Verdicts = [NO_TOKEN, HIDDEN, HIDDEN, HIDDEN, OK, OK, "CANNOT_LEAVE_CONVERSATION"];
/// Nobody but other services, whoever the user is that they speak of: the internal token is the whole question.
const SERVICES: Verdicts = SIGNED_IN;

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// `METHOD /path` as in the OpenAPI document, a frame's type, or `package.Service/Method`.
    pub(crate) name: &'static str,
    /// A JSON body, a frame's data or an RPC's request; a query when it begins with `?`.
    pub(crate) data: &'static str,
    pub(crate) verdicts: Verdicts,
    /// What `{id}` stands for in the path.
    pub(crate) about: &'static str,
    /// It ends the caller's sign-in, so each cell has one of its own.
    pub(crate) ends_sign_in: bool,
    /// A frame that nothing answers.
    pub(crate) unanswered: bool,
}

impl Row {
    /// True when it makes a difference which group the cell is tried with.
    pub(crate) fn speaks_of_group(&self) -> bool {
        let names = |text: &str| text.contains("{group}") || text.contains("{message}");
        names(self.data) || (self.name.contains("{id}") && names(self.about))
    }

    const fn ending_the_sign_in(self) -> Self {
        Self { ends_sign_in: true, ..self }
    }

    const fn unanswered(self) -> Self {
        Self { unanswered: true, ..self }
    }

    /// Its caller is told UNIMPLEMENTED; the verdicts are those that will be.
    const fn later(self) -> Self {
        let [anonymous, ..] = self.verdicts;
        Self { verdicts: [anonymous, LATER, LATER, LATER, LATER, LATER, LATER], ..self }
    }

    /// A frame of a later issue.
    const fn frame_of_later(self) -> Self {
        const NOT_YET: &str = "INVALID_PARAMETER";
        Self { verdicts: [NO_TOKEN, NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET], ..self }
    }
}

const fn row(name: &'static str, data: &'static str, verdicts: Verdicts) -> Row {
    Row { name, data, verdicts, about: "{group}", ends_sign_in: false, unanswered: false }
}

/// `/api`.
pub(crate) const ROUTES: &[Row] = &[
    row("POST /auth/register", r#"{"username":"{new}","password":"correct horse"}"#, EVERYBODY),
    row("POST /auth/login", r#"{"username":"{name}","password":"{password}"}"#, EVERYBODY),
    row("POST /auth/guest", "", EVERYBODY),
    row("POST /auth/refresh", r#"{"refreshToken":"{refresh}"}"#, EVERYBODY),
    row("POST /auth/logout", "", SIGNED_IN).ending_the_sign_in(),
    row("GET /users/profile", "", SIGNED_IN),
    row("GET /users/search", "?q=a", REGISTERED),
    row("GET /conversations", "", SIGNED_IN),
    row("POST /conversations", r#"{"type":2,"name":"n","members":["{target}"]}"#, REGISTERED),
    row("POST /conversations/world/join", "", SIGNED_IN),
    row("GET /conversations/{id}", "", MEMBERS),
    row("GET /conversations/{id}/members", "", MEMBERS),
    row("POST /conversations/{id}/members", r#"{"members":["{outsider}"]}"#, ADMINS),
    row("DELETE /conversations/{id}/members/{userId}", "", ADMINS),
    row("GET /conversations/{id}/messages", "", MEMBERS),
    row("POST /conversations/{id}/messages", r#"{"messageType":1,"content":"x"}"#, MEMBERS),
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
    row("recall-message", r#"{"conversationId":"{group}","messageId":"{message}"}"#, ADMINS).frame_of_later(),
    row("typing", r#"{"conversationId":"{group}"}"#, SIGNED_IN).unanswered(),
    row("stop-typing", r#"{"conversationId":"{group}"}"#, SIGNED_IN).unanswered(),
    row("sync", r#"{"conversations":{"{group}":0}}"#, SIGNED_IN).frame_of_later(),
    row("auth", r#"{"token":"{access}"}"#, SIGNED_IN).frame_of_later(),
    row("ping", "{}", SIGNED_IN),
];

/// RPCs; anonymous is who has no internal token.
pub(crate) const RPCS: &[Row] = &[
    row("im.logic.v1.AuthService/Login", r#"{"username":"{name}","password":"{password}"}"#, SERVICES),
    row("im.logic.v1.AuthService/Register", r#"{"username":"{new}","password":"correct horse"}"#, SERVICES),
    row("im.logic.v1.AuthService/RefreshToken", r#"{"refreshToken":"{refresh}"}"#, SERVICES),
    row("im.logic.v1.AuthService/Logout", r#"{"userId":"{me}","accessToken":"{access}"}"#, SERVICES)
        .ending_the_sign_in(),
    row("im.logic.v1.AuthService/ValidateToken", r#"{"accessToken":"{access}"}"#, SERVICES),
    row("im.logic.v1.AuthService/GuestLogin", "{}", SERVICES),
    row("im.logic.v1.UserService/GetProfile", r#"{"userId":"{me}"}"#, SIGNED_IN),
    row("im.logic.v1.UserService/SearchUsers", r#"{"userId":"{me}","query":"a"}"#, REGISTERED),
    row(
        "im.logic.v1.ConversationService/CreateConversation",
        r#"{"creatorId":"{me}","type":2,"name":"n","memberIds":["{target}"]}"#,
        REGISTERED,
    ),
    row("im.logic.v1.ConversationService/GetConversation", OF_GROUP, MEMBERS),
    row("im.logic.v1.ConversationService/GetConversations", r#"{"userId":"{me}"}"#, SIGNED_IN),
    row("im.logic.v1.ConversationService/GetConversationsOptimized", r#"{"userId":"{me}"}"#, SIGNED_IN),
    row(
        "im.logic.v1.ConversationService/UpdateConversation",
        r#"{"userId":"{me}","conversationId":"{group}","name":"m","updateMask":["name"]}"#,
        ADMINS,
    )
    .later(),
    row("im.logic.v1.ConversationService/DeleteConversation", OF_GROUP, OWNER).later(),
    row(
        "im.logic.v1.ConversationService/AddMembers",
        r#"{"operatorId":"{me}","conversationId":"{group}","userIds":["{outsider}"]}"#,
        ADMINS,
    ),
    row(
        "im.logic.v1.ConversationService/RemoveMembers",
        r#"{"operatorId":"{me}","conversationId":"{group}","userIds":["{target}"]}"#,
        ADMINS,
    ),
    row(
        "im.logic.v1.ConversationService/UpdateMemberRole",
        r#"{"operatorId":"{me}","conversationId":"{group}","targetUserId":"{target}","newRole":2}"#,
        OWNER,
    )
    .later(),
    row(
        "im.logic.v1.ConversationService/MuteMember",
        r#"{"operatorId":"{me}","conversationId":"{group}","targetUserId":"{target}","muted":true}"#,
        ADMINS,
    )
    .later(),
    row("im.logic.v1.ConversationService/GetMembers", OF_GROUP, MEMBERS),
    row("im.logic.v1.ConversationService/LeaveConversation", OF_GROUP, LEAVERS).later(),
    row("im.logic.v1.ConversationService/GetMessages", OF_GROUP, MEMBERS),
    row("im.logic.v1.ConversationService/MarkAsRead", OF_GROUP_AT_1, MEMBERS),
    row("im.logic.v1.ConversationService/GetUnreadCount", OF_GROUP, MEMBERS),
    row("im.logic.v1.ConversationService/JoinWorldChat", r#"{"userId":"{me}"}"#, SIGNED_IN),
    row("im.logic.v1.ConversationService/SearchConversations", r#"{"userId":"{me}","query":"a"}"#, SIGNED_IN)
        .later(),
    row(
        "im.logic.v1.MessageService/SendMessage",
        r#"{"userId":"{me}","conversationId":"{group}","content":"x","type":1}"#,
        MEMBERS,
    ),
    // Refusals stand in the outcomes, one by one.
    row("im.logic.v1.MessageService/SendMessages", "{}", SERVICES),
    row(
        "im.logic.v1.MessageService/RecallMessage",
        r#"{"userId":"{me}","conversationId":"{group}","messageId":"{message}"}"#,
        ADMINS,
    )
    .later(),
    row("im.logic.v1.FriendService/GetFriends", r#"{"userId":"{me}"}"#, SIGNED_IN).later(),
    row("im.logic.v1.FriendService/GetFriendRequests", r#"{"userId":"{me}"}"#, SIGNED_IN).later(),
    row("im.logic.v1.FriendService/SendFriendRequest", OF_OUTSIDER, REGISTERED).later(),
    row("im.logic.v1.FriendService/HandleFriendRequest", r#"{"userId":"{me}"}"#, REGISTERED).later(),
    row("im.logic.v1.FriendService/RemoveFriend", r#"{"userId":"{me}","friendId":"{outsider}"}"#, SIGNED_IN)
        .later(),
    row("im.logic.v1.FriendService/BlockUser", OF_OUTSIDER, SIGNED_IN).later(),
    row("im.logic.v1.FriendService/UnblockUser", OF_OUTSIDER, SIGNED_IN).later(),
    row("im.logic.v1.FriendService/GetBlocked", r#"{"userId":"{me}"}"#, SIGNED_IN).later(),
    // Repo stores what logic has allowed. Where it checks a member itself, it does so under the row's lock.
    row("im.repo.v1.ConversationService/GetConversationForUser", OF_GROUP, MEMBERS),
    row("im.repo.v1.ConversationService/GetReadPointer", OF_GROUP, MEMBERS),
    row("im.repo.v1.ConversationService/GetUnreadCount", OF_GROUP, MEMBERS),
    row("im.repo.v1.ConversationService/UpdateReadPointer", OF_GROUP_AT_1, MEMBERS),
    row(
        "im.repo.v1.MessageService/SaveMessage",
        r#"{"senderId":"{me}","conversationId":"{group}","content":"x","messageType":1,"clientMsgId":"k"}"#,
        MEMBERS,
    ),
];

const OF_GROUP: &str = r#"{"userId":"{me}","conversationId":"{group}"}"#;
const OF_GROUP_AT_1: &str = r#"{"userId":"{me}","conversationId":"{group}","seqId":1}"#;
const OF_OUTSIDER: &str = r#"{"userId":"{me}","targetUserId":"{outsider}"}"#;

/// RPCs that serve other services and ask for the internal token alone: without it nothing, with it whatever they find.
pub(crate) const INTERNAL: &[&str] = &[
    "im.gateway.v1.PusherService/PushToUsers",
    "im.gateway.v1.PusherService/PushStream",
    "im.gateway.v1.PusherService/Broadcast",
    "im.gateway.v1.PusherService/DisconnectUsers",
    "im.gateway.v1.PusherService/GetSessions",
    "im.gateway.v1.PusherService/WatchPresence",
    "im.gateway.v1.RouterService/Deliver",
    "im.gateway.v1.RouterService/Forward",
    "im.gateway.v1.RouterService/EndSignIn",
    "im.repo.v1.UserService/CreateUser",
    "im.repo.v1.UserService/GetUser",
    "im.repo.v1.UserService/GetUsers",
    "im.repo.v1.UserService/UpdateUser",
    "im.repo.v1.UserService/VerifyPassword",
    "im.repo.v1.UserService/GetUserByUsername",
    "im.repo.v1.UserService/SearchUsers",
    "im.repo.v1.SignInService/CreateSignIn",
    "im.repo.v1.SignInService/GetSignIn",
    "im.repo.v1.SignInService/RotateRefreshToken",
    "im.repo.v1.SignInService/EndSignIn",
    "im.repo.v1.ConversationService/CreateConversation",
    "im.repo.v1.ConversationService/GetUserConversations",
    "im.repo.v1.ConversationService/GetUserConversationsWithDetails",
    "im.repo.v1.ConversationService/BatchGetConversations",
    "im.repo.v1.ConversationService/BatchGetUnreadCounts",
    "im.repo.v1.ConversationService/AddConversationMember",
    "im.repo.v1.ConversationService/RemoveConversationMember",
    "im.repo.v1.ConversationService/UpdateMemberRole",
    "im.repo.v1.ConversationService/GetConversationMembers",
    "im.repo.v1.ConversationService/GetMemberIds",
    "im.repo.v1.ConversationService/ChangeMembers",
    "im.repo.v1.ConversationService/JoinWorld",
    "im.repo.v1.MessageService/GetMessage",
    "im.repo.v1.MessageService/GetConversationMessages",
    "im.repo.v1.MessageService/CheckMessageIdempotency",
    "im.repo.v1.MessageService/GetLatestMessages",
    "im.repo.v1.MessageService/DeleteMessage",
    "im.repo.v1.MessageService/SaveMessages",
    "im.repo.v1.FriendService/GetFriends",
    "im.repo.v1.FriendService/GetBlocked",
    "im.repo.v1.OnlineStatusService/SetUserOnline",
    "im.repo.v1.OnlineStatusService/SetUserOffline",
    "im.repo.v1.OnlineStatusService/GetUserOnlineStatus",
    "im.repo.v1.OnlineStatusService/GetUsersOnlineStatus",
    "im.repo.v1.OnlineStatusService/UpdateHeartbeat",
    "im.repo.v1.OnlineStatusService/CleanupExpiredStatus",
    "im.repo.v1.OnlineStatusService/RenewLease",
    "im.repo.v1.OnlineStatusService/ReleaseLease",
    "im.repo.v1.OnlineStatusService/AnnounceUsers",
    "im.repo.v1.OnlineStatusService/ListGateways",
    "im.repo.v1.OnlineStatusService/LocateUsers",
];
