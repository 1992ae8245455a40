//! A clock that is put forward or back under a running program, by libfaketime. Its monotonic clock, and so its timers, stay true.

use std::fs;
use std::path::PathBuf;

/// The library, in the folder of Debian's package; the variant for programs of many threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// What the programs take for the time of day.
#[derive(Debug)]
pub(crate) struct WallClock {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl WallClock {
    /// One that goes right; an error in words when there is no libfaketime.
    pub(crate) fn right() -> Result<Self, String> {
        let library = library(LIBRARY)?;
        let clock = Self { folder: tempfile::tempdir().map_err(|error| error.to_string())?, library };
        clock.set(0);
        Ok(clock)
    }

    /// Puts it so many seconds ahead of the true time, or behind it.
    pub(crate) fn set(&self, seconds: i64) {
        // Whoever reads it meanwhile must find a whole file.
        let draft = self.folder.path().join("draft");
        fs::write(&draft, format!("{seconds:+}\n")).unwrap();
        fs::rename(draft, self.file()).unwrap();
    }

    /// What a program needs in its environment to believe it.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }
}

/// A library of Debian's, below the folder of this machine's kind.
pub(super) fn library(name: &str) -> Result<PathBuf, String> {
    let folders = fs::read_dir("/usr/lib").map_err(|error| error.to_string())?.flatten();
    let mut candidates = folders.map(|folder| folder.path().join(name));
    let found = candidates.find(|library| library.is_file());
    found.ok_or_else(|| format!("{name} is missing: run this by `make` or scripts/with-services.sh"))
}
