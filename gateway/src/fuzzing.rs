//! What a fuzzer feeds (`fuzz/`, `make fuzz`). The tests replay what it has found, and what it began with.

pub use crate::http::cursors;
pub use crate::session::frames;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn replay(target: &str, feed: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
        let files: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 10, "{} has {} files", corpus.display(), files.len());
        for file in files {
            feed(&fs::read(&file).unwrap());
        }
    }

    #[test]
    fn frames_hold_on_the_corpus() {
        replay("frames", frames);
    }

    #[test]
    fn cursors_hold_on_the_corpus() {
        replay("cursors", cursors);
    }
}
