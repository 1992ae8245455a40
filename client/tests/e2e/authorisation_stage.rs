//! Who and what the authorisation matrix is tried with: the callers, a group, and what stands in braces in its rows.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::{Account, Session, TestCluster};

/// The caller who has no token.
pub(crate) const ANONYMOUS: usize = 0;
/// The caller who is a guest.
pub(crate) const GUEST: usize = 1;

/// Where the target's message stands in every group: after the SYSTEM messages that tell of the admin who came and of the
/// ex-member who went.
const MESSAGE_SEQ: i64 = 3;

/// What is made for the cell that speaks of it.
const MADE: [&str; 8] = [
    "{refresh}",
    "{newcomer}",
    "{friend}",
    "{request}",
    "{others_request}",
    "{session}",
    "{others_session}",
    "{own_message}",
];

/// Those who call, in the order of `ROLES`, and those who are spoken of.
pub(crate) struct Cast {
    /// Nobody has the first place.
    pub(crate) callers: [Account; 7],
    /// A plain member, whose message stands in the group.
    target: Account,
    /// In no group.
    outsider: Account,
    /// In no group either, and blocked by some.
    bystander: Account,
}

/// The callers over a cluster, their sessions in the same order, and a group.
pub(crate) struct Stage<'a> {
    pub(crate) cluster: &'a TestCluster,
    pub(crate) cast: Cast,
    pub(crate) sessions: Vec<Option<Session>>,
    /// For those who may change nothing in it.
    pub(crate) shared_group: String,
}

impl<'a> Stage<'a> {
    pub(crate) async fn set(cluster: &'a TestCluster) -> Self {
        let [stranger, former, member, admin, owner] =
            cluster.sign_up_all(["stranger", "former", "member", "admin", "owner"]).await;
        let [target, outsider, bystander] = cluster.sign_up_all(["target", "outsider", "bystander"]).await;
        let guest = cluster.api(0).guest().await;
        let nobody = Account { access: String::new(), ..outsider.clone() };
        let callers = [nobody, guest, stranger, former, member, admin, owner];
        let mut sessions = vec![None];
        for caller in &callers[GUEST..] {
            sessions.push(Some(cluster.connect(caller, 0).await));
        }
        let cast = Cast { callers, target, outsider, bystander };
        let mut stage = Self { cluster, cast, sessions, shared_group: String::new() };
        stage.shared_group = stage.new_group().await;
        stage
    }

    /// A new group with the target's message in it.
    pub(crate) async fn new_group(&self) -> String {
        let [.., former, member, admin, owner] = &self.cast.callers;
        let logic = self.cluster.logic(0);
        let group = self.cluster.api(0).create_group(owner, &[former, member, &self.cast.target]).await;
        logic.add_admin(&owner.id, &group, &admin.id).await;
        logic.remove_member(&owner.id, &group, &former.id).await;
        logic.send(&self.cast.target.id, &group, "said by the target", "k").await.unwrap();
        group
    }

    /// Puts what differs from cell to cell into a text.
    pub(crate) async fn filled(&self, text: &str, caller: &Account, group: &str) -> String {
        let Cast { target, outsider, bystander, .. } = &self.cast;
        let mut text = text.to_owned();
        for name in MADE {
            if text.contains(name) {
                text = text.replace(name, &self.made(name, caller, group).await);
            }
        }
        let texts = [
            ("{me}", caller.id.as_str()),
            ("{my_password}", caller.password.as_str()),
            ("{access}", caller.access.as_str()),
            ("{others_access}", target.access.as_str()),
            ("{group}", group),
            ("{message}", &format!("{group}.{MESSAGE_SEQ}")),
            ("{target}", target.id.as_str()),
            ("{outsider}", outsider.id.as_str()),
            ("{bystander}", bystander.id.as_str()),
            ("{name}", target.name.as_str()),
            ("{password}", target.password.as_str()),
            ("{new}", &format!("new-{}", &uuid::Uuid::new_v4().simple().to_string()[..12])),
        ];
        texts.iter().fold(text, |text, (name, value)| text.replace(name, value))
    }

    async fn made(&self, name: &str, caller: &Account, group: &str) -> String {
        let Cast { target, outsider, .. } = &self.cast;
        match name {
            "{refresh}" => self.cluster.api(0).guest().await.refresh,
            "{newcomer}" => self.cluster.sign_up("newcomer").await.id,
            "{friend}" => self.friend_of(caller).await,
            "{request}" => self.asked_by_newcomer(caller).await.1,
            "{others_request}" => self.asked_by_newcomer(outsider).await.1,
            // Nobody's is the outsider's.
            "{session}" if caller.access.is_empty() => self.sign_in_of(outsider).await,
            "{session}" => self.sign_in_of(caller).await,
            "{others_session}" => self.sign_in_of(&self.cluster.api(0).sign_in(target).await).await,
            "{own_message}" => self.message_of(caller, group).await,
            _ => panic!("nobody makes {name}"),
        }
    }

    /// Somebody who is a friend of the caller, if they can have any.
    async fn friend_of(&self, caller: &Account) -> String {
        let (newcomer, request) = self.asked_by_newcomer(caller).await;
        if !caller.access.is_empty() && !is_guest(caller) {
            let path = format!("/friends/requests/{request}");
            let accept = Some(json!({ "action": "accept" }));
            self.cluster.api(0).call(Method::PUT, &path, &caller.access, accept).await.data(200);
        }
        newcomer.id
    }

    /// Somebody who asked the caller to be a friend, and the request. Guests are not asked: the outsider is, in their place.
    async fn asked_by_newcomer(&self, caller: &Account) -> (Account, String) {
        let asked = if is_guest(caller) { &self.cast.outsider } else { caller };
        let newcomer = self.cluster.sign_up("newcomer").await;
        let wish = json!({ "targetUserId": asked.id });
        let request = self.cluster.api(0).post(&newcomer, "/friends/requests", wish).await.data(201);
        (newcomer, id_of(&request))
    }

    /// The id of the sign-in that the account's token is of.
    async fn sign_in_of(&self, account: &Account) -> String {
        let list = self.cluster.api(0).get(account, "/auth/sessions").await.data(200);
        let mut sessions = list["sessions"].as_array().unwrap().iter();
        id_of(sessions.find(|session| session["current"] == true).unwrap())
    }

    /// A message of the caller's own; the target's where they may send none.
    async fn message_of(&self, caller: &Account, group: &str) -> String {
        let sent = self.cluster.logic(0).send(&caller.id, group, "said by the caller", "own").await;
        format!("{group}.{}", sent.unwrap_or(MESSAGE_SEQ))
    }
}

fn is_guest(account: &Account) -> bool {
    account.password.is_empty()
}

fn id_of(json: &Value) -> String {
    json["id"].as_str().unwrap().to_owned()
}
