//! Which members are to get a signal; nobody, when its user is none of them.

use std::sync::Arc;

use protos::ids::UserId;
use protos::model::limits::READ_POINTERS_MAX_MEMBERS;

/// The others.
pub(super) fn of_typing(user: &UserId, members: &[UserId]) -> Arc<[UserId]> {
    if !members.contains(user) {
        return Arc::default();
    }
    members.iter().filter(|member| *member != user).cloned().collect()
}

/// All, in SINGLEs and small groups; in a larger one the reader alone, who may have other sessions.
pub(super) fn of_receipt(user: &UserId, members: &[UserId]) -> Arc<[UserId]> {
    let are_few = i32::try_from(members.len()).is_ok_and(|count| count <= READ_POINTERS_MAX_MEMBERS);
    match (members.contains(user), are_few) {
        (false, _) => Arc::default(),
        (true, true) => members.into(),
        (true, false) => Arc::from([user.clone()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: usize) -> Vec<UserId> {
        (0..count).map(|number| UserId::from(format!("u{number}"))).collect()
    }

    #[test]
    fn typing_is_told_to_the_others_and_by_members_only() {
        assert_eq!(*of_typing(&"u1".into(), &members(3)), ["u0".into(), "u2".into()]);
        assert!(of_typing(&"stranger".into(), &members(3)).is_empty());
    }

    #[test]
    fn receipts_are_told_to_all_of_at_most_a_hundred() {
        assert_eq!(*of_receipt(&"u1".into(), &members(100)), members(100));
        assert_eq!(*of_receipt(&"u1".into(), &members(101)), ["u1".into()]);
        assert!(of_receipt(&"stranger".into(), &members(2)).is_empty());
    }
}
