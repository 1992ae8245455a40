//! A search among a user's own conversations by the names that they are shown under.

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl};
use protos::ids::{ConversationId, UserId};
use protos::model::{ConversationDetails, ConversationType};

use super::details;
use super::list::PAGE_OF_USER;
use crate::store::{DbConnection, StoreResult, sql};

/// What is looked for.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) user_id: UserId,
    /// In lower case, not empty.
    pub(super) query: String,
    pub(super) kind: Option<ConversationType>,
    pub(super) limit: usize,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    conversation_id: String,
    #[diesel(sql_type = Text)]
    shown_name: String,
}

/// The listed conversations whose names contain the query; those that begin with it come first, then by their last activity.
///
/// Names are compared here and not in SQL: the databases do not agree on what upper and lower case are beyond ASCII, and what is
/// never a pattern cannot be a wrong one. All names of one user are read, as any search for a part of a name does.
pub(super) fn search(
    connection: &mut DbConnection,
    search: &Search,
) -> StoreResult<Vec<ConversationDetails>> {
    let found = search.pick(names(connection, search)?);
    let mut details = details::of_ids(connection, &search.user_id, &found)?;
    let place = |details: &ConversationDetails| found.iter().position(|id| *id == details.conversation.id);
    details.sort_by_key(place);
    Ok(details)
}

impl Search {
    /// `names` come in the order of the list.
    fn pick(&self, names: Vec<NameRow>) -> Vec<ConversationId> {
        let (mut beginning, mut containing) = (Vec::new(), Vec::new());
        for row in names {
            match row.shown_name.to_lowercase().find(&self.query) {
                Some(0) => beginning.push(row.conversation_id.into()),
                Some(_) => containing.push(row.conversation_id.into()),
                None => {}
            }
        }
        beginning.extend(containing);
        beginning.truncate(self.limit);
        beginning
    }
}

fn names(connection: &mut DbConnection, search: &Search) -> StoreResult<Vec<NameRow>> {
    let rows = sql(format!(
        "{PAGE_OF_USER}
         SELECT page.conversation_id, COALESCE(peer.username, c.name) AS shown_name
         FROM page JOIN conversations c ON c.id = page.conversation_id
         LEFT JOIN conversation_members other
             ON other.conversation_id = CASE WHEN c.type = 1 THEN c.id END AND other.user_id <> $1
         LEFT JOIN users peer ON peer.id = other.user_id
         ORDER BY page.last_activity_at DESC, page.conversation_id DESC"
    ))
    .bind::<Text, _>(search.user_id.as_str())
    .bind::<Integer, _>(search.kind.map_or(0, |kind| kind as i32))
    .bind::<BigInt, _>(i64::MAX)
    .bind::<BigInt, _>(0_i64)
    .load::<NameRow>(connection)?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_begins_with_it_comes_first_and_no_character_is_a_wildcard() {
        let found = |query: &str, limit| {
            let names = ["Old team", "TEAM", "100%", "Ärzte", "te_am"]
                .map(|name| NameRow { conversation_id: name.to_owned(), shown_name: name.to_owned() });
            let search = Search { user_id: "u".into(), query: query.to_owned(), kind: None, limit };
            let found = search.pick(names.into());
            found.into_iter().map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(found("team", 9), ["TEAM", "Old team"]);
        assert_eq!(found("team", 1), ["TEAM"]);
        assert_eq!(found("ärz", 9), ["Ärzte"]);
        assert_eq!(found("%", 9), ["100%"]);
        assert_eq!(found("_", 9), ["te_am"]);
    }
}
