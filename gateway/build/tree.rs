//! The files on disk.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use super::source::{Language, Source};

/// The files of `gateway/web`: the path in the folder is the path in the URL.
pub(crate) fn read_page(folder: &Path, files: &mut BTreeMap<String, Source>) -> Result<(), Box<dyn Error>> {
    walk(folder, "", files)?;
    // The page of the HTTP interface stands beside its document.
    let docs: Vec<String> = files.keys().filter(|path| path.starts_with("/docs/")).cloned().collect();
    for path in docs {
        if let Some(file) = files.remove(&path) {
            files.insert(format!("/api{path}"), file);
        }
    }
    Ok(())
}

/// What the library is to who imports it; its parts are in a folder beside it.
pub(crate) const LIBRARY: [&str; 2] = ["gochat.js", "gochat.d.ts"];

/// The files of the client library that other pages import.
pub(crate) fn read_library(
    folder: &Path,
    files: &mut BTreeMap<String, Source>,
) -> Result<(), Box<dyn Error>> {
    for name in LIBRARY {
        let file = folder.join(name);
        if file.is_file() {
            files.insert(format!("/{name}"), read(&file, name)?);
        }
    }
    let parts = folder.join("gochat");
    if parts.is_dir() { walk(&parts, "/gochat", files) } else { Ok(()) }
}

fn walk(folder: &Path, at: &str, files: &mut BTreeMap<String, Source>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{at}/{name}");
        if entry.file_type()?.is_dir() {
            if name != "tests" {
                walk(&entry.path(), &path, files)?;
            }
        } else if !name.starts_with('.') && name != "tsconfig.json" {
            files.insert(path, read(&entry.path(), &name)?);
        }
    }
    Ok(())
}

fn read(file: &Path, name: &str) -> Result<Source, Box<dyn Error>> {
    let (language, content_type, is_hashed) = kind(name).ok_or_else(|| {
        format!("{}: no content type is known for this file: see gateway/build/tree.rs", file.display())
    })?;
    let content = std::fs::read(file)?;
    if language != Language::Other && std::str::from_utf8(&content).is_err() {
        return Err(format!("{}: not UTF-8", file.display()).into());
    }
    Ok(Source { language, content_type, is_hashed, content })
}

fn kind(name: &str) -> Option<(Language, &'static str, bool)> {
    if name.ends_with(".d.ts") {
        return Some((Language::Other, "text/plain; charset=utf-8", false));
    }
    Some(match name.rsplit_once('.')?.1 {
        "html" => (Language::Markup, "text/html; charset=utf-8", false),
        "js" => (Language::Script, "text/javascript; charset=utf-8", true),
        "css" => (Language::Style, "text/css; charset=utf-8", true),
        "svg" => (Language::Other, "image/svg+xml", true),
        "png" => (Language::Other, "image/png", true),
        "woff2" => (Language::Other, "font/woff2", true),
        "webmanifest" => (Language::Other, "application/manifest+json", false),
        _ => return None,
    })
}
