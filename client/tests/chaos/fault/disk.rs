//! A disk so small that it can be filled.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Written at once while the disk is filled: smaller than anything that a program could still fit in behind it.
const CRUMB_BYTES: usize = 512;

/// A file system in memory, mounted for as long as this value lives. Only root may mount.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// One of so many bytes; an error in words when it cannot be mounted.
    pub(crate) fn mount(bytes: usize) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={bytes},mode=0700"), "gochat-small-disk"])
            .arg(folder.path());
        let mounted = mount.output().map_err(|error| format!("mount: {error}"))?;
        if mounted.status.success() {
            return Ok(Self { folder });
        }
        let why = String::from_utf8_lossy(&mounted.stderr).trim().to_owned();
        Err(format!("a small tmpfs cannot be mounted, which needs root and the right to mount: {why}"))
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).unwrap();
        for crumb in [CRUMB_BYTES * 128, CRUMB_BYTES] {
            let crumb = vec![0; crumb];
            while let Err(error) = until_full(&mut ballast, &crumb) {
                assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
            }
        }
    }

    /// Gives back what [`SmallDisk::fill`] took.
    pub(crate) fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

fn until_full(file: &mut File, crumb: &[u8]) -> std::io::Result<()> {
    loop {
        match file.write(crumb) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a program that was killed a moment ago may still have a file open.
        Command::new("umount").arg("-l").arg(self.folder.path()).status().ok();
    }
}
