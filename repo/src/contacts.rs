//! Whom a user shares a SINGLE with, as friends always do: those who are told when the user comes and goes.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::UserId;
use protos::model::ConversationType;
use protos::model::limits::CONTACTS_MAX;

use crate::store::{DbConnection, StoreResult, sql};

#[derive(QueryableByName)]
struct ContactRow {
    #[diesel(sql_type = Text)]
    user_id: String,
}

/// From the user's memberships, by their index, to the other member of each SINGLE, by the primary key.
const CONTACTS: &str = "SELECT other.user_id FROM conversation_members mine
     JOIN conversations c ON c.id = mine.conversation_id
     JOIN conversation_members other ON other.conversation_id = c.id AND other.user_id <> mine.user_id
     WHERE mine.user_id = $1 AND c.type = $2 AND c.deleted_at IS NULL
     ORDER BY c.last_activity_at DESC, other.user_id LIMIT $3";

/// The user's contacts, of the newest activity first, at most [`CONTACTS_MAX`]. A SINGLE that is hidden from a list counts too.
pub(crate) fn contacts(connection: &mut DbConnection, user: &UserId) -> StoreResult<Vec<UserId>> {
    let rows = sql(CONTACTS)
        .bind::<Text, _>(user.as_str())
        .bind::<Integer, _>(ConversationType::Single as i32)
        .bind::<BigInt, _>(i64::from(CONTACTS_MAX))
        .load::<ContactRow>(connection)?;
    Ok(rows.into_iter().map(|row| row.user_id.into()).collect())
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
        let steps = sql(format!("EXPLAIN QUERY PLAN {CONTACTS}"))
            .bind::<Text, _>("ann")
            .bind::<Integer, _>(1)
            .bind::<BigInt, _>(9)
            .load::<Step>(&mut connect_for_test(&url))
            .unwrap();
        let steps: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
        assert!(steps.iter().any(|step| step.contains("conversations_of_user (user_id=?)")), "{steps:#?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{steps:#?}");
    }
}
