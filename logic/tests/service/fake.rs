//! Fakes of repo and of gateways: real gRPC servers in this process whose methods answer what a test told them to.

use std::any::{Any, type_name};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use kit::grpc::{Health, Server};
use kit::{Secret, Shutdown};
use protos::pb::gateway::router_service_server::{RouterService, RouterServiceServer};
use protos::pb::repo::conversation_service_server::{ConversationService, ConversationServiceServer};
use protos::pb::repo::friend_service_server::{FriendService, FriendServiceServer};
use protos::pb::repo::message_service_server::{MessageService, MessageServiceServer};
use protos::pb::repo::online_status_service_server::{OnlineStatusService, OnlineStatusServiceServer};
use protos::pb::repo::sign_in_service_server::{SignInService, SignInServiceServer};
use protos::pb::repo::user_service_server::{UserService, UserServiceServer};
use protos::pb::{gateway, repo, types};
use tonic::{Request, Response, Status};
use url::Url;

type Answer = Pin<Box<dyn Future<Output = Result<Box<dyn Any + Send>, Status>> + Send>>;
type Script = Arc<dyn Fn(Box<dyn Any + Send>) -> Answer + Send + Sync>;

/// A process that can stand for repo and for a gateway. What is not scripted is UNIMPLEMENTED.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    scripts: Arc<Mutex<HashMap<&'static str, Script>>>,
    calls: Arc<Mutex<Vec<&'static str>>>,
}

/// A fake that serves until it is dropped.
pub(crate) struct Running {
    pub(crate) url: Url,
    pub(crate) health: Health,
    stop: Shutdown,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Fake {
    /// From now on the method that takes a `Q` answers this.
    pub(crate) fn on<Q, A, F>(&self, answer: impl Fn(Q) -> F + Send + Sync + 'static) -> &Self
    where
        Q: Send + 'static,
        A: Send + 'static,
        F: Future<Output = protos::Result<A>> + Send + 'static,
    {
        let script = move |request: Box<dyn Any + Send>| -> Answer {
            let answer = answer(*request.downcast::<Q>().expect("scripts are kept by type"));
            Box::pin(async move { Ok(Box::new(answer.await?) as Box<dyn Any + Send>) })
        };
        self.scripts.lock().unwrap().insert(type_name::<Q>(), Arc::new(script));
        self
    }

    /// How many calls took a `Q`.
    pub(crate) fn calls<Q>(&self) -> usize {
        self.calls.lock().unwrap().iter().filter(|name| **name == type_name::<Q>()).count()
    }

    async fn answer<Q: Send + 'static, A: Send + 'static>(
        &self,
        request: Request<Q>,
    ) -> Result<Response<A>, Status> {
        let name = type_name::<Q>();
        self.calls.lock().unwrap().push(name);
        let script = self.scripts.lock().unwrap().get(name).cloned();
        let script = script.ok_or_else(|| Status::unimplemented(name))?;
        let answer = script(Box::new(request.into_inner())).await?;
        Ok(Response::new(*answer.downcast::<A>().expect("a script answers with its method's type")))
    }

    /// Serves on a free port.
    pub(crate) async fn serve(&self, token: &Secret) -> Running {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), token.clone()).await.unwrap();
        let url = format!("http://{}", server.address().unwrap()).parse().unwrap();
        let (health, stop) = (server.health(), Shutdown::new());
        health.set_ready(true).await;
        let fake = self.clone();
        let serving = server.serve(stop.clone(), |routes| {
            routes
                .add_service(UserServiceServer::new(fake.clone()))
                .add_service(SignInServiceServer::new(fake.clone()))
                .add_service(ConversationServiceServer::new(fake.clone()))
                .add_service(FriendServiceServer::new(fake.clone()))
                .add_service(MessageServiceServer::new(fake.clone()))
                .add_service(OnlineStatusServiceServer::new(fake.clone()))
                .add_service(RouterServiceServer::new(fake))
        });
        actix_rt::spawn(async move { serving.await.unwrap() });
        Running { url, health, stop }
    }
}

macro_rules! answers_by_script {
    (
        $service:ident in $package:ident: $( $method:ident $request:ident $response:ident ),* $(,)?
        $(; in $other:ident: $( $foreign:ident $foreign_request:ident $foreign_response:ident ),* $(,)? )?
        $(| $more:item)*
    ) => {
        #[tonic::async_trait]
        impl $service for Fake {
            $($more)*

            $(
                async fn $method(
                    &self,
                    request: Request<$package::$request>,
                ) -> Result<Response<$package::$response>, Status> {
                    self.answer(request).await
                }
            )*
            $($(
                async fn $foreign(
                    &self,
                    request: Request<$other::$foreign_request>,
                ) -> Result<Response<$other::$foreign_response>, Status> {
                    self.answer(request).await
                }
            )*)?
        }
    };
}

answers_by_script!(UserService in repo:
    create_user CreateUserRequest UserResponse,
    get_user GetUserRequest UserResponse,
    get_users GetUsersRequest GetUsersResponse,
    update_user UpdateUserRequest UserResponse,
    verify_password VerifyPasswordRequest VerifyPasswordResponse,
    get_user_by_username GetUserByUsernameRequest UserResponse,
    search_users SearchUsersRequest SearchUsersResponse,
);

answers_by_script!(SignInService in repo:
    create_sign_in CreateSignInRequest SignInResponse,
    get_sign_in GetSignInRequest SignInResponse,
    find_sign_ins FindSignInsRequest FindSignInsResponse,
    rotate_refresh_token RotateRefreshTokenRequest RotateRefreshTokenResponse,
    end_sign_in EndSignInRequest EndSignInResponse,
    list_sign_ins ListSignInsRequest ListSignInsResponse,
    change_password ChangePasswordRequest ChangePasswordResponse,
);

answers_by_script!(FriendService in repo:
    get_friends GetFriendsRequest GetFriendsResponse,
    get_friend_requests GetFriendRequestsRequest GetFriendRequestsResponse,
    create_friend_request CreateFriendRequestRequest CreateFriendRequestResponse,
    answer_friend_request AnswerFriendRequestRequest AnswerFriendRequestResponse,
    remove_friend RemoveFriendRequest RemoveFriendResponse,
    block_user BlockUserRequest BlockUserResponse,
    unblock_user UnblockUserRequest UnblockUserResponse,
    get_blocked GetBlockedRequest GetBlockedResponse,
    filter_contacts FilterContactsRequest FilterContactsResponse,
    get_contacts GetContactsRequest GetContactsResponse,
    get_contacts_of_users GetContactsOfUsersRequest GetContactsOfUsersResponse,
);

answers_by_script!(ConversationService in repo:
    create_conversation CreateConversationRequest CreateConversationResponse,
    get_user_conversations GetUserConversationsRequest GetUserConversationsResponse,
    get_user_conversations_with_details GetUserConversationsWithDetailsRequest GetUserConversationsWithDetailsResponse,
    batch_get_conversations BatchGetConversationsRequest BatchGetConversationsResponse,
    update_read_pointer UpdateReadPointerRequest UpdateReadPointerResponse,
    get_read_pointer GetReadPointerRequest GetReadPointerResponse,
    get_unread_count GetUnreadCountRequest GetUnreadCountResponse,
    batch_get_unread_counts BatchGetUnreadCountsRequest BatchGetUnreadCountsResponse,
    add_conversation_member AddConversationMemberRequest AddConversationMemberResponse,
    remove_conversation_member RemoveConversationMemberRequest RemoveConversationMemberResponse,
    update_member_role UpdateMemberRoleRequest UpdateMemberRoleResponse,
    get_conversation_members GetConversationMembersRequest GetConversationMembersResponse,
    get_conversation_for_user GetConversationForUserRequest GetConversationForUserResponse,
    get_member_ids GetMemberIdsRequest GetMemberIdsResponse,
    change_members ChangeMembersRequest ChangeMembersResponse,
    join_world JoinWorldRequest JoinWorldResponse,
    update_conversation UpdateConversationRequest UpdateConversationResponse,
    delete_conversation DeleteConversationRequest DeleteConversationResponse,
    change_member ChangeMemberRequest ChangeMemberResponse,
    leave_conversation LeaveConversationRequest LeaveConversationResponse,
    search_user_conversations SearchUserConversationsRequest SearchUserConversationsResponse,
);

answers_by_script!(MessageService in repo:
    save_message SaveMessageRequest SaveMessageResponse,
    get_message GetMessageRequest GetMessageResponse,
    get_conversation_messages GetConversationMessagesRequest GetConversationMessagesResponse,
    check_message_idempotency CheckMessageIdempotencyRequest CheckMessageIdempotencyResponse,
    get_latest_messages GetLatestMessagesRequest GetLatestMessagesResponse,
    delete_message DeleteMessageRequest DeleteMessageResponse,
    save_messages SaveMessagesRequest SaveMessagesResponse;
    in types: sync SyncRequest SyncResponse,
);

answers_by_script!(OnlineStatusService in repo:
    set_user_online SetUserOnlineRequest SetUserOnlineResponse,
    set_user_offline SetUserOfflineRequest SetUserOfflineResponse,
    get_user_online_status GetUserOnlineStatusRequest GetUserOnlineStatusResponse,
    get_users_online_status GetUsersOnlineStatusRequest GetUsersOnlineStatusResponse,
    update_heartbeat UpdateHeartbeatRequest UpdateHeartbeatResponse,
    cleanup_expired_status CleanupExpiredStatusRequest CleanupExpiredStatusResponse,
    renew_lease RenewLeaseRequest RenewLeaseResponse,
    release_lease ReleaseLeaseRequest ReleaseLeaseResponse,
    announce_users AnnounceUsersRequest AnnounceUsersResponse,
    list_gateways ListGatewaysRequest ListGatewaysResponse,
    locate_users LocateUsersRequest LocateUsersResponse,
);

answers_by_script!(RouterService in gateway:
    broadcast_here BroadcastRequest BroadcastResponse,
    disconnect_here DisconnectUsersRequest DisconnectUsersResponse,
    sessions_here GetSessionsRequest GetSessionsResponse,
    get_stats GetStatsRequest GatewayStats,
    keep_link KeepLinkRequest KeepLinkResponse,
    deliver DeliverRequest DeliverResponse,
    forward ForwardRequest ForwardResponse,
    end_sign_in EndSignInRequest EndSignInResponse,
    set_world SetWorldRequest SetWorldResponse,
    | type WatchLocalStream = futures::stream::Empty<Result<gateway::LocalPresence, Status>>;
    | async fn watch_local(
        &self,
        _: Request<gateway::WatchLocalRequest>,
    ) -> Result<Response<Self::WatchLocalStream>, Status> {
        Err(Status::unimplemented("logic does not ask for this"))
    }
);

/// What a call delivers, each with its receivers: they are named once where they follow one another.
pub(crate) fn with_users(request: gateway::DeliverRequest) -> impl Iterator<Item = gateway::Delivery> {
    let mut before = Vec::new();
    request.deliveries.into_iter().map(move |mut delivery| {
        if delivery.same_users {
            assert!(delivery.user_ids.is_empty());
            delivery.user_ids.clone_from(&before);
        }
        before.clone_from(&delivery.user_ids);
        delivery
    })
}
