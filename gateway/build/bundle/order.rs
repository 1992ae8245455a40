//! Which modules go together, and in what order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::references::{self, How};
use super::Files;

/// Modules that are sent together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Each behind those that it imports; the last is what others name.
    pub(super) modules: Vec<String>,
    /// Modules that parts which are loaded later take from here.
    pub(super) lent: BTreeSet<String>,
    /// The part that was loaded before this one, and the modules that are taken from it.
    first: Option<(String, BTreeSet<String>)>,
}

impl Part {
    pub(super) fn entry(&self) -> &str {
        self.modules.last().map_or("", String::as_str)
    }

    /// Whose modules this part takes, and which.
    pub(super) fn borrows(&self) -> Option<(&str, &BTreeSet<String>)> {
        self.first
            .as_ref()
            .filter(|(_, borrowed)| !borrowed.is_empty())
            .map(|(first, borrowed)| (first.as_str(), borrowed))
    }
}

/// The part that `first` begins, and those that it loads later. A module is in one of them alone, because it may have a state:
/// what two later ones need is in the first.
///
/// # Errors
/// Modules that import each other in a circle.
pub(super) fn parts(files: &Files, first: &str) -> Result<Vec<Part>, String> {
    let mut eager = Vec::new();
    visit(files, first, &mut Vec::new(), &mut eager)?;
    let entry = eager.pop();
    let mut later: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting = loaded(files, eager.iter().chain(&entry));
    while let Some(path) = waiting.pop() {
        if later.contains_key(&path) {
            continue;
        }
        let mut modules = Vec::new();
        visit(files, &path, &mut Vec::new(), &mut modules)?;
        waiting.extend(loaded(files, modules.iter()));
        later.insert(path, modules);
    }
    let mut needed: BTreeMap<String, usize> = BTreeMap::new();
    for module in later.values().flatten() {
        *needed.entry(module.clone()).or_default() += 1;
    }
    for modules in later.values() {
        let shared = modules.iter().filter(|module| needed[*module] > 1 && !eager.contains(module));
        eager.extend(shared.cloned().collect::<Vec<_>>());
    }
    eager.extend(entry);
    let mut parts = Vec::new();
    let mut lent = BTreeSet::new();
    for modules in later.into_values() {
        let own: Vec<String> = modules.into_iter().filter(|module| !eager.contains(module)).collect();
        if own.is_empty() {
            continue;
        }
        let named = own.iter().flat_map(|path| imported(files, path));
        let borrowed: BTreeSet<String> = named.filter(|path| eager.contains(path)).collect();
        lent.extend(borrowed.iter().cloned());
        parts.push(Part { modules: own, lent: BTreeSet::new(), first: Some((first.to_owned(), borrowed)) });
    }
    parts.push(Part { modules: eager, lent, first: None });
    Ok(parts)
}

/// Puts a module behind all that it imports.
fn visit(files: &Files, path: &str, above: &mut Vec<String>, done: &mut Vec<String>) -> Result<(), String> {
    if done.iter().any(|other| other == path) {
        return Ok(());
    }
    above.push(path.to_owned());
    if above.iter().filter(|other| *other == path).count() > 1 {
        return Err(format!("modules import each other in a circle: {}", above.join(" → ")));
    }
    for target in imported(files, path) {
        visit(files, &target, above, done)?;
    }
    above.pop();
    done.push(path.to_owned());
    Ok(())
}

fn imported(files: &Files, path: &str) -> Vec<String> {
    named(files, path, How::Import)
}

fn loaded<'a>(files: &Files, paths: impl Iterator<Item = &'a String>) -> Vec<String> {
    paths.flat_map(|path| named(files, path, How::Load)).collect()
}

fn named(files: &Files, path: &str, how: How) -> Vec<String> {
    let Some(file) = files.get(path) else { return Vec::new() };
    let targets = references::targets(path, file).into_iter().filter(|(found, _)| *found == how);
    targets.map(|(_, target)| target).filter(|target| files.contains_key(target)).collect()
}
