//! Random schedules of sends, recalls, reads, joins, leaves, lost frames and broken connections: after a last sync every client
//! holds exactly the history of every conversation that it may see, and nothing of any other.
//!
//! The clients are models: they do what the contract says that clients do, with live frames and with `sync`. Everything that is
//! stored, recalled and synced is the real code over SQLite. What races a sync is put between its two looks at the database.

mod client;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use client::Client;
use world::{CONVERSATIONS, USERS, World};

/// Schedules that are tried.
const SCHEDULES: u32 = 1_200;

/// Something that happens at the server.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A user writes under one of few keys, so that repetitions are common, or replies to a message.
    Send {
        user: usize,
        conversation: usize,
        key: u8,
    },
    /// A user recalls the message at this place, counted from the last.
    Recall {
        user: usize,
        conversation: usize,
        back: u8,
    },
    /// A user reads up to this place, counted from the last.
    Read {
        user: usize,
        conversation: usize,
        back: u8,
    },
    Join {
        user: usize,
        conversation: usize,
    },
    Leave {
        user: usize,
        conversation: usize,
    },
}

/// A step of a schedule.
#[derive(Clone, Debug)]
enum Step {
    Act(Act),
    /// So many frames reach a client.
    Hear {
        client: usize,
        frames: usize,
    },
    /// A client's next frame is lost on its way.
    Lose {
        client: usize,
    },
    /// A client's next frame comes after the one behind it.
    Swap {
        client: usize,
    },
    Disconnect {
        client: usize,
    },
    Reconnect {
        client: usize,
    },
    /// A client syncs once, by this limit; the acts happen between the two looks.
    Sync {
        client: usize,
        limit: u32,
        partial: bool,
        racing: Vec<Act>,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let place = || (0..USERS, 0..CONVERSATIONS);
    prop_oneof![
        8 => (place(), 0..20_u8).prop_map(|((user, conversation), key)| Act::Send { user, conversation, key }),
        4 => (place(), 0..6_u8).prop_map(|((user, conversation), back)| Act::Recall { user, conversation, back }),
        1 => (place(), 0..3_u8).prop_map(|((user, conversation), back)| Act::Read { user, conversation, back }),
        1 => place().prop_map(|(user, conversation)| Act::Join { user, conversation }),
        1 => place().prop_map(|(user, conversation)| Act::Leave { user, conversation }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let sync = (0..USERS, 1..6_u32, any::<bool>(), proptest::collection::vec(act(), 0..3));
    prop_oneof![
        12 => act().prop_map(Step::Act),
        4 => (0..USERS, 1..10_usize).prop_map(|(client, frames)| Step::Hear { client, frames }),
        3 => (0..USERS).prop_map(|client| Step::Lose { client }),
        1 => (0..USERS).prop_map(|client| Step::Swap { client }),
        1 => (0..USERS).prop_map(|client| Step::Disconnect { client }),
        2 => (0..USERS).prop_map(|client| Step::Reconnect { client }),
        5 => sync.prop_map(|(client, limit, partial, racing)| Step::Sync { client, limit, partial, racing }),
    ]
}

struct Run<'a> {
    world: &'a mut World,
    clients: Vec<Client>,
}

impl Run<'_> {
    fn act(&mut self, act: Act) {
        for (user, frame) in self.world.act(act) {
            self.clients[user].send(frame);
        }
    }

    /// One request and its answer.
    fn sync(&mut self, client: usize, limit: u32, partial: bool, racing: &[Act]) {
        let request = self.clients[client].request(self.world.user(client), limit, partial);
        let heads = super::heads(&mut self.world.connection, &request).unwrap();
        racing.iter().for_each(|act| self.act(*act));
        let synced = super::complete(&mut self.world.connection, &request, heads).unwrap();
        let told: usize = synced.conversations.iter().map(|part| part.messages.len()).sum();
        assert!(told <= limit as usize, "{told} messages for a limit of {limit}");
        self.clients[client].synced(synced);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Act(act) => self.act(act),
            Step::Hear { client, frames } => (0..frames).for_each(|_| self.clients[client].hear_next()),
            Step::Lose { client } => self.clients[client].lose_next(),
            Step::Swap { client } => self.clients[client].swap_next(),
            Step::Disconnect { client } => self.clients[client].disconnect(),
            Step::Reconnect { client } => self.clients[client].connect(),
            Step::Sync { client, limit, partial, racing } if self.clients[client].is_connected() => {
                self.sync(client, limit, partial, &racing);
            }
            Step::Sync { .. } => {}
        }
    }

    /// Everybody is connected, hears what is under way unless they are deaf to it, and syncs until nothing is left to ask.
    fn settle(&mut self, deaf: [bool; USERS]) {
        for (client, deaf) in deaf.into_iter().enumerate() {
            if deaf {
                self.clients[client].disconnect();
            }
            self.clients[client].connect();
            self.clients[client].hear_all();
            let limit = 2 + client as u32;
            // A page more than all messages take, and one to learn of conversations.
            for _ in 0..100 {
                self.sync(client, limit, false, &[]);
                if self.clients[client].has_all() {
                    break;
                }
            }
            assert!(self.clients[client].has_all(), "a sync that does not end");
        }
    }

    fn check(&self) {
        for (user, client) in self.clients.iter().enumerate() {
            let truth = self.world.visible_to(user);
            assert_eq!(client.held(), truth, "what the client of user {user} holds, and what is true");
            for (conversation, read) in self.world.read_pointers_of(user) {
                assert_eq!(client.read_pointer(conversation), read, "the read pointer of user {user}");
            }
        }
    }
}

#[test]
fn after_a_sync_a_client_holds_what_is_stored_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let home = runtime.block_on(world::Home::open());
    let config =
        Config { cases: SCHEDULES, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let schedules = (proptest::collection::vec(step(), 1..48), any::<[bool; USERS]>());
    let connection = std::cell::RefCell::new(Some(home.connect()));
    let outcome = TestRunner::new(config).run(&schedules, |(schedule, deaf)| {
        let mut world = World::begin(connection.borrow_mut().take().unwrap_or_else(|| home.connect()));
        let mut run = Run { world: &mut world, clients: (0..USERS).map(|_| Client::default()).collect() };
        run.clients.iter_mut().for_each(Client::connect);
        schedule.into_iter().for_each(|step| run.step(step));
        run.settle(deaf);
        run.check();
        *connection.borrow_mut() = Some(world.connection);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
