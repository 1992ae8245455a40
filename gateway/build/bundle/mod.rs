//! Modules that are loaded together are sent together: one request instead of many, and one text to compress. A module becomes a
//! function that is called where it stands, behind those that it imports; what it exports is what the function returns.
//!
//! The sources stay modules that any browser runs as they are, and the words that this does not understand are few and refused:
//! modules that import each other in a circle, exports that change (`export let`) or have no name (`export default`, `export *`).

mod declaration;
mod order;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;

use declaration::{Declaration, Name};
use order::Part;

use super::references;
use super::source::{Language, Source};

/// What the library is to who imports it.
const LIBRARY: &str = "/gochat.js";

/// What the modules are called inside; no source may use it.
const PREFIX: &str = "module$";

type Files = BTreeMap<String, Source>;

/// The files, with one script for each page, for each script that is loaded later, and for the library, instead of their modules.
///
/// # Errors
/// A module that cannot be bundled, and why.
pub(crate) fn of(files: &Files) -> Result<Files, Box<dyn Error>> {
    let is_script = |file: &Source| file.language == Language::Script;
    let scripts = files.iter().filter(|(_, file)| is_script(file));
    if let Some((path, _)) = scripts.clone().find(|(_, file)| file.text().contains(PREFIX)) {
        return Err(format!("{path}: {PREFIX} is what modules are called in bundles").into());
    }
    let numbers = scripts.enumerate().map(|(number, (path, _))| (path.clone(), number)).collect();
    let bundler = Bundler { files, numbers };
    let mut bundled: Files = files
        .iter()
        .filter(|(_, file)| !is_script(file))
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    for first in firsts(files) {
        for part in order::parts(files, &first)? {
            let content = bundler.write(&part)?.into_bytes();
            bundled.insert(part.entry().to_owned(), Source { content, ..files[part.entry()].clone() });
        }
    }
    Ok(bundled)
}

/// What pages name, and the library.
fn firsts(files: &Files) -> BTreeSet<String> {
    let pages = files.iter().filter(|(_, file)| file.language == Language::Markup);
    let named = pages.flat_map(|(path, file)| references::targets(path, file));
    let scripts = named.map(|(_, target)| target).chain([LIBRARY.to_owned()]);
    scripts.filter(|path| files.get(path).is_some_and(|file| file.language == Language::Script)).collect()
}

struct Bundler<'a> {
    files: &'a Files,
    numbers: BTreeMap<String, usize>,
}

impl Bundler<'_> {
    fn write(&self, part: &Part) -> Result<String, Box<dyn Error>> {
        let mut text = String::new();
        if let Some((first, borrowed)) = part.borrows() {
            writeln!(text, "import {{ {} }} from {first:?};", self.called(borrowed)?)?;
        }
        let (entry, modules) = part.modules.split_last().ok_or("a part without modules")?;
        for path in modules {
            let (body, exports) = self.function(path)?;
            writeln!(text, "const {} = (() => {{{body}\nreturn {{ {exports} }};\n}})();", self.call(path)?)?;
        }
        text.push_str(&self.entry(entry)?);
        if !part.lent.is_empty() {
            writeln!(text, "\nexport {{ {} }};", self.called(&part.lent)?)?;
        }
        Ok(text)
    }

    /// A module's body without its imports and exports, and what it exports.
    fn function(&self, path: &str) -> Result<(String, String), Box<dyn Error>> {
        let mut exports = Vec::new();
        let body = self.rewritten(path, |declaration, _| {
            Ok(match declaration {
                Declaration::Import { names, from } => self.import(path, &names, &from)?,
                Declaration::ExportFrom { names, from } => {
                    let module = self.target(path, &from)?;
                    exports
                        .extend(names.iter().map(|Name { own, other }| format!("{other}: {module}.{own}")));
                    String::new()
                }
                Declaration::Export { names } => {
                    exports.extend(names.iter().map(|Name { own, other }| format!("{other}: {own}")));
                    String::new()
                }
                Declaration::Exported { name } => {
                    exports.push(name);
                    String::new()
                }
            })
        })?;
        Ok((body, exports.join(", ")))
    }

    /// The module that begins it all stays one: it exports, and may wait.
    fn entry(&self, path: &str) -> Result<String, Box<dyn Error>> {
        self.rewritten(path, |declaration, original| {
            Ok(match declaration {
                Declaration::Import { names, from } => self.import(path, &names, &from)?,
                Declaration::ExportFrom { names, from } => {
                    format!("export const {} = {};", pattern(&names), self.target(path, &from)?)
                }
                Declaration::Export { .. } | Declaration::Exported { .. } => original.to_owned(),
            })
        })
    }

    /// The text at `path`, each import and export replaced.
    fn rewritten(
        &self,
        path: &str,
        mut replace: impl FnMut(Declaration, &str) -> Result<String, Box<dyn Error>>,
    ) -> Result<String, Box<dyn Error>> {
        let text = self.files[path].text();
        let mut rewritten = String::with_capacity(text.len());
        let mut copied = 0;
        for start in references::read(Language::Script, text).declarations {
            let refused =
                |why| format!("{path}: {why}: {}", text[start..].lines().next().unwrap_or_default());
            let Some((length, declaration)) = declaration::read(&text[start..]).map_err(refused)? else {
                continue;
            };
            rewritten.push_str(&text[copied..start]);
            copied = start + length;
            rewritten.push_str(&replace(declaration, &text[start..copied])?);
        }
        rewritten.push_str(&text[copied..]);
        Ok(rewritten)
    }

    fn import(&self, path: &str, names: &[Name], from: &str) -> Result<String, Box<dyn Error>> {
        let module = self.target(path, from)?;
        Ok(match names {
            [] => String::new(),
            [Name { own, other }] if own == "*" => format!("const {other} = {module};"),
            names => format!("const {} = {module};", pattern(names)),
        })
    }

    /// What the module that `path` names is called.
    fn target(&self, path: &str, name: &str) -> Result<String, Box<dyn Error>> {
        let target = references::resolve(path, Language::Script, name);
        self.call(&target.ok_or_else(|| format!("{path}: {name} is no file of the page"))?)
    }

    fn call(&self, path: &str) -> Result<String, Box<dyn Error>> {
        let number = self.numbers.get(path).ok_or_else(|| format!("there is no script {path}"))?;
        Ok(format!("{PREFIX}{number}"))
    }

    fn called(&self, paths: &BTreeSet<String>) -> Result<String, Box<dyn Error>> {
        Ok(paths.iter().map(|path| self.call(path)).collect::<Result<Vec<_>, _>>()?.join(", "))
    }
}

/// The names, as they are taken out of an object.
fn pattern(names: &[Name]) -> String {
    let taken = names.iter().map(|Name { own, other }| format!("{own}: {other}"));
    format!("{{ {} }}", taken.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
