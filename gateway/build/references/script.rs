//! JavaScript, read as far as it takes to tell texts from comments, patterns and code.

use std::ops::Range;

use super::{Found, How, named};

/// After these words a `/` begins a pattern; after other words it divides.
const BEFORE_A_PATTERN: [&str; 14] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "else",
    "do",
    "await",
    "yield",
    "instanceof",
];

/// What was read last, as far as the meaning of what follows depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Start,
    Word(&'a str),
    Mark(u8),
    /// The `)` after the condition of `if`, `while` or `for`.
    Condition,
    /// A text, a pattern or a template.
    Value,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    last: Token<'a>,
    before: Token<'a>,
    /// Each open brace; true for one that a template's `${` opened.
    braces: Vec<bool>,
    /// Each open parenthesis; true for one that holds a condition.
    conditions: Vec<bool>,
    found: Found,
}

/// Reads a script.
pub(super) fn read(text: &str) -> Found {
    let (last, before, found) = (Token::Start, Token::Start, Found::default());
    let mut reader = Reader { text, at: 0, last, before, braces: Vec::new(), conditions: Vec::new(), found };
    while let Some(byte) = reader.byte(0) {
        reader.token(byte);
    }
    reader.found
}

impl<'a> Reader<'a> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'/' if self.byte(1) == Some(b'/') => self.comment("\n"),
            b'/' if self.byte(1) == Some(b'*') => self.comment("*/"),
            b'/' if self.begins_a_pattern() => self.pattern(),
            b'"' | b'\'' => self.quoted(byte),
            b'`' => self.template(),
            b'}' if self.braces.pop() == Some(true) => self.template(),
            b'{' => {
                self.braces.push(false);
                self.mark(byte);
            }
            b'(' => {
                self.conditions.push(matches!(self.last, Token::Word("if" | "while" | "for")));
                self.mark(byte);
            }
            b')' if self.conditions.pop() == Some(true) => {
                self.at += 1;
                self.push(Token::Condition);
            }
            byte if byte.is_ascii_whitespace() => self.at += 1,
            byte if is_of_a_word(byte) => self.word(),
            byte => self.mark(byte),
        }
    }

    fn push(&mut self, token: Token<'a>) {
        self.before = std::mem::replace(&mut self.last, token);
    }

    fn mark(&mut self, byte: u8) {
        self.at += 1;
        self.push(Token::Mark(byte));
    }

    fn word(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| !is_of_a_word(byte)).unwrap_or(rest.len());
        let word = &rest[..length];
        let is_outside =
            self.braces.is_empty() && self.conditions.is_empty() && self.last != Token::Mark(b'.');
        if is_outside && matches!(word, "import" | "export") {
            self.found.declarations.push(self.at);
        }
        self.at += length;
        self.push(Token::Word(word));
    }

    fn comment(&mut self, end: &str) {
        let (start, from) = (self.at, self.at + 2);
        self.at = self.text[from..].find(end).map_or(self.text.len(), |length| from + length + end.len());
        let is_line = self.text[..self.at].ends_with('\n');
        self.found.comments.push(start..self.at - usize::from(is_line));
    }

    fn begins_a_pattern(&self) -> bool {
        match self.last {
            Token::Start | Token::Condition => true,
            Token::Word(word) => BEFORE_A_PATTERN.contains(&word),
            // `i++ / 2`
            Token::Mark(mark @ (b'+' | b'-')) => self.before != Token::Mark(mark),
            Token::Mark(mark) => !matches!(mark, b')' | b']' | b'}'),
            Token::Value => false,
        }
    }

    fn pattern(&mut self) {
        let mut is_in_class = false;
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            match byte {
                b'[' => is_in_class = true,
                b']' => is_in_class = false,
                b'/' if !is_in_class => break,
                b'\n' => break,
                _ => {}
            }
        }
        self.push(Token::Value);
    }

    fn quoted(&mut self, quote: u8) {
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.byte(0).filter(|byte| *byte != quote && *byte != b'\n') {
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        self.name(start..self.at.min(self.text.len()), true);
        self.at += 1;
        self.push(Token::Value);
    }

    /// A template from its beginning, or from the end of a `${…}` in it, to its end or the next `${`.
    fn template(&mut self) {
        let is_beginning = self.byte(0) == Some(b'`');
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.byte(0) {
            if byte == b'`' || byte == b'$' && self.byte(1) == Some(b'{') {
                break;
            }
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        let is_ended = self.byte(0) != Some(b'$');
        if is_beginning {
            self.name(start..self.at.min(self.text.len()), is_ended);
        }
        if is_ended {
            self.at += 1;
            self.push(Token::Value);
        } else {
            self.at += 2;
            self.braces.push(true);
            self.push(Token::Mark(b'{'));
        }
    }

    /// Takes a text for a name if it is one. One that goes on is only when its path has ended.
    fn name(&mut self, at: Range<usize>, is_whole: bool) {
        let Some(content) = self.text.get(at.clone()) else { return };
        let how = match (self.before, self.last) {
            (_, Token::Word("from" | "import")) => How::Import,
            (Token::Word("import"), Token::Mark(b'(')) => How::Load,
            _ => How::Mention,
        };
        let is_path = ["/", "./", "../"].iter().any(|start| content.starts_with(start));
        let is_ended = is_whole || content.contains(['?', '#']);
        if is_ended && (is_path || how != How::Mention) {
            self.found.names.push(named(how, self.text, at));
        }
    }
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte == b'#' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::super::tests::found as found_in;
    use super::How::{Import, Load, Mention};

    fn found(text: &str) -> Vec<(super::How, &str)> {
        found_in(Language::Script, text)
    }

    #[test]
    fn imports_of_every_form_are_found() {
        let script = r#"
            import "./a.js";
            import b from "./b.js";
            import { c, type } from '../c.js';
            import * as d from "/d.js";
            import e, { f } from
              "./e.js";
            export { g } from "./g.js";
            export * from "./h.js";
            const later = () => import("./i.js");
            const other = await import(/* not "./x.js" */ `./j.js`);"#;
        let expected = [
            (Import, "./a.js"),
            (Import, "./b.js"),
            (Import, "../c.js"),
            (Import, "/d.js"),
            (Import, "./e.js"),
            (Import, "./g.js"),
            (Import, "./h.js"),
            (Load, "./i.js"),
            (Load, "./j.js"),
        ];
        assert_eq!(found(script), expected);
    }

    #[test]
    fn paths_in_texts_are_found_without_their_fragments() {
        let script =
            r##"use.href = `/icons.svg#${name}`; new URL("./w.js?x", import.meta.url); "/icons.svg#send""##;
        assert_eq!(found(script), [(Mention, "/icons.svg"), (Mention, "./w.js"), (Mention, "/icons.svg")]);
    }

    #[test]
    fn texts_that_go_on_or_are_no_paths_are_not() {
        assert_eq!(found(r#"t(`/app/${name}.js`, "a.js", 'it is "/x.js"', `${"a"}/x.js`)"#), []);
    }

    #[test]
    fn comments_are_not_read() {
        let script =
            "// import \"./a.js\"\n/** @type {import(\"./b.js\").B} */ /*/ \"./c.js\" */ import \"./d.js\"";
        assert_eq!(found(script), [(Import, "./d.js")]);
    }

    #[test]
    fn quotes_in_patterns_and_nested_templates_begin_no_texts() {
        let script = r#"
            text.replace(/["'`/]/g, "").split(/[/"]/);
            const half = (a + b) / 2, quarter = half / 2; // "
            const s = `a ${f({ x: `b "${c}" ` })} '`;
            if (f(x)) /"/.test(x); i++ / 2; "/no.js" + i-- / 2;
            return /"\/'/.test(x) ? x['"'] : '\'./no.js\'';
            import "./a.js";"#;
        assert_eq!(found(script), [(Mention, "/no.js"), (Import, "./a.js")]);
    }

    #[test]
    fn what_is_not_ended_ends_with_the_file() {
        for script in ["\"./a", "`./a", "`${", "/* ", "//", "x = /a", "\"\\", "`\\", "é/"] {
            found(script);
        }
    }
}
