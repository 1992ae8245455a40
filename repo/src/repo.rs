//! From settings to a running service.

use std::net::SocketAddr;

use kit::grpc::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, Routes, Server};
use kit::process::Failure;
use kit::{SharedClock, Shutdown};
use protos::pb::repo::conversation_service_server::ConversationServiceServer;
use protos::pb::repo::friend_service_server::FriendServiceServer;
use protos::pb::repo::message_service_server::MessageServiceServer;
use protos::pb::repo::online_status_service_server::OnlineStatusServiceServer;
use protos::pb::repo::push_service_server::PushServiceServer;
use protos::pb::repo::sign_in_service_server::SignInServiceServer;
use protos::pb::repo::user_service_server::UserServiceServer;

use crate::Config;
use crate::conversation::{Conversations, ReadPointers};
use crate::friend::Friends;
use crate::message::{MessageWriter, Messages};
use crate::online_status::{OnlineStatusService, Presence};
use crate::planted;
use crate::push::{self, Pushes};
use crate::sign_in::SignIns;
use crate::store::{self, DatabaseUrl, FileLock, SessionLock, Store};
use crate::user::{self, Credentials, Users};

/// A repo process that has its listener, and its lock where that is a file.
pub struct Repo {
    config: Config,
    clock: SharedClock,
    database: DatabaseUrl,
    server: Server,
    presence: Presence,
    _lock: Option<FileLock>,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Repo {
    /// Checks the settings and binds the listener.
    ///
    /// # Errors
    /// When a setting is wrong, the address is taken, or another repo uses the same SQLite file.
    pub async fn bind(config: Config, clock: SharedClock) -> Result<Self, Failure> {
        planted::announce();
        let database = config.database()?;
        let token = config.common.internal_token()?;
        let server = Server::bind(config.listen, token).await?.tell_metrics_at(config.metrics_listen).await?;
        let lock = match &database {
            DatabaseUrl::Sqlite(path) => {
                if let Some(folder) = path.parent() {
                    kit::settings::make_data_dir(folder)?;
                }
                Some(FileLock::take(path)?)
            }
            DatabaseUrl::Postgres(_) => None,
        };
        let presence = Presence::start(&config.redis_url, clock.clone()).await?;
        Ok(Self { config, clock, database, server, presence, _lock: lock })
    }

    /// The address that was bound.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.server.address()
    }

    /// Serves until `shutdown`. What it needs and does not answer yet is waited for; health says "not serving" meanwhile.
    ///
    /// # Errors
    /// When the database cannot be used as it is set up, or another repo has it and there is no Redis.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Failure> {
        let Self { config, clock, database, server, presence, _lock } = self;
        let (address, health) = (server.address()?, server.health());
        let store = Store::start(&database, config.connections());
        let credentials = Credentials::start();
        let services = Services {
            users: Users::new(store.clone(), credentials.clone(), clock.clone()),
            sign_ins: SignIns::new(store.clone(), clock.clone()),
            conversations: Conversations::new(store.clone(), ReadPointers::start(&store), clock.clone()),
            friends: Friends::new(store.clone(), clock.clone()),
            messages: Messages::new(store.clone(), MessageWriter::start(&store, &clock), clock.clone()),
            pushes: Pushes::new(store.clone(), presence.clone(), clock.clone()),
            presence: OnlineStatusService::new(presence.clone()),
        };
        let sole = needs_session_lock(&database, &config).then(|| SessionLock::start(&database));
        let opening = async {
            if let Some(lock) = &sole {
                lock.take().await?;
            }
            store::prepare(&database).await?;
            store.set_open();
            learn_cost(&store, &credentials).await;
            presence.ready().await;
            health.set_ready(true).await;
            tracing::info!(%address, database = database.kind(), "repo serves im.repo.v1");
            match &sole {
                Some(lock) => lock.keep().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            served = server.serve(shutdown, |routes| services.add_to(routes)) => served,
            Err(failure) = opening => Err(failure),
            () = push::delete_expired_for_ever(store.clone(), clock) => Ok(()),
        }
    }
}

/// SQLite has a lock of its own.
fn needs_session_lock(database: &DatabaseUrl, config: &Config) -> bool {
    matches!(database, DatabaseUrl::Postgres(_)) && config.redis_url.is_empty()
}

/// Makes a check against an unknown user cost what one against the users of this database does.
async fn learn_cost(store: &Store, credentials: &Credentials) {
    if let Ok(Some(hash)) = store.read(user::newest_hash).await {
        credentials.learn_cost(&hash);
    }
}

struct Services {
    users: Users,
    sign_ins: SignIns,
    conversations: Conversations,
    friends: Friends,
    messages: Messages,
    pushes: Pushes,
    presence: OnlineStatusService,
}

macro_rules! limited {
    ($server:ident, $service:expr) => {
        $server::new($service)
            .max_decoding_message_size(MAX_REQUEST_BYTES)
            .max_encoding_message_size(MAX_RESPONSE_BYTES)
    };
}

impl Services {
    fn add_to(self, routes: Routes) -> Routes {
        routes
            .add_service(limited!(UserServiceServer, self.users))
            .add_service(limited!(SignInServiceServer, self.sign_ins))
            .add_service(limited!(ConversationServiceServer, self.conversations))
            .add_service(limited!(MessageServiceServer, self.messages))
            .add_service(limited!(PushServiceServer, self.pushes))
            .add_service(limited!(OnlineStatusServiceServer, self.presence))
            .add_service(limited!(FriendServiceServer, self.friends))
    }
}
