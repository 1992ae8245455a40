//! The forms in which a module imports and exports.

/// A name, and what it is called on the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// In the module that has it; `*` is all of it.
    pub(super) own: String,
    /// In the module that takes it.
    pub(super) other: String,
}

/// An import or export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Declaration {
    /// `import … from "…"`; without names, `import "…"`.
    Import { names: Vec<Name>, from: String },
    /// `export { … } from "…"`.
    ExportFrom { names: Vec<Name>, from: String },
    /// `export { … }`.
    Export { names: Vec<Name> },
    /// `export` in front of a function, class or constant.
    Exported { name: String },
}

/// The declaration at the beginning of `text`, and how much of it is replaced; nothing for `import()` and `import.meta`.
///
/// # Errors
/// Why it is not understood.
pub(super) fn read(text: &str) -> Result<Option<(usize, Declaration)>, &'static str> {
    if let Some(rest) = text.strip_prefix("import") {
        if rest.trim_start().starts_with(['(', '.']) {
            return Ok(None);
        }
        let (statement, length) = statement(text)?;
        let clause = statement.strip_prefix("import").unwrap_or_default();
        let (names, from) = match clause.rsplit_once("from") {
            Some((names, from)) if !names.trim().is_empty() => (imported(names)?, from),
            _ => (Vec::new(), clause),
        };
        return Ok(Some((length, Declaration::Import { names, from: unquoted(from)? })));
    }
    let rest = text.strip_prefix("export").ok_or("neither an import nor an export")?.trim_start();
    if rest.starts_with('{') {
        let (statement, length) = statement(text)?;
        let (list, from) = statement.rsplit_once('}').ok_or("the list of names has no end")?;
        let names = listed(list.split_once('{').map_or("", |(_, names)| names));
        let declaration = match from.trim().strip_prefix("from") {
            Some(from) => Declaration::ExportFrom { names, from: unquoted(from)? },
            None => Declaration::Export { names },
        };
        return Ok(Some((length, declaration)));
    }
    let kinds = ["async function*", "async function", "function*", "function", "class", "const"];
    let named = kinds
        .iter()
        .find_map(|kind| rest.strip_prefix(kind))
        .ok_or("exports of this kind cannot be bundled")?;
    let named = named.trim_start_matches(['*', ' ']);
    let length =
        named.find(|letter: char| !letter.is_alphanumeric() && !"_$".contains(letter)).unwrap_or(named.len());
    let name = named[..length].to_owned();
    if name.is_empty() {
        return Err("an export needs a name of its own");
    }
    Ok(Some((text.len() - rest.len(), Declaration::Exported { name })))
}

/// Up to the semicolon, and the length with it.
fn statement(text: &str) -> Result<(&str, usize), &'static str> {
    text.find(';').map(|end| (&text[..end], end + 1)).ok_or("a semicolon is missing")
}

fn imported(names: &str) -> Result<Vec<Name>, &'static str> {
    let names = names.trim();
    if let Some(list) = names.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Ok(listed(list));
    }
    let all = names.strip_prefix('*').map(str::trim).and_then(|rest| rest.strip_prefix("as "));
    let other = all.ok_or("imports of this kind cannot be bundled")?.trim().to_owned();
    Ok(vec![Name { own: "*".to_owned(), other }])
}

/// `a, b as c`.
fn listed(list: &str) -> Vec<Name> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let read = names.map(|name| match name.split_once(" as ") {
        Some((own, other)) => Name { own: own.trim().to_owned(), other: other.trim().to_owned() },
        None => Name { own: name.to_owned(), other: name.to_owned() },
    });
    read.collect()
}

fn unquoted(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let inner = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).map(str::to_owned).ok_or("a path in quotes is missing")
}
