//! The allocator of every program that uses this crate.
//!
//! Messages are many short strings that one thread makes and another drops, which is what mimalloc is made for (Leijen, Zorn, de Moura,
//! 2019: lists of free blocks for each page, and a second one for blocks that other threads give back).

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
