//! What a running program asks of the kernel, in order, by strace.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

/// Writing to files and sockets, and syncing.
const CALLS: &str = "trace=fsync,fdatasync,sync_file_range,write,writev,pwrite64,pwritev,sendto,sendmsg";
/// So much of what is written is shown: more than a page of the database.
const SHOWN_BYTES: &str = "32768";

/// strace, attached to all threads of one program.
#[derive(Debug)]
pub(crate) struct Syscalls {
    child: Child,
    // Kept open, or strace would die of writing to it.
    _stderr: BufReader<ChildStderr>,
    folder: tempfile::TempDir,
}

impl Syscalls {
    /// Attaches to a program; an error in words when that cannot be.
    pub(crate) fn attach(process: u32) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-s", SHOWN_BYTES, "-e", CALLS, "-p", &process.to_string(), "-o"]);
        strace.arg(trace(folder.path())).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = strace.spawn().map_err(|error| format!("strace: {error}"))?;
        let mut stderr = BufReader::new(child.stderr.take().ok_or("strace has no stderr")?);
        let mut said = String::new();
        while !said.contains("attached") {
            if stderr.read_line(&mut said).map_err(|error| error.to_string())? == 0 {
                return Err(format!("strace could not attach: {}", said.trim()));
            }
        }
        Ok(Self { child, _stderr: stderr, folder })
    }

    /// Detaches, and tells what was asked, one call or half a call a line.
    pub(crate) fn detach(mut self) -> String {
        // SIGINT lets it go on alone; by SIGKILL too, but lines might be missing.
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap();
        // What is written need not be UTF-8 once a line is cut.
        String::from_utf8_lossy(&fs::read(trace(self.folder.path())).unwrap()).into_owned()
    }
}

impl Drop for Syscalls {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn trace(folder: &Path) -> PathBuf {
    folder.join("trace")
}
