//! No bug is planted.

use protos::Result;
use protos::model::SavedMessage;

use crate::store::{DbConnection, StoreResult};

/// There is nothing to warn of.
pub(crate) const fn announce() {}

/// Keys are looked up.
pub(crate) const fn forgets_keys() -> bool {
    false
}

/// The unique key stays.
#[expect(clippy::unnecessary_wraps, reason = "the planted bug can fail")]
pub(crate) const fn drop_unique_key(_: &mut DbConnection) -> StoreResult<()> {
    Ok(())
}

/// The answer waits for the commit.
pub(crate) const fn answer(_: &[Result<SavedMessage>]) {}
