//! `im.logic.v1.ConversationService`.

use kit::grpc::reply;
use protos::convert::conversation_with;
use protos::ids::UserId;
use protos::pb::logic as pb;
use protos::pb::logic::conversation_service_server::ConversationService;
use tonic::{Request, Response, Status};

use super::{Conversations, convert, requests};

/// The service's front.
pub(crate) struct ConversationRpc(pub(crate) Conversations);

#[tonic::async_trait]
impl ConversationService for ConversationRpc {
    async fn create_conversation(
        &self,
        request: Request<pb::CreateConversationRequest>,
    ) -> Result<Response<pb::CreateConversationResponse>, Status> {
        let new = convert::creation(request.into_inner())?;
        let created = self.0.create(new).await;
        reply(
            created.map(|details| pb::CreateConversationResponse {
                conversation: Some(conversation_with(details)),
            }),
        )
    }

    async fn get_conversation(
        &self,
        request: Request<pb::GetConversationRequest>,
    ) -> Result<Response<pb::GetConversationResponse>, Status> {
        let request = request.into_inner();
        let (user_id, conversation_id) = convert::asked(request.user_id, request.conversation_id)?;
        let found = self.0.get(&user_id, &conversation_id, request.include_members).await;
        reply(found.map(convert::get_response))
    }

    async fn get_conversations(
        &self,
        request: Request<pb::GetConversationsRequest>,
    ) -> Result<Response<pb::GetConversationsResponse>, Status> {
        let (user_id, page, numbered) = convert::list(request.into_inner())?;
        let list = self.0.list(&user_id, &page).await;
        reply(list.map(|list| convert::list_response(list, numbered)))
    }

    async fn get_conversations_optimized(
        &self,
        request: Request<pb::GetConversationsOptimizedRequest>,
    ) -> Result<Response<pb::GetConversationsOptimizedResponse>, Status> {
        let request = request.into_inner();
        let with_unread = request.include_unread_count;
        let (user_id, page, numbered) = convert::optimized_list(request)?;
        let list = self.0.list(&user_id, &page).await;
        reply(list.map(|list| convert::optimized_list_response(list, numbered, with_unread)))
    }

    async fn update_conversation(
        &self,
        request: Request<pb::UpdateConversationRequest>,
    ) -> Result<Response<pb::UpdateConversationResponse>, Status> {
        let (user_id, conversation_id, edit) = requests::edit(request.into_inner())?;
        let edited = self.0.edit(user_id, conversation_id, edit).await;
        reply(
            edited.map(|details| pb::UpdateConversationResponse {
                conversation: Some(conversation_with(details)),
            }),
        )
    }

    async fn delete_conversation(
        &self,
        request: Request<pb::DeleteConversationRequest>,
    ) -> Result<Response<pb::DeleteConversationResponse>, Status> {
        let (user_id, conversation_id) = requests::deletion(request.into_inner())?;
        let deleted = self.0.delete(user_id, conversation_id).await;
        reply(deleted.map(|()| pb::DeleteConversationResponse { success: true }))
    }

    async fn add_members(
        &self,
        request: Request<pb::AddMembersRequest>,
    ) -> Result<Response<pb::AddMembersResponse>, Status> {
        let (operator_id, conversation_id, user_ids, role) = convert::addition(request.into_inner())?;
        let changed = self.0.add_members(operator_id, conversation_id, user_ids, role).await;
        reply(changed.map(convert::addition_response))
    }

    async fn remove_members(
        &self,
        request: Request<pb::RemoveMembersRequest>,
    ) -> Result<Response<pb::RemoveMembersResponse>, Status> {
        let (operator_id, conversation_id, user_ids) = convert::removal(request.into_inner())?;
        let changed = self.0.remove_members(operator_id, conversation_id, user_ids).await;
        reply(changed.map(convert::removal_response))
    }

    async fn update_member_role(
        &self,
        request: Request<pb::UpdateMemberRoleRequest>,
    ) -> Result<Response<pb::UpdateMemberRoleResponse>, Status> {
        let (operator_id, conversation_id, user_id, wish) = requests::role(request.into_inner())?;
        let changed = self.0.change_member(operator_id, conversation_id, user_id, wish).await;
        reply(changed.map(|()| pb::UpdateMemberRoleResponse { success: true }))
    }

    async fn mute_member(
        &self,
        request: Request<pb::MuteMemberRequest>,
    ) -> Result<Response<pb::MuteMemberResponse>, Status> {
        let (operator_id, conversation_id, user_id, wish) = requests::mute(request.into_inner())?;
        let changed = self.0.change_member(operator_id, conversation_id, user_id, wish).await;
        reply(changed.map(|()| pb::MuteMemberResponse { success: true }))
    }

    async fn get_members(
        &self,
        request: Request<pb::GetMembersRequest>,
    ) -> Result<Response<pb::GetMembersResponse>, Status> {
        let (user_id, conversation_id, page, numbered) = convert::member_list(request.into_inner())?;
        let list = self.0.members(&user_id, &conversation_id, &page).await;
        reply(list.map(|list| convert::member_list_response(list, numbered)))
    }

    async fn leave_conversation(
        &self,
        request: Request<pb::LeaveConversationRequest>,
    ) -> Result<Response<pb::LeaveConversationResponse>, Status> {
        let request = request.into_inner();
        let (user_id, conversation_id) = convert::asked(request.user_id, request.conversation_id)?;
        let left = self.0.leave(user_id, conversation_id).await;
        reply(left.map(|()| pb::LeaveConversationResponse { success: true }))
    }

    async fn get_messages(
        &self,
        request: Request<pb::GetMessagesRequest>,
    ) -> Result<Response<pb::GetMessagesResponse>, Status> {
        let (user_id, history) = convert::history(request.into_inner())?;
        reply(self.0.messages(&user_id, &history).await.map(convert::history_response))
    }

    async fn mark_as_read(
        &self,
        request: Request<pb::MarkAsReadRequest>,
    ) -> Result<Response<pb::MarkAsReadResponse>, Status> {
        let (user_id, conversation_id, seq, origin) = convert::read(request.into_inner())?;
        let unread_count = self.0.mark_as_read(user_id, conversation_id, seq, origin).await;
        reply(unread_count.map(|unread_count| pb::MarkAsReadResponse { success: true, unread_count }))
    }

    async fn get_unread_count(
        &self,
        request: Request<pb::GetUnreadCountRequest>,
    ) -> Result<Response<pb::GetUnreadCountResponse>, Status> {
        let (user_id, conversation_id) = convert::unread(request.into_inner())?;
        reply(self.0.unread(&user_id, conversation_id).await.map(convert::unread_response))
    }

    async fn join_world_chat(
        &self,
        request: Request<pb::JoinWorldChatRequest>,
    ) -> Result<Response<pb::JoinWorldChatResponse>, Status> {
        let user_id = UserId::parse("user_id", request.into_inner().user_id)?;
        let world = self.0.join_world(&user_id).await;
        reply(world.map(|details| pb::JoinWorldChatResponse {
            success: true,
            conversation: Some(conversation_with(details)),
        }))
    }

    async fn search_conversations(
        &self,
        request: Request<pb::SearchConversationsRequest>,
    ) -> Result<Response<pb::SearchConversationsResponse>, Status> {
        let (user_id, search) = requests::search(request.into_inner())?;
        reply(self.0.search(&user_id, search).await.map(requests::found))
    }
}
