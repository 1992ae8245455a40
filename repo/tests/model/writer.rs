//! The model: its state, its steps, what must hold.

use stateright::{Model, Property};

/// Repo processes.
pub(super) const PROCESSES: usize = 2;

/// A message that somebody wants to be stored: its sender, and the sender's key. Two calls with the same are one message.
pub(super) type Message = (u8, u8);

/// What there is: the first sender has two messages, the second one. The second may be removed.
pub(super) const MESSAGES: [Message; 3] = [(0, 0), (0, 1), (1, 0)];
/// Who is removed.
const REMOVED: u8 = 1;

/// How often what may happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Calls for each message, the first included.
    pub(super) calls: u8,
    /// Deaths of processes, together.
    pub(super) deaths: u8,
}

/// How the writer goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// As it is.
    AsItIs,
    /// Broken: no look-up of the key, and no unique index.
    NoUniqueKey,
    /// Broken: the answer goes out before the commit.
    AckBeforeCommit,
    /// Broken: the last seq is read before the row is locked.
    SeqOutsideLock,
    /// Broken: who is a member is looked up before the row is locked.
    MemberOutsideLock,
}

/// A row of `messages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Row {
    message: Message,
    seq: u8,
    /// It was stored when the removal had returned already.
    after_removal: bool,
}

/// Where a process is with its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum At {
    /// It has none.
    Idle,
    /// It waits for the row's lock; what the broken variants have read too early.
    Waiting { last_seq: u8, is_member: bool },
    /// It has the lock.
    Locked { last_seq: u8, is_member: bool },
    /// Looked up: the seq of the row that is there, if any.
    LookedUp { last_seq: u8, stored: Option<u8> },
    /// Inserted, not committed.
    Inserted { row: Row },
    /// What it answers is known, and its transaction is over.
    Committed { answer: Option<u8> },
}

/// A call that is under way at a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Call {
    message: usize,
    at: At,
}

/// The removal of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Removal {
    NotBegun,
    Locked,
    Committed,
    Returned,
}

/// Who has the row's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Process(usize),
    Remover,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    rows: Vec<Row>,
    /// `conversations.last_seq`.
    last_seq: u8,
    holder: Option<Holder>,
    processes: [Call; PROCESSES],
    removal: Removal,
    /// Calls begun, by message.
    calls: [u8; MESSAGES.len()],
    /// What the senders were told.
    acked: Vec<(usize, u8)>,
    deaths: u8,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A call arrives: the first, one again whose answer was lost, or the same from another gateway.
    Call { process: usize, message: usize },
    /// `lock`: SELECT … FOR NO KEY UPDATE returns; what it read is the row as committed last.
    Lock(usize),
    /// `look_up`.
    LookUp(usize),
    /// `place` and `Writes::apply`.
    Insert(usize),
    /// COMMIT is carried out; from here on the rows are there.
    Commit(usize),
    /// The answer reaches the sender.
    Answer(usize),
    /// The answer is lost; whoever waits for it calls again, or gives up.
    LoseAnswer(usize),
    /// The process dies, and begins anew.
    Die(usize),
    /// The remover locks, commits, and its caller is told.
    Remove,
}

/// Everything that can happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    pub(super) variant: Variant,
    pub(super) bounds: Bounds,
}

const IDLE: Call = Call { message: 0, at: At::Idle };

impl State {
    fn is_member(&self, message: usize) -> bool {
        MESSAGES[message].0 != REMOVED || self.removal < Removal::Committed
    }

    fn stored(&self, message: usize) -> Option<u8> {
        self.rows.iter().find(|row| row.message == MESSAGES[message]).map(|row| row.seq)
    }

    fn ack(&mut self, message: usize, seq: u8) {
        if !self.acked.contains(&(message, seq)) {
            self.acked.push((message, seq));
            self.acked.sort_unstable();
        }
    }

    /// It locks, commits, returns.
    fn go_on_with_the_removal(&mut self) {
        (self.removal, self.holder) = match self.removal {
            Removal::NotBegun => (Removal::Locked, Some(Holder::Remover)),
            Removal::Locked => (Removal::Committed, None),
            Removal::Committed | Removal::Returned => (Removal::Returned, self.holder),
        };
    }

    /// Ends a process's transaction: the others may have the lock.
    fn unlock(&mut self, process: usize) {
        if self.holder == Some(Holder::Process(process)) {
            self.holder = None;
        }
    }
}

impl Writer {
    /// The step that a process takes by itself.
    fn next_of(&self, state: &State, process: usize) -> Option<Step> {
        match state.processes[process].at {
            At::Idle => None,
            At::Waiting { .. } => state.holder.is_none().then_some(Step::Lock(process)),
            At::Locked { .. } => Some(Step::LookUp(process)),
            At::LookedUp { .. } => Some(Step::Insert(process)),
            At::Inserted { .. } => Some(Step::Commit(process)),
            At::Committed { .. } => Some(Step::Answer(process)),
        }
    }

    fn locked(&self, state: &State, call: Call) -> At {
        let At::Waiting { last_seq, is_member } = call.at else { return call.at };
        let early_seq = self.variant == Variant::SeqOutsideLock;
        let early_member = self.variant == Variant::MemberOutsideLock;
        At::Locked {
            last_seq: if early_seq { last_seq } else { state.last_seq },
            is_member: if early_member { is_member } else { state.is_member(call.message) },
        }
    }

    /// Refused and repeated messages have nothing to insert; their transactions end with the look-up.
    fn looked_up(&self, state: &State, call: Call) -> At {
        let At::Locked { last_seq, is_member } = call.at else { return call.at };
        let stored = state.stored(call.message).filter(|_| self.variant != Variant::NoUniqueKey);
        match (is_member, stored) {
            (false, _) => At::Committed { answer: None },
            (true, Some(seq)) => At::Committed { answer: Some(seq) },
            (true, None) => At::LookedUp { last_seq, stored },
        }
    }

    fn commit(&self, state: &mut State, row: Row) -> bool {
        // The unique indexes, of the key and of the seq, refuse a row; the variants go without the one that they break.
        let key_is_there = state.rows.iter().any(|other| other.message == row.message);
        if key_is_there && self.variant != Variant::NoUniqueKey {
            return false;
        }
        let after_removal = state.removal == Removal::Returned && row.message.0 == REMOVED;
        state.rows.push(Row { after_removal, ..row });
        state.rows.sort_unstable();
        state.last_seq = row.seq;
        true
    }
}

impl Model for Writer {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            rows: Vec::new(),
            last_seq: 0,
            holder: None,
            processes: [IDLE; PROCESSES],
            removal: Removal::NotBegun,
            calls: [0; MESSAGES.len()],
            acked: Vec::new(),
            deaths: 0,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for process in 0..PROCESSES {
            steps.extend(self.next_of(state, process));
            match state.processes[process].at {
                At::Idle => {
                    let messages =
                        (0..MESSAGES.len()).filter(|message| state.calls[*message] < self.bounds.calls);
                    steps.extend(messages.map(|message| Step::Call { process, message }));
                }
                At::Committed { .. } => steps.push(Step::LoseAnswer(process)),
                _ => {}
            }
            if state.processes[process].at != At::Idle && state.deaths < self.bounds.deaths {
                steps.push(Step::Die(process));
            }
        }
        let may_lock = state.holder.is_none() || state.removal != Removal::NotBegun;
        if state.removal != Removal::Returned && may_lock {
            steps.push(Step::Remove);
        }
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::Call { process, message } => {
                state.calls[message] += 1;
                let at = At::Waiting { last_seq: state.last_seq, is_member: state.is_member(message) };
                state.processes[process] = Call { message, at };
            }
            Step::Lock(process) => {
                state.holder = Some(Holder::Process(process));
                state.processes[process].at = self.locked(before, before.processes[process]);
            }
            Step::LookUp(process) => {
                let at = self.looked_up(before, before.processes[process]);
                state.processes[process].at = at;
                if matches!(at, At::Committed { .. }) {
                    state.unlock(process);
                }
            }
            Step::Insert(process) => {
                let Call { message, at: At::LookedUp { last_seq, .. } } = before.processes[process] else {
                    return None;
                };
                let row = Row { message: MESSAGES[message], seq: last_seq + 1, after_removal: false };
                state.processes[process].at = At::Inserted { row };
                if self.variant == Variant::AckBeforeCommit {
                    state.ack(message, row.seq);
                }
            }
            Step::Commit(process) => {
                let At::Inserted { row } = before.processes[process].at else { return None };
                let is_stored = self.commit(&mut state, row);
                state.unlock(process);
                state.processes[process].at = At::Committed { answer: is_stored.then_some(row.seq) };
            }
            Step::Answer(process) => {
                let Call { message, at: At::Committed { answer } } = before.processes[process] else {
                    return None;
                };
                if let Some(seq) = answer {
                    state.ack(message, seq);
                }
                state.processes[process] = IDLE;
            }
            Step::LoseAnswer(process) => state.processes[process] = IDLE,
            Step::Die(process) => {
                state.deaths += 1;
                state.unlock(process);
                state.processes[process] = IDLE;
            }
            Step::Remove => state.go_on_with_the_removal(),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("seqs are 1, 2, 3 …", |_, state: &State| {
                let mut seqs: Vec<u8> = state.rows.iter().map(|row| row.seq).collect();
                seqs.sort_unstable();
                seqs.iter().zip(1..).all(|(seq, expected)| *seq == expected)
            }),
            Property::always("a sender's key has one row", |_, state: &State| {
                let count = |message| state.rows.iter().filter(|row| row.message == message).count();
                MESSAGES.iter().all(|message| count(*message) <= 1)
            }),
            Property::always("what was acknowledged is there, with that seq", |_, state: &State| {
                let is_row = |(message, seq): &(usize, u8)| {
                    state.rows.iter().any(|row| row.message == MESSAGES[*message] && row.seq == *seq)
                };
                // Answered early, it may yet be committed: it is lost once nobody is at it any more.
                let is_at_rest = state.processes == [IDLE; PROCESSES];
                !is_at_rest || state.acked.iter().all(is_row)
            }),
            Property::always("who was removed stores nothing", |_, state: &State| {
                !state.rows.iter().any(|row| row.after_removal)
            }),
            Property::sometimes("everything can be acknowledged", |_, state: &State| {
                state.acked.len() == MESSAGES.len()
            }),
        ]
    }
}
