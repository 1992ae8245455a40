//! Who is on which gateways: what all of them tell, merged.

use std::collections::{HashMap, HashSet};

use protos::ids::UserId;

/// One who tells: this gateway, or one incarnation of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source(pub(super) u64);

/// A user came to a source or left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) user: UserId,
    /// True: came.
    pub(super) here: bool,
    /// True: with that the user came online or went offline altogether.
    pub(super) is_edge: bool,
}

/// A set of users for each source. What a source that is not open tells changes nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Roll {
    users_of: HashMap<Source, HashSet<UserId>>,
    /// Never empty vectors.
    at: HashMap<UserId, Vec<Source>>,
}

impl Roll {
    /// Begins to take what a source tells; nobody is there yet.
    pub(super) fn open(&mut self, source: Source) {
        self.users_of.entry(source).or_default();
    }

    /// Notes whether a user is at a source; `None` when that was known.
    pub(super) fn set(&mut self, source: Source, user: &UserId, here: bool) -> Option<Move> {
        let users = self.users_of.get_mut(&source)?;
        let is_edge = if here {
            if !users.insert(user.clone()) {
                return None;
            }
            let at = self.at.entry(user.clone()).or_default();
            at.push(source);
            at.len() == 1
        } else {
            if !users.remove(user) {
                return None;
            }
            self.leave(source, user)
        };
        Some(Move { user: user.clone(), here, is_edge })
    }

    /// Takes what a source tells anew: these users are there, and no others.
    pub(super) fn replace(&mut self, source: Source, users: HashSet<UserId>) -> Vec<Move> {
        let Some(before) = self.users_of.get(&source) else { return Vec::new() };
        let gone: Vec<UserId> = before.difference(&users).cloned().collect();
        let came: Vec<UserId> = users.difference(before).cloned().collect();
        let gone = gone.into_iter().map(|user| (user, false));
        let moves = gone.chain(came.into_iter().map(|user| (user, true)));
        moves.filter_map(|(user, here)| self.set(source, &user, here)).collect()
    }

    /// A source is gone, and its users with it.
    pub(super) fn close(&mut self, source: Source) -> Vec<Move> {
        let users = self.users_of.remove(&source).unwrap_or_default();
        let leave = |user| Move { is_edge: self.leave(source, &user), user, here: false };
        users.into_iter().map(leave).collect()
    }

    /// True for one who is somewhere.
    pub(super) fn is_online(&self, user: &UserId) -> bool {
        self.at.contains_key(user)
    }

    /// True for one who is at this source and nowhere else.
    pub(super) fn is_only_at(&self, source: Source, user: &UserId) -> bool {
        self.at.get(user).is_some_and(|at| *at == [source])
    }

    /// Everybody who is somewhere.
    pub(super) fn online(&self) -> impl Iterator<Item = &UserId> {
        self.at.keys()
    }

    /// Everybody at a source.
    pub(super) fn users_of(&self, source: Source) -> impl Iterator<Item = &UserId> {
        self.users_of.get(&source).into_iter().flatten()
    }

    /// True when the user is nowhere any more.
    fn leave(&mut self, source: Source, user: &UserId) -> bool {
        let Some(at) = self.at.get_mut(user) else { return false };
        at.retain(|other| *other != source);
        let is_edge = at.is_empty();
        if is_edge {
            self.at.remove(user);
        }
        is_edge
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Told {
        Set(u64, u8, bool),
        Replace(u64, HashSet<u8>),
        Close(u64),
        Open(u64),
    }

    fn told() -> impl Strategy<Value = Told> {
        let (source, user) = (0..4_u64, 0..6_u8);
        prop_oneof![
            6 => (source.clone(), user.clone(), any::<bool>()).prop_map(|(at, user, here)| Told::Set(at, user, here)),
            2 => (source.clone(), prop::collection::hash_set(user, 0..6)).prop_map(|(at, users)| Told::Replace(at, users)),
            1 => source.clone().prop_map(Told::Close),
            2 => source.prop_map(Told::Open),
        ]
    }

    fn name(user: u8) -> UserId {
        format!("u{user}").into()
    }

    /// The same, told to sets that nothing is derived from.
    fn tell(truth: &mut HashMap<u64, HashSet<UserId>>, told: &Told) {
        match told {
            Told::Open(at) => drop(truth.entry(*at).or_default()),
            Told::Close(at) => drop(truth.remove(at)),
            Told::Replace(at, users) => {
                if let Some(set) = truth.get_mut(at) {
                    *set = users.iter().map(|user| name(*user)).collect();
                }
            }
            Told::Set(at, user, here) => {
                if let Some(set) = truth.get_mut(at) {
                    if *here {
                        set.insert(name(*user))
                    } else {
                        set.remove(&name(*user))
                    };
                }
            }
        }
    }

    proptest! {
        #[test]
        fn edges_alternate_for_each_user_and_end_at_the_truth(all in prop::collection::vec(told(), 0..60)) {
            let (mut roll, mut truth) = (Roll::default(), HashMap::new());
            let mut followed: HashSet<UserId> = HashSet::new();
            for told in all {
                tell(&mut truth, &told);
                let moves = match told {
                    Told::Set(at, user, here) => roll.set(Source(at), &name(user), here).into_iter().collect(),
                    Told::Replace(at, users) => roll.replace(Source(at), users.into_iter().map(name).collect()),
                    Told::Close(at) => roll.close(Source(at)),
                    Told::Open(at) => {
                        roll.open(Source(at));
                        Vec::new()
                    }
                };
                for step in moves.into_iter().filter(|step| step.is_edge) {
                    let news = if step.here { followed.insert(step.user) } else { followed.remove(&step.user) };
                    prop_assert!(news, "an edge that says what was said before");
                }
                let expected: HashSet<UserId> = truth.values().flatten().cloned().collect();
                prop_assert_eq!(&followed, &expected);
                prop_assert_eq!(&roll.online().cloned().collect::<HashSet<_>>(), &expected);
            }
        }
    }

    #[test]
    fn a_user_on_two_gateways_makes_one_edge_each_way() {
        let (mut roll, ann) = (Roll::default(), UserId::from("ann"));
        let [one, two] = [Source(0), Source(1)];
        roll.open(one);
        roll.open(two);
        let edges = [(one, true), (two, true), (one, false), (two, false)]
            .map(|(at, here)| roll.set(at, &ann, here).unwrap().is_edge);
        assert_eq!(edges, [true, false, false, true]);
        assert_eq!(roll.set(two, &ann, false), None);
    }
}
