//! The settings that all processes share, and the secrets that are made at first start.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use subtle::ConstantTimeEq;

use crate::telemetry::LogFormat;

/// A shorter secret is refused.
pub const SECRET_MIN_BYTES: usize = 32;

/// Every process has these.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Where files are kept; made with mode 0700
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,

    /// What is logged: a level, or directives such as `info,repo=debug`
    #[arg(long, env = "LOG", default_value = "info")]
    pub log: String,

    /// How log lines look
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// The secret that every internal call carries. Only from the environment (`INTERNAL_TOKEN`) or its file.
    #[arg(skip)]
    pub internal_token: Option<Secret>,
}

impl Common {
    /// The internal token: as set, else from `INTERNAL_TOKEN`, else from its file, which the first process makes.
    ///
    /// # Errors
    /// When it is too short, or its file can be neither read nor made.
    pub fn internal_token(&self) -> Result<Secret, SettingsError> {
        match &self.internal_token {
            Some(token) => Ok(token.clone()),
            None => secret(&self.data_dir, "INTERNAL_TOKEN", "internal_token"),
        }
    }
}

/// Why a process cannot start as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A secret that could be guessed.
    #[error("{0} has fewer than {SECRET_MIN_BYTES} bytes")]
    ShortSecret(String),
    /// A file that cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Whatever else is wrong, in a sentence.
    #[error("{0}")]
    Invalid(String),
}

/// A secret: never shown, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret; `name` names it in the error.
    ///
    /// # Errors
    /// When it is shorter than [`SECRET_MIN_BYTES`].
    pub fn new(name: &str, value: impl Into<String>) -> Result<Self, SettingsError> {
        let value = value.into();
        if value.len() < SECRET_MIN_BYTES {
            return Err(SettingsError::ShortSecret(name.to_owned()));
        }
        Ok(Self(value))
    }

    /// A new random secret.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn random() -> Result<Self, SettingsError> {
        let mut bytes = [0_u8; SECRET_MIN_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| SettingsError::Invalid(error.to_string()))?;
        Ok(Self(hex::encode(bytes)))
    }

    /// True for the same text, found out in a time that tells nothing of where it differs.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// The secret itself, for the one who checks or sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret from the environment variable, else from its file under `data_dir`. The file is made atomically at first start:
/// who loses the race reads the winner's.
///
/// # Errors
/// When the secret is too short, or the file can be neither read nor made.
pub fn secret(data_dir: &Path, variable: &str, file: &str) -> Result<Secret, SettingsError> {
    if let Some(secret) = from_environment(variable)? {
        return Ok(secret);
    }
    make_data_dir(data_dir)?;
    let path = data_dir.join(file);
    if !path.exists() {
        make_secret_file(data_dir, &path)
            .map_err(|source| SettingsError::File { path: path.clone(), source })?;
    }
    from_file(&path)
}

/// A secret that need not be: from the environment variable, else from its file under `data_dir`, which nobody makes but the operator.
///
/// # Errors
/// When the secret is too short, or the file is there and cannot be read.
pub fn optional_secret(data_dir: &Path, variable: &str, file: &str) -> Result<Option<Secret>, SettingsError> {
    if let Some(secret) = from_environment(variable)? {
        return Ok(Some(secret));
    }
    match from_file(&data_dir.join(file)) {
        Err(SettingsError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

fn from_environment(variable: &str) -> Result<Option<Secret>, SettingsError> {
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
    value.map(|value| Secret::new(variable, value)).transpose()
}

fn from_file(path: &Path) -> Result<Secret, SettingsError> {
    let value = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
    Secret::new(&path.display().to_string(), value.trim_end())
}

/// Makes the data directory, with mode 0700, unless it is there.
///
/// # Errors
/// When it cannot be made.
pub fn make_data_dir(path: &Path) -> Result<(), SettingsError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| SettingsError::File { path: path.to_owned(), source })
}

/// Writes a whole file under a name of its own and links it to `path`: `path` is there complete or not at all, and a link
/// never replaces what a faster process made.
fn make_secret_file(data_dir: &Path, path: &Path) -> io::Result<()> {
    let secret = Secret::random().map_err(io::Error::other)?;
    let draft = data_dir.join(format!(".secret-{}", uuid::Uuid::new_v4().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(secret.expose().as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// No test sets it, so that the file is used.
    const UNSET: &str = "GOCHAT_TEST_NO_SUCH_VARIABLE";

    #[test]
    fn racing_processes_end_with_one_secret_that_only_the_owner_reads() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let secrets: Vec<Secret> = std::thread::scope(|scope| {
            let racers: Vec<_> =
                (0..16).map(|_| scope.spawn(|| secret(&data, UNSET, "token").unwrap())).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join("token")), 0o600);
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_short_secret_is_refused_and_none_is_shown() {
        assert!(matches!(Secret::new("X", "short"), Err(SettingsError::ShortSecret(_))));
        let secret = Secret::random().unwrap();
        assert!(!format!("{secret:?}").contains(secret.expose()));
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("token"), "short").unwrap();
        assert!(secret_from(dir.path()).is_err());
    }

    #[test]
    fn a_secret_is_told_from_every_other_text() {
        let secret = Secret::new("X", "0123456789abcdef0123456789abcdef").unwrap();
        assert!(secret.is("0123456789abcdef0123456789abcdef"));
        for other in ["", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"] {
            assert!(!secret.is(other), "{other}");
        }
    }

    #[test]
    fn an_optional_secret_is_there_when_somebody_wrote_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let read = || optional_secret(&dir.path().join("data"), UNSET, "token");
        assert_eq!(read().unwrap(), None);
        assert!(!dir.path().join("data").exists(), "nothing is made for what is not there");
        std::fs::create_dir(dir.path().join("data")).unwrap();
        let file = dir.path().join("data/token");
        std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
        assert!(read().unwrap().unwrap().is("0123456789abcdef0123456789abcdef"));
        for short in ["short", ""] {
            std::fs::write(&file, short).unwrap();
            assert!(matches!(read(), Err(SettingsError::ShortSecret(_))), "{short}");
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(
            matches!(read(), Err(SettingsError::File { .. })),
            "what cannot be read is not taken for absent"
        );
    }

    fn secret_from(dir: &Path) -> Result<Secret, SettingsError> {
        secret(dir, UNSET, "token")
    }
}
