//! A page names all modules that its scripts import, directly or not: the browser fetches them in one go, not level by level.

use std::collections::BTreeMap;

use super::names::{Names, reached};
use super::references::{self, How};
use super::source::{Language, Source};

/// Adds to each of these pages a `<link rel="modulepreload">` for each module behind its scripts. `originals` are the files as
/// they are on disk: in them, names are paths.
pub(crate) fn add(pages: &mut BTreeMap<String, Source>, originals: &BTreeMap<String, Source>, names: &Names) {
    for (path, page) in originals.iter().filter(|(_, file)| file.language == Language::Markup) {
        let imported =
            references::of(page.language, page.text()).into_iter().filter(|found| found.how == How::Import);
        let direct: Vec<String> = imported
            .filter_map(|found| references::resolve(path, page.language, &page.text()[found.at]))
            .collect();
        let modules = reached(originals, path, |how| how == How::Import);
        let behind = modules.iter().skip(1).filter(|module| !direct.contains(module));
        let links: String = behind
            .filter_map(|module| names.get(module))
            .map(|name| format!("<link rel=\"modulepreload\" href=\"{name}\">\n"))
            .collect();
        if let Some(page) = pages.get_mut(path) {
            let text = page.text();
            let at = text.find("<script").or_else(|| text.find("</head>")).unwrap_or(0);
            page.content = [&text[..at], &links, &text[at..]].concat().into_bytes();
        }
    }
}
