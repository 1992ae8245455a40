//! What GoChat promises, tried end to end over whole clusters: one program, because linking it takes longer than running it.
//!
//! Each `promise_N` is a promise of the contract, run over both sizes: one process of each service over SQLite, and two of each over
//! PostgreSQL and Redis.

#[cfg(test)]
#[path = "../checker/mod.rs"]
mod checker;
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "what kills processes is used by the chaos tests")]
#[path = "../cluster/mod.rs"]
mod cluster;
#[cfg(test)]
#[expect(dead_code, reason = "the chaos program uses the rest; here the faults themselves are tried")]
#[path = "../chaos/fault/mod.rs"]
mod fault;

#[cfg(test)]
mod account;
#[cfg(test)]
mod auth_flow;
#[cfg(test)]
mod authorisation_matrix;
#[cfg(test)]
mod authorisation_rpcs;
#[cfg(test)]
mod authorisation_stage;
#[cfg(test)]
mod authorisation_table;
#[cfg(test)]
mod away;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod friends;
#[cfg(test)]
mod kept_pushes;
#[cfg(test)]
mod presence_notices;
#[cfg(test)]
mod promise_1_durable_delivery;
#[cfg(test)]
mod promise_2_gapless_seq;
#[cfg(test)]
mod promise_3_same_key;
#[cfg(test)]
mod promise_4_unread;
#[cfg(test)]
mod promise_5_order;
#[cfg(test)]
mod promise_6_presence;
#[cfg(test)]
mod promise_7_removed_member;
#[cfg(test)]
mod promise_8_push_results;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod server_frames;
#[cfg(test)]
mod session_frames;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod slow_client;
#[cfg(test)]
mod stopped_gateway;
#[cfg(test)]
mod typing_and_receipts;
#[cfg(test)]
mod world;
