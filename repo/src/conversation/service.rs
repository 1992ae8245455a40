//! `im.repo.v1.ConversationService`.

use kit::grpc::reply;
use protos::pb::repo as pb;
use protos::pb::repo::conversation_service_server::ConversationService;
use tonic::{Request, Response, Status};

use super::Conversations;

#[tonic::async_trait]
impl ConversationService for Conversations {
    async fn create_conversation(
        &self,
        request: Request<pb::CreateConversationRequest>,
    ) -> Result<Response<pb::CreateConversationResponse>, Status> {
        reply(self.create(request.into_inner()).await)
    }

    async fn get_user_conversations(
        &self,
        request: Request<pb::GetUserConversationsRequest>,
    ) -> Result<Response<pb::GetUserConversationsResponse>, Status> {
        reply(self.ids_of_user(request.into_inner()).await)
    }

    async fn get_user_conversations_with_details(
        &self,
        request: Request<pb::GetUserConversationsWithDetailsRequest>,
    ) -> Result<Response<pb::GetUserConversationsWithDetailsResponse>, Status> {
        reply(self.details_of_user(request.into_inner()).await)
    }

    async fn batch_get_conversations(
        &self,
        request: Request<pb::BatchGetConversationsRequest>,
    ) -> Result<Response<pb::BatchGetConversationsResponse>, Status> {
        reply(self.get_many(request.into_inner()).await)
    }

    async fn update_read_pointer(
        &self,
        request: Request<pb::UpdateReadPointerRequest>,
    ) -> Result<Response<pb::UpdateReadPointerResponse>, Status> {
        reply(self.move_pointer(request.into_inner()).await)
    }

    async fn get_read_pointer(
        &self,
        request: Request<pb::GetReadPointerRequest>,
    ) -> Result<Response<pb::GetReadPointerResponse>, Status> {
        reply(self.pointer(request.into_inner()).await)
    }

    async fn get_unread_count(
        &self,
        request: Request<pb::GetUnreadCountRequest>,
    ) -> Result<Response<pb::GetUnreadCountResponse>, Status> {
        reply(self.unread(request.into_inner()).await)
    }

    async fn batch_get_unread_counts(
        &self,
        request: Request<pb::BatchGetUnreadCountsRequest>,
    ) -> Result<Response<pb::BatchGetUnreadCountsResponse>, Status> {
        reply(self.unread_of_user(request.into_inner()).await)
    }

    async fn add_conversation_member(
        &self,
        request: Request<pb::AddConversationMemberRequest>,
    ) -> Result<Response<pb::AddConversationMemberResponse>, Status> {
        reply(self.add_members(request.into_inner()).await)
    }

    async fn remove_conversation_member(
        &self,
        request: Request<pb::RemoveConversationMemberRequest>,
    ) -> Result<Response<pb::RemoveConversationMemberResponse>, Status> {
        reply(self.remove_member(request.into_inner()).await)
    }

    async fn update_member_role(
        &self,
        request: Request<pb::UpdateMemberRoleRequest>,
    ) -> Result<Response<pb::UpdateMemberRoleResponse>, Status> {
        reply(self.set_role(request.into_inner()).await)
    }

    async fn get_conversation_members(
        &self,
        request: Request<pb::GetConversationMembersRequest>,
    ) -> Result<Response<pb::GetConversationMembersResponse>, Status> {
        reply(self.members(request.into_inner()).await)
    }

    async fn get_conversation_for_user(
        &self,
        request: Request<pb::GetConversationForUserRequest>,
    ) -> Result<Response<pb::GetConversationForUserResponse>, Status> {
        reply(self.for_user(request.into_inner()).await)
    }

    async fn get_member_ids(
        &self,
        request: Request<pb::GetMemberIdsRequest>,
    ) -> Result<Response<pb::GetMemberIdsResponse>, Status> {
        reply(self.member_ids(request.into_inner()).await)
    }

    async fn change_members(
        &self,
        request: Request<pb::ChangeMembersRequest>,
    ) -> Result<Response<pb::ChangeMembersResponse>, Status> {
        reply(self.change(request.into_inner()).await)
    }

    async fn join_world(
        &self,
        request: Request<pb::JoinWorldRequest>,
    ) -> Result<Response<pb::JoinWorldResponse>, Status> {
        reply(self.join_world(request.into_inner()).await)
    }

    async fn update_conversation(
        &self,
        request: Request<pb::UpdateConversationRequest>,
    ) -> Result<Response<pb::UpdateConversationResponse>, Status> {
        reply(self.update(request.into_inner()).await)
    }

    async fn delete_conversation(
        &self,
        request: Request<pb::DeleteConversationRequest>,
    ) -> Result<Response<pb::DeleteConversationResponse>, Status> {
        reply(self.delete(request.into_inner()).await)
    }

    async fn change_member(
        &self,
        request: Request<pb::ChangeMemberRequest>,
    ) -> Result<Response<pb::ChangeMemberResponse>, Status> {
        reply(self.change_member(request.into_inner()).await)
    }

    async fn leave_conversation(
        &self,
        request: Request<pb::LeaveConversationRequest>,
    ) -> Result<Response<pb::LeaveConversationResponse>, Status> {
        reply(self.leave(request.into_inner()).await)
    }

    async fn search_user_conversations(
        &self,
        request: Request<pb::SearchUserConversationsRequest>,
    ) -> Result<Response<pb::SearchUserConversationsResponse>, Status> {
        reply(self.search(request.into_inner()).await)
    }
}
