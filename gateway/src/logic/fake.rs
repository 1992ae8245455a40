//! A logic service for tests: a real gRPC server in this process whose methods answer what a test told them to.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kit::grpc::{Pool, PoolConfig, Server};
use kit::{Secret, Shutdown};
use protos::pb::logic::auth_service_server::{AuthService, AuthServiceServer};
use protos::pb::logic::conversation_service_server::{ConversationService, ConversationServiceServer};
use protos::pb::logic::friend_service_server::{FriendService, FriendServiceServer};
use protos::pb::logic::message_service_server::{MessageService, MessageServiceServer};
use protos::pb::logic::user_service_server::{UserService, UserServiceServer};
use protos::pb::{logic as pb, types};
use tonic::{Request, Response, Status, async_trait};
use url::Url;

use super::LogicClient;
use crate::metrics::SharedMetrics;

type Handler = Box<dyn Fn(Box<dyn Any>) -> Option<Result<Box<dyn Any>, Status>> + Send + Sync>;

/// What the methods answer; unscripted ones are UNIMPLEMENTED.
#[derive(Clone, Default)]
pub(crate) struct FakeLogic {
    script: Arc<Mutex<HashMap<&'static str, Handler>>>,
}

impl FakeLogic {
    /// From now on the method that takes a `Q` answers this.
    pub(crate) fn on<Q: Any, A: Any>(
        &self,
        answer: impl Fn(Q) -> protos::Result<A> + Send + Sync + 'static,
    ) -> &Self {
        let handler: Handler = Box::new(move |request| {
            let request = *request.downcast::<Q>().ok()?;
            Some(answer(request).map(|answer| Box::new(answer) as Box<dyn Any>).map_err(Status::from))
        });
        self.script.lock().unwrap().insert(std::any::type_name::<Q>(), handler);
        self
    }

    fn answer<Q: Any, A: Any>(&self, request: Request<Q>) -> Result<Response<A>, Status> {
        let script = self.script.lock().unwrap();
        let unscripted = || Status::unimplemented(std::any::type_name::<Q>());
        let handler = script.get(std::any::type_name::<Q>()).ok_or_else(unscripted)?;
        let answer = handler(Box::new(request.into_inner())).ok_or_else(unscripted)??;
        Ok(Response::new(*answer.downcast::<A>().expect("the script answers with the method's type")))
    }

    /// What the script of the single call answers to each of many.
    fn each<Q: Any, A: Any>(&self, requests: impl Iterator<Item = Q>) -> Result<Vec<A>, Status> {
        requests.map(|request| self.answer(Request::new(request)).map(Response::into_inner)).collect()
    }

    fn is_scripted<Q: Any>(&self) -> bool {
        self.script.lock().unwrap().contains_key(std::any::type_name::<Q>())
    }

    /// A client of this logic alone, once its pool has found it.
    pub(crate) async fn serve(&self) -> LogicClient {
        client_of(std::slice::from_ref(self)).await
    }

    /// Serves on a free port until the test's runtime ends.
    pub(crate) async fn listen(&self, token: Secret) -> Url {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), token).await.unwrap();
        let url = format!("http://{}", server.address().unwrap()).parse().unwrap();
        server.health().set_ready(true).await;
        let fake = self.clone();
        tokio::spawn(server.serve(Shutdown::new(), move |routes| {
            routes
                .add_service(AuthServiceServer::new(fake.clone()))
                .add_service(UserServiceServer::new(fake.clone()))
                .add_service(ConversationServiceServer::new(fake.clone()))
                .add_service(FriendServiceServer::new(fake.clone()))
                .add_service(MessageServiceServer::new(fake))
        }));
        url
    }
}

/// A client of these logic processes, once its pool has found them all.
pub(crate) async fn client_of(processes: &[FakeLogic]) -> LogicClient {
    let token = Secret::random().unwrap();
    let mut urls = Vec::new();
    for process in processes {
        urls.push(process.listen(token.clone()).await);
    }
    let pool = Pool::start("logic", &urls, &token, PoolConfig::default()).unwrap();
    let every_place: HashSet<usize> = (0..urls.len()).collect();
    let all_found = async {
        while (0..64).filter_map(|key| pool.place(&key.to_string())).collect::<HashSet<_>>() != every_place {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all_found).await.expect("the pool does not find the fakes");
    LogicClient::start(pool, SharedMetrics::default())
}

macro_rules! scripted {
    (
        $service:ident: $($method:ident($request:ident) -> $answer:ident),* $(,)?
        $(; in $other:ident: $($foreign:ident($foreign_request:ident) -> $foreign_answer:ident),* $(,)?)?
        $(| $more:item)*
    ) => {
        #[async_trait]
        impl $service for FakeLogic {
            $($more)*

            $(async fn $method(&self, request: Request<pb::$request>) -> Result<Response<pb::$answer>, Status> {
                self.answer(request)
            })*
            $($(async fn $foreign(
                &self,
                request: Request<$other::$foreign_request>,
            ) -> Result<Response<$other::$foreign_answer>, Status> {
                self.answer(request)
            })*)?
        }
    };
}

scripted!(AuthService:
    login(LoginRequest) -> LoginResponse,
    register(RegisterRequest) -> RegisterResponse,
    refresh_token(RefreshTokenRequest) -> RefreshTokenResponse,
    logout(LogoutRequest) -> LogoutResponse,
    validate_token(ValidateTokenRequest) -> ValidateTokenResponse,
    guest_login(GuestLoginRequest) -> LoginResponse,
    get_sign_ins(GetSignInsRequest) -> GetSignInsResponse,
    end_sign_in(EndSignInRequest) -> EndSignInResponse,
    change_password(ChangePasswordRequest) -> ChangePasswordResponse,
    | async fn validate_tokens(
        &self,
        request: Request<pb::ValidateTokensRequest>,
    ) -> Result<Response<pb::ValidateTokensResponse>, Status> {
        if self.is_scripted::<pb::ValidateTokensRequest>() {
            return self.answer(request);
        }
        let tokens = request.into_inner().access_tokens.into_iter();
        let outcomes = self.each(tokens.map(|access_token| pb::ValidateTokenRequest { access_token }))?;
        Ok(Response::new(pb::ValidateTokensResponse { outcomes }))
    }
);

scripted!(UserService:
    get_profile(GetProfileRequest) -> GetProfileResponse,
    search_users(SearchUsersRequest) -> SearchUsersResponse,
    update_profile(UpdateProfileRequest) -> UpdateProfileResponse,
);

scripted!(FriendService:
    get_friends(GetFriendsRequest) -> GetFriendsResponse,
    get_friend_requests(GetFriendRequestsRequest) -> GetFriendRequestsResponse,
    send_friend_request(SendFriendRequestRequest) -> SendFriendRequestResponse,
    handle_friend_request(HandleFriendRequestRequest) -> HandleFriendRequestResponse,
    remove_friend(RemoveFriendRequest) -> RemoveFriendResponse,
    block_user(BlockUserRequest) -> BlockUserResponse,
    unblock_user(UnblockUserRequest) -> UnblockUserResponse,
    get_blocked(GetBlockedRequest) -> GetBlockedResponse,
    filter_contacts(FilterContactsRequest) -> FilterContactsResponse,
    get_contacts(GetContactsRequest) -> GetContactsResponse,
    | async fn get_contacts_of_users(
        &self,
        request: Request<pb::GetContactsOfUsersRequest>,
    ) -> Result<Response<pb::GetContactsOfUsersResponse>, Status> {
        if self.is_scripted::<pb::GetContactsOfUsersRequest>() {
            return self.answer(request);
        }
        let users = request.into_inner().user_ids.into_iter();
        let contacts = self.each(users.map(|user_id| pb::GetContactsRequest { user_id }))?;
        Ok(Response::new(pb::GetContactsOfUsersResponse { contacts }))
    }
);

scripted!(MessageService:
    send_message(SendMessageRequest) -> SendMessageResponse,
    recall_message(RecallMessageRequest) -> RecallMessageResponse,
    send_messages(SendMessagesRequest) -> SendMessagesResponse,
    send_signals(SendSignalsRequest) -> SendSignalsResponse;
    in types: sync(SyncRequest) -> SyncResponse,
);

scripted!(ConversationService:
    create_conversation(CreateConversationRequest) -> CreateConversationResponse,
    get_conversation(GetConversationRequest) -> GetConversationResponse,
    get_conversations(GetConversationsRequest) -> GetConversationsResponse,
    get_conversations_optimized(GetConversationsOptimizedRequest) -> GetConversationsOptimizedResponse,
    update_conversation(UpdateConversationRequest) -> UpdateConversationResponse,
    delete_conversation(DeleteConversationRequest) -> DeleteConversationResponse,
    add_members(AddMembersRequest) -> AddMembersResponse,
    remove_members(RemoveMembersRequest) -> RemoveMembersResponse,
    update_member_role(UpdateMemberRoleRequest) -> UpdateMemberRoleResponse,
    mute_member(MuteMemberRequest) -> MuteMemberResponse,
    get_members(GetMembersRequest) -> GetMembersResponse,
    leave_conversation(LeaveConversationRequest) -> LeaveConversationResponse,
    get_messages(GetMessagesRequest) -> GetMessagesResponse,
    mark_as_read(MarkAsReadRequest) -> MarkAsReadResponse,
    get_unread_count(GetUnreadCountRequest) -> GetUnreadCountResponse,
    join_world_chat(JoinWorldChatRequest) -> JoinWorldChatResponse,
    search_conversations(SearchConversationsRequest) -> SearchConversationsResponse,
);
