//! Where a file names other files, and where it has comments, which name nothing.

mod markup;
mod script;
mod style;

use std::ops::Range;

use super::source::{Language, Source};

/// How a file names another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// `import … from`, `export … from`, `<script src>`: nothing runs before it is there.
    Import,
    /// `import()`, `<link>`, `url()`: it is asked for, now or later.
    Load,
    /// A text in a script that may be a path.
    Mention,
}

/// A place in a file's text that names another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) how: How,
    /// Of the name, without a query and a fragment.
    pub(crate) at: Range<usize>,
}

/// What is found in a text, in its order.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) names: Vec<Reference>,
    /// Without the end of the line.
    pub(crate) comments: Vec<Range<usize>>,
    /// Where a script says `import` or `export` outside of everything else.
    pub(crate) declarations: Vec<usize>,
}

/// Reads a text.
pub(crate) fn read(language: Language, text: &str) -> Found {
    match language {
        Language::Markup => Found { names: markup::references(text), ..Found::default() },
        Language::Script => script::read(text),
        Language::Style => style::read(text),
        Language::Other => Found::default(),
    }
}

/// All names in a text, in its order.
pub(crate) fn of(language: Language, text: &str) -> Vec<Reference> {
    read(language, text).names
}

/// The path that a name stands for in the file at `path`; nothing for other hosts, data and packages.
pub(crate) fn resolve(path: &str, language: Language, name: &str) -> Option<String> {
    if name.starts_with('/') {
        return (!name.starts_with("//")).then(|| name.to_owned());
    }
    let is_relative = name.starts_with("./") || name.starts_with("../");
    if !is_relative && (language == Language::Script || name.is_empty() || name.contains(':')) {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." if parts.len() > 1 => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What the file at `path` names, and how; what is elsewhere is left out.
pub(crate) fn targets(path: &str, file: &Source) -> Vec<(How, String)> {
    let text = file.text();
    let named = of(file.language, text).into_iter();
    named.filter_map(|found| Some((found.how, resolve(path, file.language, &text[found.at])?))).collect()
}

/// The range of a name in `at`, without its query and fragment.
fn named(how: How, text: &str, at: Range<usize>) -> Reference {
    let end = text[at.clone()].find(['?', '#']).map_or(at.end, |length| at.start + length);
    Reference { how, at: at.start..end }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// How and what a text names.
    pub(crate) fn found(language: Language, text: &str) -> Vec<(How, &str)> {
        of(language, text).into_iter().map(|reference| (reference.how, &text[reference.at])).collect()
    }

    #[test]
    fn names_are_read_as_a_browser_reads_them() {
        let script = |name| resolve("/app/people/index.js", Language::Script, name);
        assert_eq!(script("./a.js").as_deref(), Some("/app/people/a.js"));
        assert_eq!(script("../dom.js").as_deref(), Some("/app/dom.js"));
        assert_eq!(script("../../../../gochat.js").as_deref(), Some("/gochat.js"));
        assert_eq!(script("/gochat.js").as_deref(), Some("/gochat.js"));
        assert_eq!(script("lit"), None);
        assert_eq!(script("https://cdn.example/lit.js"), None);
        assert_eq!(script("//cdn.example/lit.js"), None);
        let style = |name| resolve("/style/base.css", Language::Style, name);
        assert_eq!(style("wave.svg").as_deref(), Some("/style/wave.svg"));
        assert_eq!(style("data:image/svg+xml,x"), None);
        assert_eq!(style(""), None);
    }
}
