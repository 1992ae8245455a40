//! Readers of pages over HTTP: each has a connection of its own and asks for the next page when it has the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use futures::future::try_join_all;
use memchr::memmem::Finder;

use super::course::Course;
use super::crew::share;
use super::drive::{Span, Timing, drive};
use super::tally::Tally;
use crate::command::Failure;
use crate::command::bench::meter::Meter;
use crate::command::bench::progress::Progress;
use crate::command::bench::wire::Http;

/// One reader, before it is connected.
#[derive(Clone, Debug)]
pub(in super::super) struct Reader {
    pub(in super::super) server: SocketAddr,
    pub(in super::super) token: String,
    pub(in super::super) book: Book,
}

/// What is read.
#[derive(Clone, Debug)]
pub(in super::super) struct Book {
    /// The path of each page, in order; after the last comes the first.
    pub(in super::super) pages: Arc<Vec<String>>,
    /// What stands once in each item of a page.
    pub(in super::super) item: &'static str,
    /// How many items every page has.
    pub(in super::super) items: usize,
}

/// Lets all read, from page to page. An operation is a page.
///
/// # Errors
/// A page that has more or fewer items than it should; whatever else fails.
pub(in super::super) async fn pages(
    timing: Timing,
    meter: &Meter,
    progress: &Progress,
    readers: Vec<Reader>,
) -> Result<(Span, Tally), Failure> {
    let shares = Arc::new(share(readers, timing.threads));
    let timing = Timing { threads: shares.len(), ..timing };
    let work = move |number: usize, course: Course| {
        let shares = shares.clone();
        async move { read_all(&shares[number], &course).await }
    };
    let (span, tallies) = drive(timing, meter, progress, work).await?;
    Ok((span, Tally::sum(tallies)?))
}

async fn read_all(readers: &[Reader], course: &Course) -> Result<Tally, Failure> {
    let connecting = readers.iter().map(|reader| Http::connect(reader.server, &reader.token));
    let connections = try_join_all(connecting).await?;
    course.begins().await;
    let reading = readers.iter().zip(connections).enumerate();
    let reading = reading.map(|(number, (reader, connection))| read(number, reader, connection, course));
    Tally::sum(try_join_all(reading).await?)
}

async fn read(first: usize, reader: &Reader, mut http: Http, course: &Course) -> Result<Tally, Failure> {
    let Book { pages, item, items } = &reader.book;
    let (item, mut tally) = (Finder::new(item), Tally::of(["request to answer"])?);
    // Readers begin on different pages, so that they do not all ask for the same.
    for path in pages.iter().cycle().skip(first % pages.len()) {
        if course.is_over() {
            break;
        }
        let asked = Instant::now();
        let page = http.get(path).await?;
        let latency = asked.elapsed();
        let found = item.find_iter(page).count();
        if found != *items {
            return Err(format!("{path} has {found} items, not {items}").into());
        }
        if course.is_measured() {
            tally.note(0, latency);
        }
        course.count(1);
    }
    Ok(tally)
}
