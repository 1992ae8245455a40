//! Which database `DATABASE_URL` names. The scheme decides; nothing is ever guessed or put in another's place.

use std::path::PathBuf;

use kit::settings::SettingsError;

/// libpq settings that bound every wait on PostgreSQL; each yields to one given in the URL.
const POSTGRES_DEFAULTS: [(&str, &str); 6] = [
    ("application_name", "gochat-repo"),
    ("connect_timeout", "5"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// A database that repo can store in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// A file, by its absolute path.
    Sqlite(PathBuf),
    /// A libpq URL with every wait bounded.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite://path` or `postgres://…`.
    ///
    /// # Errors
    /// For any other scheme, for a path that is no file's, and for a PostgreSQL that is to be spoken to over TLS.
    pub(crate) fn parse(url: &str) -> Result<Self, SettingsError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return sqlite(path);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres(url);
        }
        // The URL itself may hold a password, so only its scheme is shown.
        let scheme = url.split_once("://").map_or("none", |(scheme, _)| scheme);
        Err(invalid(format!("the scheme must be sqlite:// or postgres://, but it is {scheme}")))
    }

    /// The database's name, for the log.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

fn sqlite(path: &str) -> Result<DatabaseUrl, SettingsError> {
    if path.is_empty() || path.starts_with(':') || path.ends_with('/') || path.contains(['\0', '?']) {
        return Err(invalid("sqlite:// must be followed by the path of a file".to_owned()));
    }
    let absolute = std::path::absolute(path)
        .map_err(|source| SettingsError::File { path: PathBuf::from(path), source })?;
    Ok(DatabaseUrl::Sqlite(absolute))
}

fn postgres(url: &str) -> Result<DatabaseUrl, SettingsError> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let given = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    };
    if matches!(given("sslmode"), Some("require" | "verify-ca" | "verify-full")) {
        return Err(invalid(
            "this build's PostgreSQL client has no TLS, so sslmode must be disable, allow or prefer: \
             reach the server over a private network, a Unix socket or a TLS tunnel"
                .to_owned(),
        ));
    }
    let mut bounded = url.trim_end_matches(['?', '&']).to_owned();
    for (name, value) in POSTGRES_DEFAULTS {
        if given(name).is_none() {
            bounded.push(if bounded.contains('?') { '&' } else { '?' });
            bounded.push_str(name);
            bounded.push('=');
            bounded.push_str(value);
        }
    }
    Ok(DatabaseUrl::Postgres(bounded))
}

fn invalid(why: String) -> SettingsError {
    SettingsError::Invalid(format!("DATABASE_URL: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides() {
        let sqlite = DatabaseUrl::parse("sqlite:///var/lib/gochat.db").unwrap();
        assert_eq!(sqlite, DatabaseUrl::Sqlite("/var/lib/gochat.db".into()));
        let Ok(DatabaseUrl::Sqlite(relative)) = DatabaseUrl::parse("sqlite://data/gochat.db") else {
            panic!("a relative path is a path")
        };
        assert!(relative.is_absolute() && relative.ends_with("data/gochat.db"));
        assert!(matches!(DatabaseUrl::parse("postgres://u@h/db"), Ok(DatabaseUrl::Postgres(_))));
        assert!(matches!(DatabaseUrl::parse("postgresql:///db?host=/run"), Ok(DatabaseUrl::Postgres(_))));
    }

    #[test]
    fn anything_else_is_refused_and_no_password_is_shown() {
        for url in ["mysql://u:hunter22@h/db", "u:hunter22@h", "Postgres://u:hunter22@h/db", "", "sqlite:x"] {
            let error = DatabaseUrl::parse(url).unwrap_err().to_string();
            assert!(error.contains("sqlite:// or postgres://"), "{error}");
            assert!(!error.contains("hunter22"), "{error}");
        }
        for url in ["sqlite://", "sqlite://:memory:", "sqlite:///var/lib/", "sqlite://a?mode=ro"] {
            assert!(DatabaseUrl::parse(url).unwrap_err().to_string().contains("path of a file"), "{url}");
        }
    }

    #[test]
    fn tls_to_postgres_is_refused_with_the_way_out() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let error = DatabaseUrl::parse(&format!("postgres://u@h/db?a=b&sslmode={mode}")).unwrap_err();
            assert!(error.to_string().contains("TLS tunnel"), "{error}");
        }
        assert!(DatabaseUrl::parse("postgres://u@h/db?sslmode=prefer").is_ok());
    }

    #[test]
    fn waits_are_bounded_unless_the_url_says_how() {
        let Ok(DatabaseUrl::Postgres(url)) = DatabaseUrl::parse("postgres://u@h/db?connect_timeout=2") else {
            panic!("a good URL")
        };
        assert_eq!(url.matches("connect_timeout").count(), 1);
        assert!(url.contains("connect_timeout=2&application_name=gochat-repo&keepalives_idle=5"), "{url}");
    }
}
