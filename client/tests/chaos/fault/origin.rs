//! Which program a local connection comes from, as the kernel tells it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// The process whose connection leads from here to there; nothing when it is gone again, or another's.
pub(super) fn process_of(from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let inode = inode(&fs::read_to_string("/proc/net/tcp").ok()?, from.port(), to.port())?;
    let socket = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| holds(*id, &socket))
}

/// The inode of the socket with these ports, out of the kernel's table.
fn inode(table: &str, local: u16, remote: u16) -> Option<u64> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = |field: usize| u16::from_str_radix(fields.get(field)?.rsplit(':').next()?, 16).ok();
        let found = port(1) == Some(local) && port(2) == Some(remote);
        found.then(|| fields.get(9)?.parse().ok())?
    })
}

fn holds(process: u32, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target == Path::new(socket)))
}
