//! The `data` of a client's `sync`, whose conversations keep the order in which they stand.

use std::fmt;

use protos::Result;
use protos::ids::{ConversationId, Seq};
use protos::model::SyncPosition;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::alone::Alone;

#[derive(Deserialize)]
pub(super) struct SyncData {
    #[serde(default)]
    conversations: Positions,
    limit: Option<i32>,
    partial: Option<bool>,
}

/// `{id: {seq, change}}`, or a bare seq.
#[derive(Default)]
struct Positions(Vec<(String, Position)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Position {
    Seq(i64),
    Both {
        #[serde(default)]
        seq: i64,
        #[serde(default)]
        change: i64,
    },
}

impl<'de> Deserialize<'de> for Positions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Positions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of conversations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Positions, A::Error> {
                let mut positions = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    positions.push(entry);
                }
                Ok(Positions(positions))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl SyncData {
    /// The request, of which the numbers are not checked yet.
    pub(super) fn request(self) -> Result<Alone> {
        let position = |(id, position): (String, Position)| {
            let (seq, change) = match position {
                Position::Seq(seq) => (seq, 0),
                Position::Both { seq, change } => (seq, change),
            };
            let conversation_id = ConversationId::parse("conversations", id)?;
            Ok(SyncPosition { conversation_id, seq: Seq(seq), change })
        };
        Ok(Alone::Sync {
            positions: self.conversations.0.into_iter().map(position).collect::<Result<_>>()?,
            limit: self.limit.unwrap_or(0),
            partial: self.partial.unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Alone> {
        serde_json::from_str::<SyncData>(text).ok()?.request().ok()
    }

    fn position(id: &str, seq: i64, change: i64) -> SyncPosition {
        SyncPosition { conversation_id: id.into(), seq: Seq(seq), change }
    }

    #[test]
    fn positions_keep_their_order_and_may_be_bare_numbers() {
        let text = r#"{"conversations":{"z":{"seq":5,"change":2},"a":7,"m":{"seq":1,"x":0},"b":{}},"limit":9,"partial":true}"#;
        let positions =
            vec![position("z", 5, 2), position("a", 7, 0), position("m", 1, 0), position("b", 0, 0)];
        assert_eq!(read(text), Some(Alone::Sync { positions, limit: 9, partial: true }));
        let nothing = Alone::Sync { positions: Vec::new(), limit: 0, partial: false };
        assert_eq!(read("{}"), Some(nothing));
    }

    #[test]
    fn what_names_no_place_is_refused() {
        for bad in [
            r#"{"conversations":[]}"#,
            r#"{"conversations":{"a":"7"}}"#,
            r#"{"conversations":{"a":null}}"#,
            r#"{"conversations":{"a":1.5}}"#,
            r#"{"conversations":{"":1}}"#,
            r#"{"conversations":{},"limit":"x"}"#,
            r#"{"conversations":{},"limit":99999999999}"#,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
