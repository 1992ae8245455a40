//! Where a password comes from: a file, the environment, or the person at the terminal.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::command::Failure;

/// The variable that may hold it.
const VARIABLE: &str = "GOCHAT_PASSWORD";

/// The user's password. A new one that is typed is asked for twice.
pub(super) fn get(user: &str, file: Option<&Path>, is_new: bool) -> Result<String, Failure> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
        return Ok(first_line(&text).to_owned());
    }
    if let Some(password) = std::env::var(VARIABLE).ok().filter(|password| !password.is_empty()) {
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        return Err(format!("no password: give --password-file, or set {VARIABLE}").into());
    }
    let password = rpassword::prompt_password(format!("Password of {user}: "))?;
    if is_new && rpassword::prompt_password("Once more: ")? != password {
        return Err("these were two different passwords".into());
    }
    Ok(password)
}

fn first_line(text: &str) -> &str {
    text.split(['\r', '\n']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_first_line_with_its_spaces() {
        assert_eq!(first_line(" pass word \nmore\n"), " pass word ");
        assert_eq!(first_line("secret\r\n"), "secret");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        assert!(get("ann", Some(&path), false).unwrap_err().to_string().contains("password"));
        std::fs::write(&path, "correct horse\n").unwrap();
        assert_eq!(get("ann", Some(&path), true).unwrap(), "correct horse");
    }
}
