//! Usernames, as RFC 8265 has them (UsernameCaseMapped), so that two that look the same are the same.

use precis_core::profile::PrecisFastInvocation;
use precis_profiles::UsernameCaseMapped;
use protos::model::limits::{USERNAME_MAX_CHARS, USERNAME_MIN_CHARS};
use protos::{Error, Reason, Result};
use unicode_script::{Script, ScriptExtension};

/// Before mapping a name may be this long, in bytes; mapping shortens none to a permitted one.
const RAW_MAX_BYTES: usize = 1_024;
/// Guests are called this and eight hex digits.
const GUEST_PREFIX: &str = "guest-";
const GUEST_DIGITS: usize = 8;

/// Scripts that are written together, as UTS 39 has it for "highly restrictive" identifiers; all others stand alone.
const WRITTEN_TOGETHER: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

/// The name that is stored and looked up: width, letter case and composition mapped.
///
/// # Errors
/// `INVALID_USERNAME` when it is too short, too long, or holds what no name may hold.
pub(crate) fn map(name: &str) -> Result<String> {
    let mapped = enforce(name).ok_or_else(|| invalid("holds characters that no username may hold"))?;
    let chars = mapped.chars().count();
    if !(USERNAME_MIN_CHARS..=USERNAME_MAX_CHARS).contains(&chars) {
        return Err(invalid("must have 3 to 32 characters"));
    }
    Ok(mapped)
}

/// [`map`] for a name that somebody wants to register: the names of guests are not to be had, nor those that mix scripts to look
/// like another's (a Cyrillic `а` among Latin letters).
///
/// # Errors
/// `INVALID_USERNAME`.
pub(crate) fn map_new(name: &str) -> Result<String> {
    let mapped = map(name)?;
    if is_guest_name(&mapped) {
        return Err(invalid("is kept for guests"));
    }
    if mixes_scripts(&mapped) {
        return Err(invalid("mixes scripts that are not written together"));
    }
    Ok(mapped)
}

/// The beginning of a name, mapped as far as it can be; `None` when no name begins so.
pub(crate) fn map_query(query: &str) -> Option<String> {
    let query = query.trim();
    let mapped = enforce(query).unwrap_or_else(|| query.to_lowercase());
    (mapped.chars().count() <= USERNAME_MAX_CHARS).then_some(mapped)
}

/// A new guest's name.
pub(crate) fn guest() -> String {
    format!("{GUEST_PREFIX}{:0GUEST_DIGITS$x}", rand::random::<u32>())
}

fn is_guest_name(name: &str) -> bool {
    name.strip_prefix(GUEST_PREFIX)
        .is_some_and(|rest| rest.len() == GUEST_DIGITS && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// True when no one script, and none of the groups that are written together, holds every character. Digits and punctuation belong
/// to all.
fn mixes_scripts(name: &str) -> bool {
    let are_of = |group: &[Script]| {
        name.chars().all(|c| group.iter().any(|script| ScriptExtension::from(c).contains_script(*script)))
    };
    ScriptExtension::for_str(name).is_empty() && !WRITTEN_TOGETHER.iter().any(|group| are_of(group))
}

fn enforce(name: &str) -> Option<String> {
    if name.len() > RAW_MAX_BYTES {
        return None;
    }
    UsernameCaseMapped::enforce(name).ok().map(Into::into)
}

fn invalid(why: &str) -> Error {
    Error::new(Reason::InvalidUsername, format!("the username {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for (written, stored) in [
            ("alice", "alice"),
            ("ALICE", "alice"),
            ("ａｌｉｃｅ", "alice"),
            ("Jose\u{301}", "jos\u{e9}"),
            ("Ωμέγα", "ωμέγα"),
            ("a.b-c_d9", "a.b-c_d9"),
            ("用户名", "用户名"),
        ] {
            assert_eq!(map(written).unwrap(), stored, "{written}");
        }
    }

    #[test]
    fn what_no_name_may_hold_is_refused() {
        let too_long = "x".repeat(33);
        let huge = "x".repeat(1_000_000);
        for bad in [
            "",
            "ab",
            &too_long,
            &huge,
            "a b c",
            " alice",
            "alice ",
            "ali\0ce",
            "ali\nce",
            "ali\u{200b}ce",
            "ali\u{202e}ce",
            "ali\u{7f}ce",
            "\u{2028}alice",
            "al\u{ad}ice",
        ] {
            let error = map(bad).unwrap_err();
            assert_eq!(error.reason(), Reason::InvalidUsername, "{bad:?}");
        }
        assert!(map(&"x".repeat(32)).is_ok());
        assert!(map("abc").is_ok());
    }

    #[test]
    fn a_guests_name_is_valid_but_not_to_be_had() {
        let name = guest();
        assert_eq!(map(&name).unwrap(), name);
        assert!(map_new(&name).is_err());
        assert!(map_new("Guest-0123ABCD").is_err());
        assert!(map_new("guest-house").is_ok());
    }

    #[test]
    fn scripts_that_are_not_written_together_are_refused() {
        for good in [
            "用户名",
            "张伟2024",
            "张wei",
            "東京タワー",
            "さくら桜",
            "ラーメンramen",
            "김치kimchi",
            "ㄅㄆㄇ汉字",
            "иван_7",
            "ωμέγα",
            "שלום",
            "สวัสดี",
            "josé-3",
            "नमस्ते",
        ] {
            assert_eq!(map_new(good).unwrap(), map(good).unwrap(), "{good}");
        }
        // Cyrillic а, Greek ο, Armenian օ, Cherokee Ꭰ, and Japanese with Hangul.
        for bad in [
            "p\u{430}ypal",
            "g\u{3bf}\u{3bf}gle",
            "g\u{585}ogle",
            "иван-ivan",
            "\u{ab70}bc",
            "さくら김",
            "привет世界",
        ] {
            let error = map_new(bad).unwrap_err();
            assert_eq!(error.reason(), Reason::InvalidUsername, "{bad}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters_after_mapping() {
        assert!(map_new("张伟明").is_ok());
        assert!(map_new("张伟").is_err());
        assert!(map_new(&"用".repeat(32)).is_ok());
        assert!(map_new(&"用".repeat(33)).is_err());
        // Two code points that compose to one.
        assert!(map_new("abe\u{301}").is_ok());
        assert!(map_new("ae\u{301}").is_err());
    }

    #[test]
    fn a_query_is_mapped_like_a_name() {
        assert_eq!(map_query("AL").as_deref(), Some("al"));
        assert_eq!(map_query("x y").as_deref(), Some("x y"));
        assert_eq!(map_query(&"x".repeat(10_000)), None);
    }
}
