//! What a cluster of programs is made of, before it starts.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::process::Environment;
use super::{Processes, Size, Storage};

/// A way from one program to another: `from` calls `to`, which listens at `at`. Every caller of a gateway goes by the address that it
/// advertises, so there `from` is `*`; clients are `client`.
#[derive(Clone, Debug)]
pub(crate) struct Hop<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) at: SocketAddr,
}

/// Where a hop's caller is sent instead of `at`.
type Detour = Box<dyn FnMut(Hop<'_>) -> SocketAddr + Send>;

/// A cluster to be started.
pub(crate) struct Setup {
    pub(super) size: Size,
    pub(super) programs: PathBuf,
    pub(super) storage: Option<Storage>,
    pub(super) own: Vec<(String, Environment)>,
    detour: Detour,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("size", &self.size).field("own", &self.own).finish_non_exhaustive()
    }
}

impl Setup {
    /// A cluster of this size over empty storage, of the programs that were built with this test.
    pub(crate) fn of(size: Size) -> Self {
        let test = std::env::current_exe().unwrap();
        // Cargo puts programs beside the folder of the test programs.
        let programs = test.parent().and_then(Path::parent).unwrap().to_owned();
        Self { size, programs, storage: None, own: Vec::new(), detour: Box::new(|hop| hop.at) }
    }

    /// Takes the programs from this folder.
    pub(crate) fn programs(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.programs);
        self
    }

    /// Runs over this storage.
    pub(crate) fn storage(mut self, storage: Storage) -> Self {
        self.storage = Some(storage);
        self
    }

    /// One more variable for the programs whose name begins so: `repo`, `repo-1`; all: the empty text.
    pub(crate) fn env(mut self, whose: &str, variable: &'static str, value: impl Into<String>) -> Self {
        self.own.push((whose.to_owned(), vec![(variable, value.into())]));
        self
    }

    /// Sends the programs' calls of each other elsewhere, e.g. through a proxy.
    pub(crate) fn detour(mut self, detour: impl FnMut(Hop<'_>) -> SocketAddr + Send + 'static) -> Self {
        self.detour = Box::new(detour);
        self
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(self) -> Processes {
        Processes::start_as(self).await
    }

    /// `http://` URLs of `service`'s programs, as the program `from` is to call them.
    pub(super) fn urls(&mut self, from: &str, service: &str, at: &[SocketAddr]) -> String {
        let urls = at.iter().enumerate().map(|(number, at)| {
            let to = format!("{service}-{number}");
            format!("http://{}", (self.detour)(Hop { from, to: &to, at: *at }))
        });
        urls.collect::<Vec<_>>().join(",")
    }

    /// Where clients reach a gateway.
    pub(super) fn fronted(&mut self, gateway: &str, at: SocketAddr) -> SocketAddr {
        (self.detour)(Hop { from: "client", to: gateway, at })
    }

    /// Where others reach a gateway.
    pub(super) fn advertised(&mut self, gateway: &str, at: SocketAddr) -> String {
        format!("http://{}", (self.detour)(Hop { from: "*", to: gateway, at }))
    }
}
