//! The second name of each file, which bears a hash: what is at it never changes, so nobody asks again.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::references::{self, How};
use super::source::{Language, Source};

/// Path to path with a hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

/// Names each file by its content and that of every file that it leads to. So files may import each other in circles, and a
/// name changes when, and only when, something behind it does. Who leads to whom is read from the `originals`.
pub(crate) fn of(originals: &BTreeMap<String, Source>, contents: &BTreeMap<String, Source>) -> Names {
    let hashed = originals.iter().filter(|(_, file)| file.is_hashed);
    let named = hashed.map(|(path, _)| {
        let behind = reached(originals, path, |_| true);
        (path.clone(), with_hash(path, &hash(contents, &behind)))
    });
    Names(named.collect())
}

fn hash(contents: &BTreeMap<String, Source>, paths: &[String]) -> String {
    let mut digest = Sha256::new();
    for path in paths {
        let content = contents.get(path).map_or(&[][..], |file| &file.content);
        digest.update(format!("{path}\n{}\n", content.len()));
        digest.update(content);
    }
    // 64 bits: nobody searches for two files of ours that collide.
    hex::encode(&digest.finalize()[..8])
}

/// The file itself, then all that it leads to by these kinds of references, each once, nearest first.
pub(crate) fn reached(
    files: &BTreeMap<String, Source>,
    path: &str,
    follows: impl Fn(How) -> bool,
) -> Vec<String> {
    let mut reached = vec![path.to_owned()];
    let mut seen: BTreeSet<String> = reached.iter().cloned().collect();
    let mut next = 0;
    while let Some(path) = reached.get(next).cloned() {
        next += 1;
        let Some(file) = files.get(&path) else { continue };
        let followed = references::targets(&path, file).into_iter().filter(|(how, _)| follows(*how));
        let named = followed.map(|(_, target)| target);
        for target in named.filter(|target| files.get(target).is_some_and(|file| file.is_hashed)) {
            if seen.insert(target.clone()) {
                reached.push(target);
            }
        }
    }
    reached
}

/// What is imported or loaded and is not there: the file, and what it says.
pub(crate) fn dangling(files: &BTreeMap<String, Source>) -> Vec<(String, String)> {
    let mut dangling = Vec::new();
    for (path, file) in files {
        let text = file.text();
        for found in references::of(file.language, text).into_iter().filter(|found| found.how != How::Mention)
        {
            let name = &text[found.at];
            let target = references::resolve(path, file.language, name);
            if !target.is_some_and(|target| files.contains_key(&target)) {
                dangling.push((path.clone(), name.to_owned()));
            }
        }
    }
    dangling
}

impl Names {
    /// The path with the hash, for a file that has one.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The file, with the hash in each name that it uses. What was relative stays so, in scripts: the library is imported from
    /// other origins.
    pub(crate) fn rewrite(&self, path: &str, file: &Source) -> Source {
        let text = file.text();
        let mut rewritten = String::with_capacity(text.len());
        let mut copied = 0;
        for found in references::of(file.language, text) {
            let name = &text[found.at.clone()];
            let target = references::resolve(path, file.language, name);
            let Some((target, hashed)) = target.and_then(|target| self.0.get_key_value(&target)) else {
                continue;
            };
            rewritten.push_str(&text[copied..found.at.start]);
            if file.language == Language::Markup {
                rewritten.push_str(hashed);
            } else {
                // Both end alike: `main.js` and `main.<hash>.js`.
                let stem = |path: &str| path.rfind('.').unwrap_or(path.len());
                rewritten.push_str(&name[..stem(name)]);
                rewritten.push_str(&hashed[stem(target)..]);
            }
            copied = found.at.end;
        }
        if copied == 0 {
            return file.clone();
        }
        rewritten.push_str(&text[copied..]);
        Source { content: rewritten.into_bytes(), ..file.clone() }
    }
}

fn with_hash(path: &str, hash: &str) -> String {
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{path}.{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> BTreeMap<String, Source> {
        let source = |(path, content): &(&str, &str)| {
            let language = if path.ends_with(".html") { Language::Markup } else { Language::Script };
            let is_hashed = language == Language::Script;
            let content = content.as_bytes().to_vec();
            ((*path).to_owned(), Source { language, content_type: "as it was", is_hashed, content })
        };
        files.iter().map(source).collect()
    }

    fn text(source: &Source) -> &str {
        std::str::from_utf8(&source.content).unwrap()
    }

    #[test]
    fn a_name_changes_with_everything_behind_it_and_with_nothing_else() {
        let before = files(&[
            ("/main.js", r#"import "./a.js";"#),
            ("/a.js", r#"import("./b.js")"#),
            ("/b.js", "1"),
            ("/c.js", "2"),
        ]);
        let mut after = before.clone();
        after.get_mut("/b.js").unwrap().content = b"3".to_vec();
        let (before, after) = (of(&before, &before), of(&after, &after));
        for path in ["/main.js", "/a.js", "/b.js"] {
            assert_ne!(before.get(path), after.get(path), "{path}");
        }
        assert_eq!(before.get("/c.js"), after.get("/c.js"));
        assert_eq!(before.get("/c.js").unwrap().len(), "/c.0123456789abcdef.js".len());
    }

    #[test]
    fn files_that_import_each_other_have_names_too() {
        let circle = files(&[("/a.js", r#"import "./b.js";"#), ("/b.js", r#"import "./a.js";"#)]);
        let names = of(&circle, &circle);
        let a = names.rewrite("/a.js", &circle["/a.js"]);
        assert_eq!(text(&a), format!("import \".{}\";", names.get("/b.js").unwrap()));
        let mut other = circle.clone();
        other.get_mut("/b.js").unwrap().content.push(b' ');
        assert_ne!(of(&other, &other).get("/a.js"), names.get("/a.js"));
    }

    #[test]
    fn names_keep_their_form_in_scripts_and_are_whole_in_pages() {
        let files = files(&[
            ("/docs/index.html", r#"<script src="page.js"></script>"#),
            (
                "/docs/page.js",
                r#"import "../x.y.js?z#w"; import "/docs/page.js"; "/docs/index.html"; import "./gone.js""#,
            ),
            ("/x.y.js", ""),
        ]);
        let names = of(&files, &files);
        let page = names.rewrite("/docs/index.html", &files["/docs/index.html"]);
        let script = names.get("/docs/page.js").unwrap();
        assert_eq!(text(&page), format!("<script src=\"{script}\"></script>"));
        let part = names.get("/x.y.js").unwrap();
        let rewritten = names.rewrite("/docs/page.js", &files["/docs/page.js"]);
        let expected =
            format!(r#"import "..{part}?z#w"; import "{script}"; "/docs/index.html"; import "./gone.js""#);
        assert_eq!((text(&rewritten), rewritten.content_type), (expected.as_str(), "as it was"));
        assert_eq!(dangling(&files), [("/docs/page.js".to_owned(), "./gone.js".to_owned())]);
    }
}
