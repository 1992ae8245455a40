//! Who may do what: every action by everybody.

use super::*;

use ConversationType::{Group, Single, World};
use Reason::{ConversationNotFound, Forbidden, GuestNotAllowed, InsufficientPermission, InvalidParameter};

const OWNER: Option<Role> = Some(Role::Owner);
const ADMIN: Option<Role> = Some(Role::Admin);
const MEMBER: Option<Role> = Some(Role::Member);
const STRANGER: Option<Role> = None;

/// Who calls: their role in the conversation, and whether they are a guest.
type Caller = (&'static str, Option<Role>, bool);
type Rule<'a> = &'a dyn Fn(Option<Role>, bool) -> Result<()>;

const CALLERS: [Caller; 6] = [
    ("the owner", OWNER, false),
    ("an admin", ADMIN, false),
    ("a member", MEMBER, false),
    ("an ex-member", STRANGER, false),
    ("a stranger", STRANGER, false),
    ("a guest who is a member", MEMBER, true),
];

fn check(kind: ConversationType, table: &[(&str, Rule<'_>, [Option<Reason>; 6])]) {
    for (action, rule, verdicts) in table {
        for ((who, role, is_guest), verdict) in CALLERS.into_iter().zip(verdicts) {
            let outcome = rule(role, is_guest).map_err(|error| error.reason());
            assert_eq!(outcome.err(), *verdict, "{action} by {who} of a {kind:?}");
        }
    }
}

/// `None` is yes.
const YES: Option<Reason> = None;
const LOW: Option<Reason> = Some(InsufficientPermission);
const NOT_HERE: Option<Reason> = Some(Forbidden);
const GONE: Option<Reason> = Some(ConversationNotFound);
const WRONG: Option<Reason> = Some(InvalidParameter);
const STAY: Option<Reason> = Some(Reason::CannotLeaveConversation);
const GUEST: Option<Reason> = Some(GuestNotAllowed);

#[test]
fn everybody_in_a_group() {
    let add = |wish| move |role, _| add_members(Group, role, wish).map(drop);
    check(
        Group,
        &[
            ("create", &|_, is_guest| may_create(Group, is_guest), [YES, YES, YES, YES, YES, GUEST]),
            ("search users", &|_, is_guest| may_search_users(is_guest), [YES, YES, YES, YES, YES, GUEST]),
            ("add", &add(None), [YES, YES, LOW, GONE, GONE, LOW]),
            ("add as member", &add(MEMBER), [YES, YES, LOW, GONE, GONE, LOW]),
            ("add as admin", &add(ADMIN), [YES, LOW, LOW, GONE, GONE, LOW]),
            ("add as owner", &add(OWNER), [WRONG, WRONG, LOW, GONE, GONE, LOW]),
            ("remove", &|role, _| remove_members(Group, role).map(drop), [YES, YES, LOW, GONE, GONE, LOW]),
            ("edit", &|role, _| edit(Group, role).map(drop), [YES, YES, LOW, GONE, GONE, LOW]),
            ("delete", &|role, _| delete(Group, role).map(drop), [YES, LOW, LOW, GONE, GONE, LOW]),
            (
                "change a role",
                &|role, _| change_role(Group, role).map(drop),
                [YES, LOW, LOW, GONE, GONE, LOW],
            ),
            ("mute", &|role, _| mute(Group, role).map(drop), [YES, YES, LOW, GONE, GONE, LOW]),
            ("leave", &|role, _| leave(Group, role), [STAY, YES, YES, GONE, GONE, YES]),
        ],
    );
}

/// Their members all have the lowest role; a higher one would give no more.
#[test]
fn everybody_in_a_single_and_in_world() {
    const NOBODY: [Option<Reason>; 6] = [NOT_HERE, NOT_HERE, NOT_HERE, GONE, GONE, NOT_HERE];
    for kind in [Single, World] {
        let (delete_by, leave_by) = match kind {
            Single => ([YES, YES, YES, GONE, GONE, YES], [STAY, STAY, STAY, GONE, GONE, STAY]),
            _ => (NOBODY, [YES, YES, YES, GONE, GONE, YES]),
        };
        check(
            kind,
            &[
                ("add", &|role, _| add_members(kind, role, None).map(drop), NOBODY),
                ("remove", &|role, _| remove_members(kind, role).map(drop), NOBODY),
                ("edit", &|role, _| edit(kind, role).map(drop), NOBODY),
                ("change a role", &|role, _| change_role(kind, role).map(drop), NOBODY),
                ("mute", &|role, _| mute(kind, role).map(drop), NOBODY),
                ("delete", &|role, _| delete(kind, role).map(drop), delete_by),
                ("leave", &|role, _| leave(kind, role), leave_by),
            ],
        );
    }
}

/// What a right reaches to, and what it rests on: the role that the operator must still have when it is done.
#[test]
fn rights_rest_on_roles() {
    let granted = |outcome: Result<Role>| outcome.unwrap();
    assert_eq!(granted(add_members(Group, ADMIN, None)), Role::Member);
    assert_eq!(granted(add_members(Group, OWNER, ADMIN)), Role::Admin);
    assert_eq!(granted(remove_members(Group, OWNER)), Role::Admin);
    assert_eq!(granted(remove_members(Group, ADMIN)), Role::Member);
    assert_eq!(
        [Role::Member, Role::Admin, Role::Owner].map(role_over),
        [Role::Admin, Role::Owner, Role::Owner]
    );
    for role in [OWNER, ADMIN] {
        assert_eq!(granted(edit(Group, role)), Role::Admin);
        assert_eq!(granted(mute(Group, role)), Role::Admin);
    }
    assert_eq!(granted(delete(Group, OWNER)), Role::Owner);
    assert_eq!(granted(delete(Single, MEMBER)), Role::Member);
    assert_eq!(granted(change_role(Group, OWNER)), Role::Owner);
}

#[test]
fn guests_and_others() {
    let reason = |outcome: Result<()>| outcome.map_err(|error| error.reason());
    assert_eq!(reason(may_create(Group, true)), Err(GuestNotAllowed));
    assert_eq!(reason(may_create(Group, false)), Ok(()));
    assert_eq!(reason(may_create(Single, true)), Ok(()));
    assert_eq!(reason(may_create(Single, false)), Ok(()));
    assert_eq!(reason(may_create(World, false)), Err(InvalidParameter));
    assert_eq!(reason(may_create(World, true)), Err(InvalidParameter));
    assert_eq!(reason(may_search_users(true)), Err(GuestNotAllowed));
    assert_eq!(reason(may_search_users(false)), Ok(()));
}

#[test]
fn sizes_and_names_of_new_conversations() {
    let reason = |outcome: Result<()>| outcome.map_err(|error| error.reason());
    assert_eq!(reason(is_well_formed(Single, "", 1)), Ok(()));
    assert_eq!(reason(is_well_formed(Single, "", 0)), Err(InvalidParameter));
    assert_eq!(reason(is_well_formed(Single, "", 2)), Err(InvalidParameter));
    assert_eq!(reason(is_well_formed(Group, "g", 0)), Ok(()));
    assert_eq!(reason(is_well_formed(Group, " \n", 1)), Err(InvalidParameter));
    assert_eq!(reason(is_well_formed(Group, "g", GROUP_MAX_MEMBERS - 1)), Ok(()));
    assert_eq!(
        reason(is_well_formed(Group, "g", GROUP_MAX_MEMBERS)),
        Err(Reason::ConversationFull),
        "the creator is a member too"
    );
}
