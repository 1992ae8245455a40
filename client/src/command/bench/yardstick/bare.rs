//! A bare broadcaster on the gateway's own stack: what the same frames cost where nothing else is done.

use std::net::SocketAddr;
use std::path::Path;

use super::until_listening;
use crate::command::Failure;
use crate::command::bench::arguments::CommonArgs;
use crate::command::bench::cluster::{Process, beside, free_address};
use crate::command::bench::meter::Meter;
use crate::command::bench::wire::{Address, Dialect, Template};

/// What the process is called among those that use CPU.
pub(in super::super) const NAME: &str = "bare";
const TOKEN: &str = "secret";
const ROOM: &str = "r";
/// A message to somebody who is not there has no effect but its acknowledgement.
const NOBODY: &str = "nobody";

/// The program, running.
#[derive(Debug)]
pub(in super::super) struct Bare {
    process: Process,
    address: SocketAddr,
}

impl Bare {
    /// Starts it, if it is wanted and there.
    ///
    /// # Errors
    /// When it does not start.
    pub(in super::super) async fn start(args: &CommonArgs, folder: &Path) -> Result<Option<Self>, Failure> {
        let program = beside(&args.cluster, args.bare.as_ref(), "examples/bare")?;
        if !args.yardsticks {
            return Ok(None);
        }
        if !program.is_file() {
            crate::command::complain(&format!(
                "no bare broadcaster to compare with: {} is missing (cargo build --examples makes it)",
                program.display()
            ));
            return Ok(None);
        }
        let address = free_address()?;
        let arguments = ["--listen".to_owned(), address.to_string()];
        let mut process = Process::start(NAME, &program, &arguments, Vec::new(), folder)?;
        until_listening(&mut process).await?;
        Ok(Some(Self { process, address }))
    }

    /// What it uses.
    pub(in super::super) fn meter(&self) -> Meter {
        let mut meter = Meter::default();
        meter.watch(NAME, self.process.id());
        meter
    }

    /// The operating system's number of it.
    pub(in super::super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where so many users open sessions.
    pub(in super::super) fn addresses(&self, count: usize) -> Vec<Address> {
        let address = |number| Address {
            dialect: Dialect::Bare,
            server: self.address,
            path: format!("/ws?token={TOKEN}&user={}", Self::user(number)),
            token: None,
        };
        (0..count).map(address).collect()
    }

    /// What the user of this number is called.
    pub(in super::super) fn user(number: usize) -> String {
        format!("u{number}")
    }

    /// A message to all in the room.
    pub(in super::super) fn message() -> Template {
        Template::to_bare_room(ROOM)
    }

    /// What a member says before it hears the room. Joining is not acknowledged; what comes after it is.
    pub(in super::super) fn first_words() -> Vec<String> {
        vec![
            format!(r#"{{"t":"join","room":"{ROOM}"}}"#),
            format!(r#"{{"t":"to","user":"{NOBODY}","id":"0","body":""}}"#),
        ]
    }
}
