//! The taking of seqs, as a model of which every state is visited (stateright).
//!
//! Its steps ([`writer::Step`]) are those of the code, cut wherever another process can come in between. Two repo processes save
//! into one conversation: `message/save.rs` locks its row (`conversation/lock.rs`), looks up keys and members, takes seqs and
//! inserts, and commits; the answer follows. A process may die between any two steps: its lock goes with it, and what it had not
//! committed. The answer to a COMMIT or to a call may be lost: then `SaveBatch::flush`, and after it the gateway, calls again with the same
//! key, at either process. A key may be under way at both processes at once. Meanwhile one of the two senders is removed
//! (`conversation/roster.rs`, under the same lock).
//!
//! In every state: seqs are 1, 2, 3 …; a sender's key has one row; what was acknowledged is a row with that seq; and nobody has
//! stored anything after their removal returned. That all can be acknowledged is checked too, or else nothing would be shown.
//!
//! Explored: every state within the bounds of [`writer::Bounds`] (3 messages of 2 senders, each called up to 2 times, 2 deaths, 1
//! removal), to the end of every path: 543,582 states, reached by 2,155,142 steps, 34 deep, in 4 to 7 s of a debug build. `cargo test --test model -- --nocapture` prints it.
//! In each of four broken variants the checker finds a counter-example to the property that the variant breaks.

#[cfg(test)]
mod tests;
#[cfg(test)]
mod writer;
