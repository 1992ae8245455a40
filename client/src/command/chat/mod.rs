//! `gochat chat`: sign in and talk.
//!
//! - `line`: what a typed line asks for. `console`: where lines come from and words go to.
//! - `room`: who is signed in and what is open; does what lines ask for. `show`: things as lines of text.
//! - `password`: where it comes from.

mod console;
mod line;
mod password;
mod room;
mod show;

use std::process::ExitCode;

use client::{Account, Ended, Event, Events, Server};
use futures::StreamExt;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, complain};
use console::Console;
use line::Line;
use room::Room;

/// Sign in and talk from a terminal
///
/// Live messages stand above the prompt. Where standard input is not a terminal, its lines are taken one by one and what happens is
/// printed as plain lines; at the end of the input it waits for the messages under way.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The password is read from --password-file, else from the environment (GOCHAT_PASSWORD), else asked for; never from a flag.

Once signed in, text is sent to the open conversation. /help lists the commands.

Exit status: 0, or 1 when signing in failed, the session was ended by the server, or (with a script as input) a line failed.

Examples:
  gochat chat --user ann --register
  gochat chat --guest
  printf '/open bob\\nhello\\n' | GOCHAT_PASSWORD=… gochat chat --user ann")]
pub(crate) struct Args {
    /// The server
    #[arg(long, env = "GOCHAT_URL", default_value = "http://127.0.0.1:8080")]
    url: String,

    /// Who signs in
    #[arg(long, value_name = "NAME", required_unless_present = "guest")]
    user: Option<String>,

    /// Make the user first
    #[arg(long, requires = "user")]
    register: bool,

    /// Sign in as a new guest
    #[arg(long, conflicts_with = "user")]
    guest: bool,

    /// A file whose first line is the password
    #[arg(long, value_name = "FILE", conflicts_with = "guest")]
    password_file: Option<std::path::PathBuf>,
}

/// Talks until the input ends, `/quit`, or the session is over.
pub(crate) async fn run(args: Args) -> ExitCode {
    match chat(args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// True when nothing failed that a script would care about.
async fn chat(args: Args) -> Result<bool, Failure> {
    let account = sign_in(args).await?;
    let (session, events) = account.session().connect().await?;
    let mut console = Console::open()?;
    let user = account.user();
    console.say(&format!("signed in as {} (id {})", show::printable(&user.username), user.id))?;
    if console.is_terminal() {
        console.say("/help lists the commands")?;
    }
    let mut room = Room::new(account, session);
    let talked = talk(&mut room, &mut console, events).await;
    room.leave().await;
    console.close()?;
    talked.map(|()| console.is_terminal() || !room.has_failed())
}

async fn sign_in(args: Args) -> Result<Account, Failure> {
    let server = Server::at(&args.url)?;
    let Some(user) = args.user else { return Ok(server.enter_as_guest().await?) };
    let password = password::get(&user, args.password_file.as_deref(), args.register)?;
    if args.register {
        server.register(&user, &password).await?;
    }
    Ok(server.log_in(&user, &password).await?)
}

/// Takes events as they come, and lines: a script's next one once what the last one asked for is done, and what came in is shown.
async fn talk(room: &mut Room, console: &mut Console, mut events: Events) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut has_input = true;
    while has_input || !room.under_way.is_empty() {
        tokio::select! {
            biased;
            _ = terminate.recv() => return Ok(()),
            Some(done) = room.under_way.next() => room.finish(console, done)?,
            event = events.next() => if let Some(ended) = happened(room, console, event).await? {
                return Err(ended.to_string().into());
            },
            line = console.next_line(), if has_input && room.takes_lines(console) => match line? {
                Some(line) => has_input = obey(room, console, &line).await?,
                None => has_input = false,
            },
        }
    }
    Ok(())
}

/// Shows an event; tells why the session is over when it is.
async fn happened(
    room: &mut Room,
    console: &mut Console,
    event: Option<Event>,
) -> Result<Option<Ended>, Failure> {
    match event {
        Some(Event::Message(message)) => room.show(console, message).await?,
        Some(Event::Pushed(pushed)) => console.say(&show::pushed(&pushed))?,
        Some(Event::Chat(chat)) => {
            if let Some(line) = show::chat(&chat) {
                console.say(&line)?;
            }
        }
        Some(Event::Refused(refusal)) => console.warn(&show::printable(&refusal.error.to_string()))?,
        Some(Event::Disconnected { retry_in, .. }) => {
            console.warn(&format!("not connected; next try in {:.1} s", retry_in.as_secs_f64()))?;
        }
        Some(Event::Connected(_)) => console.warn("connected again")?,
        Some(Event::Ended(ended)) => return Ok(Some(ended)),
        Some(_) => {}
        None => return Ok(Some(Ended::Closed)),
    }
    Ok(None)
}

/// Does what a line asks for; false when it asks for the end.
async fn obey(room: &mut Room, console: &mut Console, line: &str) -> Result<bool, Failure> {
    match Line::parse(line) {
        Ok(Line::Quit) => return Ok(false),
        Ok(Line::Help) => console.say(line::HELP)?,
        Ok(line) => room.obey(console, line).await?,
        Err(why) => room.fail(console, &why)?,
    }
    Ok(true)
}
