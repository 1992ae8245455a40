//! HTML: the attributes by which a page loads files. A link that a person follows (`<a href>`) is none of them.

use std::ops::Range;

use super::{How, Reference, named};

/// All names in a page.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = text[at..].find('<') {
        at += length + 1;
        if text[at..].starts_with("!--") {
            at = text[at..].find("-->").map_or(text.len(), |length| at + length + 3);
            continue;
        }
        let tag = word(text, at);
        let attribute = match &text[tag.clone()] {
            "script" | "img" | "source" | "iframe" => "src",
            "link" | "use" => "href",
            _ => continue,
        };
        let how = if &text[tag.clone()] == "script" { How::Import } else { How::Load };
        at = attributes(text, tag.end, |name, value| {
            let is_file = !text[value.clone()].starts_with('#') && !text[value.clone()].contains(':');
            if name == attribute && is_file {
                found.push(named(how, text, value));
            }
        });
    }
    found
}

/// Gives each attribute with a quoted value to `each`, and returns where the tag has ended.
fn attributes<'a>(text: &'a str, mut at: usize, mut each: impl FnMut(&'a str, Range<usize>)) -> usize {
    while let Some(next) = text.as_bytes().get(at) {
        if *next == b'>' {
            return at + 1;
        }
        let name = word(text, at);
        at = name.end.max(at + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let Some(quote) = ["=\"", "='"].iter().find(|quote| text[name.end..].starts_with(**quote)) else {
            continue;
        };
        let start = name.end + 2;
        let end = text[start..].find(&quote[1..]).map_or(text.len(), |length| start + length);
        each(&text[name], start..end);
        at = (end + 1).min(text.len());
    }
    at
}

/// The word that begins at `at`; empty if none does.
fn word(text: &str, at: usize) -> Range<usize> {
    let is_end = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'-';
    at..text[at..].bytes().position(is_end).map_or(text.len(), |length| at + length)
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::super::tests::found as found_in;
    use super::How::{Import, Load};

    fn found(text: &str) -> Vec<(super::How, &str)> {
        found_in(Language::Markup, text)
    }

    #[test]
    fn what_a_page_loads_is_found() {
        let page = r##"<!doctype html>
            <!-- <link href="/no.css"> -->
            <link rel="stylesheet"
              href="/style/base.css"><link href='icon.svg' rel=icon>
            <script type="module" src="/app/main.js"></script>
            <svg><use href="/icons.svg#send"/><use href="#own"/></svg>
            <a href="/gochat.js">the library</a> <link rel="x" href="https://x.example/">"##;
        let expected =
            [(Load, "/style/base.css"), (Load, "icon.svg"), (Import, "/app/main.js"), (Load, "/icons.svg")];
        assert_eq!(found(page), expected);
    }

    #[test]
    fn what_is_not_ended_ends_with_the_file() {
        for page in ["<", "<!--", "<link", "<link href=", "<link href=\"", "<link href=\"x", "<link é", "<é"]
        {
            found(page);
        }
    }
}
