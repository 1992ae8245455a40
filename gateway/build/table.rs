//! What `src/web/` includes: each content in the codings in which it is sent, and under which paths.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::names::Names;
use super::source::Source;

/// Writes the contents into `out/web`, and the table of them as `out/web/table.rs`.
pub(crate) fn write(
    files: &BTreeMap<String, Source>,
    names: &Names,
    out: &Path,
) -> Result<(), Box<dyn Error>> {
    let folder = out.join("web");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;

    let mut table = String::from("static FILES: &[File] = &[\n");
    let mut paths = BTreeMap::new();
    for (index, (path, file)) in files.iter().enumerate() {
        let digest = hex::encode(Sha256::digest(&file.content));
        let tag = &digest[..32];
        let is_text = file.content_type.contains("text") || file.content_type.contains("xml");
        writeln!(table, "File {{ path: {path:?}, content_type: {:?}, tag: {tag:?},", file.content_type)?;
        std::fs::write(folder.join(tag), &file.content)?;
        writeln!(table, "    content: include_bytes!({:?}),", folder.join(tag))?;
        for (coding, compressed) in [("brotli", brotli(&file.content)?), ("gzip", gzip(&file.content)?)] {
            let is_worth_it = is_text && compressed.len() < file.content.len();
            let compressed_file = folder.join(format!("{tag}.{coding}"));
            if is_worth_it {
                std::fs::write(&compressed_file, compressed)?;
                writeln!(table, "    {coding}: Some(include_bytes!({compressed_file:?})),")?;
            } else {
                writeln!(table, "    {coding}: None,")?;
            }
        }
        table.push_str("},\n");
        paths.insert(path.as_str(), (index, false));
        if let Some(name) = names.get(path) {
            paths.insert(name, (index, true));
        }
    }
    // In the order of the paths, so that they can be searched.
    table.push_str("];\nstatic PATHS: &[(&str, usize, bool)] = &[\n");
    for (path, (index, is_hashed)) in paths {
        writeln!(table, "({path:?}, {index}, {is_hashed}),")?;
    }
    table.push_str("];\n");
    Ok(std::fs::write(folder.join("table.rs"), table)?)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let params = BrotliEncoderParams {
        quality: 11,
        mode: BrotliEncoderMode::BROTLI_MODE_TEXT,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &params)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}
