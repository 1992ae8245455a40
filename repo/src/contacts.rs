//! Whom a user shares a SINGLE with, as friends always do: those who are told when the user comes and goes.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::UserId;
use protos::model::ConversationType;
use protos::model::limits::{CONTACTS_AT_ONCE, CONTACTS_MAX};

use crate::store::{DbConnection, Dialect, StoreResult, list, sql};

#[derive(QueryableByName)]
struct ContactRow {
    #[diesel(sql_type = Text)]
    of_user: String,
    #[diesel(sql_type = Text)]
    user_id: String,
}

/// How much is told.
#[derive(Clone, Copy, Debug)]
struct Most {
    /// Of one user.
    each: usize,
    /// Together; at least `each`.
    all: usize,
}

/// The contacts of each of the users, who are distinct, in their order: of the newest activity first, at most [`CONTACTS_MAX`]. A
/// SINGLE that is hidden from a list counts too. Of what is more than [`CONTACTS_AT_ONCE`] together the last users are left out.
pub(crate) fn contacts(connection: &mut DbConnection, users: &[UserId]) -> StoreResult<Vec<Vec<UserId>>> {
    let each = usize::try_from(CONTACTS_MAX).unwrap_or(usize::MAX);
    let most = Most { each, all: CONTACTS_AT_ONCE.min(each.saturating_mul(users.len())) };
    lists(connection, users, most)
}

fn lists(connection: &mut DbConnection, users: &[UserId], most: Most) -> StoreResult<Vec<Vec<UserId>>> {
    let rows = sql(statement(connection.dialect()))
        .bind::<Text, _>(list(users))
        .bind::<Integer, _>(ConversationType::Single as i32)
        .bind::<BigInt, _>(i64::try_from(most.all).unwrap_or(i64::MAX))
        .load::<ContactRow>(connection)?;
    let is_cut = rows.len() >= most.all;
    let mut rows = rows.into_iter().peekable();
    let mut lists = Vec::with_capacity(users.len());
    for user in users {
        let mut list = Vec::new();
        while let Some(row) = rows.next_if(|row| row.of_user == user.as_str()) {
            if list.len() < most.each {
                list.push(row.user_id.into());
            }
        }
        // Where the rows are cut, nobody knows what would follow.
        if is_cut && rows.peek().is_none() && list.len() < most.each {
            break;
        }
        lists.push(list);
    }
    Ok(lists)
}

/// From the users' memberships, by their index, to the other member of each SINGLE, by the primary key.
fn statement(dialect: Dialect) -> String {
    format!(
        "SELECT k.value AS of_user, other.user_id FROM {source}
         JOIN conversation_members mine ON mine.user_id = k.value
         JOIN conversations c ON c.id = mine.conversation_id
         JOIN conversation_members other ON other.conversation_id = c.id AND other.user_id <> mine.user_id
         WHERE c.type = $2 AND c.deleted_at IS NULL
         ORDER BY k.key, c.last_activity_at DESC, other.user_id LIMIT $3",
        source = dialect.texts("$1")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DatabaseUrl, connect_for_test};
    use crate::test_database::TestDatabase;

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[tokio::test]
    async fn contacts_are_found_by_indexes_alone() {
        let database = TestDatabase::sqlite();
        let url = DatabaseUrl::parse(&database.url).unwrap();
        crate::store::prepare(&url).await.unwrap();
        let mut connection = connect_for_test(&url);
        let steps = sql(format!("EXPLAIN QUERY PLAN {}", statement(Dialect::Sqlite)))
            .bind::<Text, _>(r#"["ann","bob"]"#)
            .bind::<Integer, _>(1)
            .bind::<BigInt, _>(9)
            .load::<Step>(&mut connection)
            .unwrap();
        let steps: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
        assert!(steps.iter().any(|step| step.contains("conversations_of_user (user_id=?)")), "{steps:#?}");
        // The list of users itself is read from end to end.
        let scans = steps.iter().filter(|step| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE"));
        assert_eq!(scans.count(), 0, "{steps:#?}");
    }

    /// Ann shares a SINGLE with each of the others, the last one's is the newest; dan has none.
    async fn check_that_what_is_too_much_is_left_out_at_the_end(database: TestDatabase) {
        let url = DatabaseUrl::parse(&database.url).unwrap();
        crate::store::prepare(&url).await.unwrap();
        for user in ["ann", "bob", "carl", "eve"] {
            database.execute(&format!(
                "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at,
                     updated_at) VALUES ('{user}', '{user}', '{user}', '', '', FALSE, 1, 0, 0)"
            ));
        }
        for (at, other) in ["bob", "carl", "eve"].into_iter().enumerate() {
            database.execute(&format!(
                "INSERT INTO conversations (id, type, name, avatar_url, description, single_key, member_count, member_version,
                     last_seq, last_change, last_activity_at, created_at, updated_at)
                     VALUES ('{other}', 1, '', '', '', '{other}', 2, 1, 0, 0, {at}, 0, 0);
                 INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
                     VALUES ('{other}', 'ann', 1, FALSE, 0, 0), ('{other}', '{other}', 1, FALSE, 0, 0)"
            ));
        }
        let mut connection = connect_for_test(&url);
        let mut told = |users: &[&str], each, all| -> Vec<String> {
            let users: Vec<UserId> = users.iter().map(|user| UserId::from(*user)).collect();
            let lists = lists(&mut connection, &users, Most { each, all }).unwrap();
            let joined = |list: Vec<UserId>| list.into_iter().map(String::from).collect::<Vec<_>>().join(" ");
            lists.into_iter().map(joined).collect()
        };
        let everybody = ["dan", "ann", "bob", "nobody", "carl"];
        assert_eq!(told(&everybody, 9, 99), ["", "eve carl bob", "ann", "", "ann"]);
        assert_eq!(told(&everybody, 2, 99), ["", "eve carl", "ann", "", "ann"]);
        assert_eq!(told(&everybody, 9, 6), ["", "eve carl bob", "ann", "", "ann"]);
        // Whether somebody has more than was read is not known of them and of all who follow.
        assert_eq!(told(&everybody, 9, 5), ["", "eve carl bob", "ann", ""]);
        assert_eq!(told(&everybody, 9, 4), ["", "eve carl bob"]);
        assert_eq!(told(&everybody, 9, 3), [""]);
        assert_eq!(told(&everybody, 2, 2), ["", "eve carl"]);
        assert!(told(&[], 2, 0).is_empty());
    }

    #[tokio::test]
    async fn sqlite_leaves_out_at_the_end_what_is_too_much() {
        check_that_what_is_too_much_is_left_out_at_the_end(TestDatabase::sqlite()).await;
    }

    #[tokio::test]
    async fn postgres_leaves_out_at_the_end_what_is_too_much() {
        check_that_what_is_too_much_is_left_out_at_the_end(TestDatabase::postgres()).await;
    }
}
