//! What `im.repo.v1.ConversationService` answers, call by call.

use kit::SharedClock;
use protos::Result;
use protos::pb::{repo as pb, types};

use super::read_pointer::{self, Pointer, ReadPointers};
use super::{
    change, conversation_ids, convert, create, delete, details, edit, leave, list, members, role, search,
    world,
};
use crate::store::Store;
use crate::user::user_ids;

/// Answers for conversations.
#[derive(Clone)]
pub(crate) struct Conversations {
    store: Store,
    read_pointers: ReadPointers,
    clock: SharedClock,
}

impl Conversations {
    pub(crate) fn new(store: Store, read_pointers: ReadPointers, clock: SharedClock) -> Self {
        Self { store, read_pointers, clock }
    }

    pub(super) async fn create(
        &self,
        request: pb::CreateConversationRequest,
    ) -> Result<pb::CreateConversationResponse> {
        let (new, now) = (convert::new_conversation(request)?, self.clock.now());
        self.store.write(move |connection| create::create(connection, &new, now)).await.map(convert::created)
    }

    pub(super) async fn ids_of_user(
        &self,
        request: pb::GetUserConversationsRequest,
    ) -> Result<pb::GetUserConversationsResponse> {
        let page = convert::ids_page(request)?;
        self.store.read(move |connection| list::ids_of_user(connection, &page)).await.map(convert::ids)
    }

    pub(super) async fn details_of_user(
        &self,
        request: pb::GetUserConversationsWithDetailsRequest,
    ) -> Result<pb::GetUserConversationsWithDetailsResponse> {
        let (page, include) = convert::details_page(request)?;
        let listed = self.store.read(move |connection| details::of_user(connection, &page, include)).await?;
        Ok(convert::details(listed))
    }

    pub(super) async fn get_many(
        &self,
        request: pb::BatchGetConversationsRequest,
    ) -> Result<pb::BatchGetConversationsResponse> {
        let ids = conversation_ids(request.conversation_ids)?;
        let found = self.store.read(move |connection| list::conversations(connection, &ids)).await?;
        Ok(pb::BatchGetConversationsResponse { conversations: found.into_iter().map(Into::into).collect() })
    }

    pub(super) async fn move_pointer(
        &self,
        request: pb::UpdateReadPointerRequest,
    ) -> Result<pb::UpdateReadPointerResponse> {
        self.read_pointers.move_to(convert::pointer_move(request)?).await.map(convert::moved)
    }

    pub(super) async fn pointer(
        &self,
        request: pb::GetReadPointerRequest,
    ) -> Result<pb::GetReadPointerResponse> {
        let pointer = self.pointer_of(request.user_id, request.conversation_id).await?;
        Ok(pb::GetReadPointerResponse { seq_id: pointer.read.0 })
    }

    pub(super) async fn unread(
        &self,
        request: pb::GetUnreadCountRequest,
    ) -> Result<pb::GetUnreadCountResponse> {
        let pointer = self.pointer_of(request.user_id, request.conversation_id).await?;
        Ok(pb::GetUnreadCountResponse { unread_count: pointer.unread() })
    }

    pub(super) async fn unread_of_user(
        &self,
        request: pb::BatchGetUnreadCountsRequest,
    ) -> Result<pb::BatchGetUnreadCountsResponse> {
        let user = convert::user_id(request.user_id)?;
        let ids = conversation_ids(request.conversation_ids)?;
        let pointers =
            self.store.read(move |connection| read_pointer::of_user(connection, &user, &ids)).await?;
        Ok(convert::unread_counts(pointers))
    }

    pub(super) async fn add_members(
        &self,
        request: pb::AddConversationMemberRequest,
    ) -> Result<pb::AddConversationMemberResponse> {
        let id = convert::conversation_id(request.conversation_id)?;
        let (users, role) = (user_ids("user_ids", request.user_ids)?, convert::joining_role(request.role)?);
        let now = self.clock.now();
        self.store.write(move |connection| change::add_silently(connection, &id, &users, role, now)).await?;
        Ok(pb::AddConversationMemberResponse { success: true })
    }

    pub(super) async fn remove_member(
        &self,
        request: pb::RemoveConversationMemberRequest,
    ) -> Result<pb::RemoveConversationMemberResponse> {
        let id = convert::conversation_id(request.conversation_id)?;
        let user = convert::user_id(request.user_id)?;
        self.store.write(move |connection| change::remove_silently(connection, &id, &user)).await?;
        Ok(pb::RemoveConversationMemberResponse { success: true })
    }

    pub(super) async fn set_role(
        &self,
        request: pb::UpdateMemberRoleRequest,
    ) -> Result<pb::UpdateMemberRoleResponse> {
        let id = convert::conversation_id(request.conversation_id)?;
        let (user, new) = (convert::user_id(request.user_id)?, convert::new_role(request.new_role)?);
        let now = self.clock.now();
        self.store.write(move |connection| role::set_role(connection, &id, &user, new, now)).await?;
        Ok(pb::UpdateMemberRoleResponse { success: true })
    }

    pub(super) async fn members(
        &self,
        request: pb::GetConversationMembersRequest,
    ) -> Result<pb::GetConversationMembersResponse> {
        let page = convert::member_page(request)?;
        self.store.read(move |connection| members::page(connection, &page)).await.map(convert::members)
    }

    pub(super) async fn for_user(
        &self,
        request: pb::GetConversationForUserRequest,
    ) -> Result<pb::GetConversationForUserResponse> {
        let user = convert::user_id(request.user_id)?;
        let id = convert::conversation_id(request.conversation_id)?;
        let found = self.store.read(move |connection| details::for_user(connection, &user, &id)).await?;
        Ok(pb::GetConversationForUserResponse { details: Some(found.into()) })
    }

    pub(super) async fn member_ids(
        &self,
        request: pb::GetMemberIdsRequest,
    ) -> Result<pb::GetMemberIdsResponse> {
        let id = convert::conversation_id(request.conversation_id)?;
        let found = self.store.read(move |connection| members::ids(connection, &id)).await?;
        Ok(pb::GetMemberIdsResponse {
            user_ids: found.user_ids.into_iter().map(Into::into).collect(),
            member_version: found.version,
            r#type: types::ConversationType::from(found.kind).into(),
        })
    }

    pub(super) async fn change(
        &self,
        request: pb::ChangeMembersRequest,
    ) -> Result<pb::ChangeMembersResponse> {
        let (change, now) = (convert::change(request)?, self.clock.now());
        self.store
            .write(move |connection| change::change(connection, &change, now))
            .await
            .map(convert::changed)
    }

    pub(super) async fn join_world(&self, request: pb::JoinWorldRequest) -> Result<pb::JoinWorldResponse> {
        let (user, now) = (convert::user_id(request.user_id)?, self.clock.now());
        let (world, joined) = self.store.write(move |connection| world::join(connection, &user, now)).await?;
        Ok(pb::JoinWorldResponse { conversation: Some(world.into()), joined })
    }

    pub(super) async fn update(
        &self,
        request: pb::UpdateConversationRequest,
    ) -> Result<pb::UpdateConversationResponse> {
        let (edit, now) = (convert::edit(request)?, self.clock.now());
        self.store.write(move |connection| edit::edit(connection, &edit, now)).await.map(convert::edited)
    }

    pub(super) async fn delete(
        &self,
        request: pb::DeleteConversationRequest,
    ) -> Result<pb::DeleteConversationResponse> {
        let ((id, operator), now) = (convert::deletion(request)?, self.clock.now());
        let former =
            self.store.write(move |connection| delete::delete(connection, &id, &operator, now)).await?;
        let former_member_ids = former.into_iter().map(Into::into).collect();
        Ok(pb::DeleteConversationResponse { former_member_ids })
    }

    pub(super) async fn change_member(
        &self,
        request: pb::ChangeMemberRequest,
    ) -> Result<pb::ChangeMemberResponse> {
        let (wish, now) = (convert::member_wish(request)?, self.clock.now());
        let changed = self.store.write(move |connection| role::change_member(connection, &wish, now)).await;
        changed.map(convert::member_changed)
    }

    pub(super) async fn leave(
        &self,
        request: pb::LeaveConversationRequest,
    ) -> Result<pb::LeaveConversationResponse> {
        let id = convert::conversation_id(request.conversation_id)?;
        let (user, now) = (convert::user_id(request.user_id)?, self.clock.now());
        self.store.write(move |connection| leave::leave(connection, &id, &user, now)).await.map(convert::left)
    }

    pub(super) async fn search(
        &self,
        request: pb::SearchUserConversationsRequest,
    ) -> Result<pb::SearchUserConversationsResponse> {
        let search = convert::search(request)?;
        let found = self.store.read(move |connection| search::search(connection, &search)).await?;
        let conversations = found.into_iter().map(Into::into).collect();
        Ok(pb::SearchUserConversationsResponse { conversations })
    }

    async fn pointer_of(&self, user: String, conversation: String) -> Result<Pointer> {
        let (user, id) = (convert::user_id(user)?, convert::conversation_id(conversation)?);
        self.store.read(move |connection| read_pointer::get(connection, &user, &id)).await
    }
}
