//! A file that is served.

/// What a file is written in, as far as it matters for what it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Markup,
    Script,
    Style,
    /// It refers to nothing.
    Other,
}

/// A file, and how it is served.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) language: Language,
    pub(crate) content_type: &'static str,
    /// Pages and declarations have one name only: people type it, compilers look for it.
    pub(crate) is_hashed: bool,
    pub(crate) content: Vec<u8>,
}

impl Source {
    /// The content of a file that can refer to others.
    pub(crate) fn text(&self) -> &str {
        if self.language == Language::Other { "" } else { std::str::from_utf8(&self.content).unwrap_or("") }
    }
}
