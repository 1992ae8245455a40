//! What can go wrong in a closure over a connection, and the one place where a database's error becomes a caller's.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use protos::Error;

/// Fragments of messages of databases that are in trouble themselves: the same statement may succeed later.
/// diesel keeps no SQLSTATE for them, and SQLite has none.
const TROUBLE: [&str; 11] = [
    "database is locked",
    "database or disk is full",
    "disk I/O error",
    "No space left",
    "canceling statement due to",
    "deadlock detected",
    "terminating connection",
    "terminating idle",
    "server closed the connection",
    "the database system is",
    "too many clients",
];

/// Why a closure over a connection failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The call is refused: the caller's own error.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DieselError),
}

/// What closures over a connection return.
pub(crate) type StoreResult<T> = Result<T, StoreError>;

impl StoreError {
    /// What the caller is told. A database's own words are logged here and go no further.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Database(error) if is_trouble(&error) => {
                tracing::warn!(%error, "the database is in trouble");
                Error::unavailable("the database is in trouble")
            }
            Self::Database(error) => {
                tracing::error!(%error, "the database refused a statement");
                Error::internal("the database refused a statement")
            }
        }
    }
}

fn is_trouble(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction
            | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | DieselError::BrokenTransactionManager => true,
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_trouble(commit_error),
        DieselError::DatabaseError(_, information) => {
            TROUBLE.iter().any(|fragment| information.message().contains(fragment))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use protos::Reason;

    use super::*;

    fn reason(kind: DatabaseErrorKind, message: &str) -> Reason {
        StoreError::from(DieselError::DatabaseError(kind, Box::new(message.to_owned()))).into_error().reason()
    }

    #[test]
    fn a_database_in_trouble_is_unavailable_and_a_refused_statement_internal() {
        let unavailable = Reason::ServiceUnavailable;
        assert_eq!(reason(DatabaseErrorKind::ClosedConnection, "x"), unavailable);
        assert_eq!(reason(DatabaseErrorKind::Unknown, "database or disk is full"), unavailable);
        assert_eq!(
            reason(DatabaseErrorKind::Unknown, "canceling statement due to lock timeout"),
            unavailable
        );
        assert_eq!(reason(DatabaseErrorKind::Unknown, "syntax error"), Reason::InternalError);
        assert_eq!(reason(DatabaseErrorKind::UniqueViolation, "users_pkey"), Reason::InternalError);
    }

    #[test]
    fn the_databases_words_do_not_reach_the_caller() {
        let error = StoreError::from(DieselError::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            Box::new("Key (username_key)=(ann) already exists".to_owned()),
        ));
        assert!(!error.into_error().message().contains("ann"));
    }
}
