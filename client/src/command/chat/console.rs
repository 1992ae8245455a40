//! Where lines come from and words go to: a terminal with a prompt, or standard input and output as they are.

use std::io::{self, ErrorKind, IsTerminal, Write};

use rustyline_async::{Readline, ReadlineEvent, SharedWriter};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::command::{Failure, complain};

/// One or the other.
pub(super) enum Console {
    /// Words stand above the prompt.
    Terminal { prompt: Box<Readline>, words: SharedWriter },
    /// A script writes, a program reads.
    Script { lines: Lines<BufReader<Stdin>> },
}

impl Console {
    /// A terminal when both standard input and output are one.
    pub(super) fn open() -> Result<Self, Failure> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Ok(Self::Script { lines: BufReader::new(tokio::io::stdin()).lines() });
        }
        let (mut prompt, words) = Readline::new("> ".to_owned())?;
        // What was sent is shown once it is stored, like everybody's.
        prompt.should_print_line_on(false, false);
        Ok(Self::Terminal { prompt: Box::new(prompt), words })
    }

    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal { .. })
    }

    /// The next line; `None` at the end of the input, and for Ctrl-C and Ctrl-D. Nothing is lost when this is dropped before its end.
    pub(super) async fn next_line(&mut self) -> Result<Option<String>, Failure> {
        match self {
            Self::Script { lines } => Ok(lines.next_line().await?),
            Self::Terminal { prompt, .. } => Ok(match prompt.readline().await? {
                ReadlineEvent::Line(line) => {
                    prompt.add_history_entry(line.clone());
                    Some(line)
                }
                ReadlineEvent::Eof | ReadlineEvent::Interrupted => None,
            }),
        }
    }

    /// Shows words, which may be several lines.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        for line in text.lines() {
            self.say_line(line)?;
        }
        Ok(())
    }

    fn say_line(&mut self, line: &str) -> Result<(), Failure> {
        match self {
            Self::Script { .. } => {
                let mut out = io::stdout().lock();
                writeln!(out, "{line}")?;
                out.flush()?;
            }
            Self::Terminal { prompt, words } => {
                let line = format!("{line}\n");
                match words.write_all(line.as_bytes()) {
                    // The queue to the prompt is full, and the line is kept: show what is queued, then queue the line.
                    Err(full) if full.kind() == ErrorKind::WouldBlock => {
                        prompt.flush()?;
                        words.write(&[]).map(drop)?;
                    }
                    done => done?,
                }
            }
        }
        Ok(())
    }

    /// Tells what went wrong: above the prompt, or on standard error.
    pub(super) fn warn(&mut self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Script { .. } => complain(&text),
            Self::Terminal { .. } => self.say_line(&format!("! {text}"))?,
        }
        Ok(())
    }

    /// Names the open conversation in the prompt.
    pub(super) fn name_prompt(&mut self, title: &str) -> Result<(), Failure> {
        if let Self::Terminal { prompt, .. } = self {
            prompt.update_prompt(&format!("{title}> "))?;
        }
        Ok(())
    }

    /// Shows what is still to be shown, and takes the prompt away.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        if let Self::Terminal { prompt, .. } = self {
            prompt.flush()?;
        }
        Ok(())
    }
}
