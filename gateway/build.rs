//! Makes the page and the client library part of the program: every file gets a second name that bears a hash of its content,
//! files refer to each other by those names, and each is compressed once, here, as far as it goes.
//!
//! - [`tree`]: which files there are, and under which path each is served
//! - [`comments`]: are left out
//! - [`bundle`]: modules that are loaded together are one file
//! - [`references`]: where a file names others
//! - [`names`]: the hashes
//! - [`table`]: compresses, and writes what `src/web/` includes

#[path = "build/bundle/mod.rs"]
mod bundle;
#[path = "build/comments.rs"]
mod comments;
#[path = "build/names.rs"]
mod names;
#[path = "build/references/mod.rs"]
mod references;
#[path = "build/source.rs"]
mod source;
#[path = "build/table.rs"]
mod table;
#[path = "build/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use names::Names;
use source::Source;

fn main() -> Result<(), Box<dyn Error>> {
    let here = std::env::var("CARGO_MANIFEST_DIR")?;
    let out = std::env::var("OUT_DIR")?;
    let (page, library) = (Path::new(&here).join("web"), Path::new(&here).join("../client/js"));
    let mut files = BTreeMap::new();
    tree::read_page(&page, &mut files)?;
    tree::read_library(&library, &mut files)?;
    // A folder stands for all that is in it, and for what is added and removed later.
    let parts = tree::LIBRARY.map(|name| library.join(name));
    for watched in parts.into_iter().chain([page, library.join("gochat"), "build.rs".into(), "build".into()])
    {
        println!("cargo:rerun-if-changed={}", watched.display());
    }

    for (path, specifier) in names::dangling(&files) {
        println!("cargo:warning={path} names {specifier}, which is not there");
    }
    for file in files.values_mut() {
        *file = comments::removed(file);
    }
    let files = bundle::of(&files)?;
    // Twice: what is hashed is what is served, apart from the hashes inside it. So a file whose names are written in another
    // way than by the build before has another name, too.
    let drafts = rewritten(&files, &names::of(&files, &files));
    let names = names::of(&files, &drafts);
    let served = rewritten(&files, &names);
    table::write(&served, &names, Path::new(&out))
}

fn rewritten(files: &BTreeMap<String, Source>, names: &Names) -> BTreeMap<String, Source> {
    let rewritten = |(path, file): (&String, &Source)| (path.clone(), names.rewrite(path, file));
    files.iter().map(rewritten).collect()
}
