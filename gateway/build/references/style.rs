//! CSS: `url(…)` and `@import "…"`.

use super::{Found, How, named};

/// Reads a style sheet.
pub(super) fn read(text: &str) -> Found {
    let mut found = Found::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            let end = text[at + 2..].find("*/").map_or(text.len(), |length| at + length + 4);
            found.comments.push(at..end);
            at = end;
        } else if rest.starts_with(b"url(") {
            at = name(text, at + 4, &mut found);
        } else if rest.starts_with(b"@import") {
            at = name(text, at + 7, &mut found);
        } else if matches!(rest[0], b'"' | b'\'') {
            at = quoted(text, at).1;
        } else {
            at += 1;
        }
    }
    found
}

/// Reads a name, in quotes or not, from `from` on, and returns where to go on.
fn name(text: &str, from: usize, found: &mut Found) -> usize {
    let start = from + text[from..].len() - text[from..].trim_start().len();
    let rest = &text[start..];
    // Not a name itself: it is read next.
    if rest.starts_with("url(") {
        return start;
    }
    let (start, end, next) = if rest.starts_with(['"', '\'']) {
        let (end, next) = quoted(text, start);
        (start + 1, end, next)
    } else {
        let end = rest.find([')', ';']).map_or(text.len(), |length| start + length);
        (start, start + text[start..end].trim_end().len(), end)
    };
    if !text[start..end].starts_with('#') && !text[start..end].contains(':') {
        found.names.push(named(How::Load, text, start..end));
    }
    next
}

/// Where the text whose opening quote is at `at` ends, and where to go on.
fn quoted(text: &str, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != bytes[at] {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    (end.min(bytes.len()), (end + 1).min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::super::tests::found as found_in;
    use super::How::Load;

    fn found(text: &str) -> Vec<(super::How, &str)> {
        found_in(Language::Style, text)
    }

    #[test]
    fn files_are_found_in_quotes_and_without() {
        let style = r#"
            @import "./base.css";
            @import url('/style/shell.css') screen;
            a { background: url(wave.svg) url( "/icons.svg#send" ); content: "url(no.svg)"; }
            /* url(no.svg) */"#;
        let expected =
            [(Load, "./base.css"), (Load, "/style/shell.css"), (Load, "wave.svg"), (Load, "/icons.svg")];
        assert_eq!(found(style), expected);
    }

    #[test]
    fn data_fragments_and_other_hosts_are_no_files() {
        assert_eq!(
            found("a { mask: url(#m) url(data:image/png;base64,x) url('https://x.example/a.png') }"),
            []
        );
    }

    #[test]
    fn what_is_not_ended_ends_with_the_file() {
        for style in ["/* ", "url(", "url(\"", "@import", "\"\\", "url('é"] {
            found(style);
        }
    }
}
