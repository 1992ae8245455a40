//! What a typed line asks for.

/// What `/help` says.
pub(super) const HELP: &str = "\
text              send it to the open conversation (//text for one that begins with a slash)
/open NAME        open the conversation with a user, or one of your conversations by its name
/group NAME USER… make a group with these users, and open it; quote a name of several words
/world            join the world conversation, and open it
/list             your conversations
/history [N]      the last N messages of the open conversation (20)
/who              who is in the open conversation
/quit             leave";

/// Messages that `/history` shows by default, and at most.
const HISTORY: (u32, u32) = (20, 200);

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Nothing,
    Text(String),
    Open(String),
    Group { name: String, users: Vec<String> },
    World,
    List,
    History(u32),
    Who,
    Help,
    Quit,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(Self::Nothing);
        }
        let Some(command) = line.strip_prefix('/') else { return Ok(Self::Text(line.to_owned())) };
        if command.starts_with('/') {
            return Ok(Self::Text(command.to_owned()));
        }
        let words = words(command)?;
        let mut arguments = words.iter().skip(1).cloned();
        let name = words.first().map(String::as_str).unwrap_or_default();
        let read = match (name, words.len()) {
            ("open", 2..) => Self::Open(arguments.by_ref().collect::<Vec<_>>().join(" ")),
            ("open", _) => return Err("whom? /open NAME".to_owned()),
            ("group", 2..) => Self::Group {
                name: arguments.next().unwrap_or_default(),
                users: arguments.by_ref().collect(),
            },
            ("group", _) => return Err("which? /group NAME USER…".to_owned()),
            ("history", _) => Self::History(count(arguments.next())?),
            ("world", _) => Self::World,
            ("list", _) => Self::List,
            ("who", _) => Self::Who,
            ("help", _) => Self::Help,
            ("quit", _) => Self::Quit,
            _ => return Err(format!("there is no command /{name}; /help lists them")),
        };
        match arguments.next() {
            Some(more) => Err(format!("/{name} does not know what to do with {more}")),
            None => Ok(read),
        }
    }
}

fn count(word: Option<String>) -> Result<u32, String> {
    let Some(word) = word else { return Ok(HISTORY.0) };
    match word.parse::<u32>() {
        Ok(count @ 1..) => Ok(count.min(HISTORY.1)),
        _ => Err(format!("{word} is not a number of messages")),
    }
}

/// Words between white space; a part in double quotes is one word.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Line {
        Line::parse(line).unwrap()
    }

    #[test]
    fn plain_text_is_sent_as_it_stands() {
        assert_eq!(parsed("  hello  \"world\" /x "), Line::Text("hello  \"world\" /x".into()));
        assert_eq!(parsed("//shrug"), Line::Text("/shrug".into()));
        assert_eq!(parsed("   "), Line::Nothing);
    }

    #[test]
    fn commands_take_their_words() {
        assert_eq!(parsed("/open bob"), Line::Open("bob".into()));
        assert_eq!(parsed("/open The Lunch Group"), Line::Open("The Lunch Group".into()));
        assert_eq!(
            parsed("/group \"The Lunch\" bob  carol"),
            Line::Group { name: "The Lunch".into(), users: vec!["bob".into(), "carol".into()] }
        );
        assert_eq!(parsed("/group alone"), Line::Group { name: "alone".into(), users: Vec::new() });
        let plain =
            [("/world", Line::World), ("/list", Line::List), ("/who", Line::Who), ("/quit", Line::Quit)];
        for (line, expected) in plain {
            assert_eq!(parsed(line), expected);
        }
    }

    #[test]
    fn history_has_a_default_and_a_bound() {
        assert_eq!(parsed("/history"), Line::History(20));
        assert_eq!(parsed("/history 5"), Line::History(5));
        assert_eq!(parsed("/history 9999"), Line::History(200));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let bad = [
            "/",
            "/open",
            "/group",
            "/dance",
            "/history x",
            "/history 0",
            "/history 5 6",
            "/quit now",
            "/open \"b",
        ];
        for line in bad {
            assert!(Line::parse(line).is_err(), "{line}");
        }
    }
}
