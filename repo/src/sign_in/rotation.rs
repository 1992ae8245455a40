//! What becomes of a refresh token that is presented: a pure decision over the row that is locked meanwhile.

/// The part of a sign-in's row that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) current: String,
    pub(super) previous: String,
    /// Unix milliseconds of when `previous` was spent.
    pub(super) rotated_at_ms: i64,
    /// Unix seconds.
    pub(super) expires_at: i64,
    pub(super) ended: bool,
}

/// A refresh token that its holder wants to spend.
#[derive(Debug)]
pub(super) struct Presented<'a> {
    pub(super) hash: &'a str,
    pub(super) grace_ms: i64,
    pub(super) now_ms: i64,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    /// The successor is the current token from now on.
    Rotate {
        /// The token that stays known as the spent one.
        previous: String,
        /// When that was spent.
        rotated_at_ms: i64,
    },
    /// A spent token came back: somebody else may have it. The sign-in ends.
    Reused,
    /// Over before this call.
    Ended,
}

/// Decides.
pub(super) fn decide(tokens: &Tokens, presented: &Presented<'_>) -> Rotation {
    if tokens.ended || tokens.expires_at.saturating_mul(1_000) <= presented.now_ms {
        return Rotation::Ended;
    }
    if presented.hash == tokens.current {
        return Rotation::Rotate { previous: tokens.current.clone(), rotated_at_ms: presented.now_ms };
    }
    // Its answer got lost, or two tabs were at it: the successor that nobody used dies for the new one.
    // A clock that has gone back since must not make a spent token good again.
    let spent_for_ms = (presented.now_ms - tokens.rotated_at_ms).abs();
    if presented.hash == tokens.previous && spent_for_ms <= presented.grace_ms {
        return Rotation::Rotate { previous: tokens.previous.clone(), rotated_at_ms: tokens.rotated_at_ms };
    }
    Rotation::Reused
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn tokens() -> Tokens {
        Tokens {
            current: "b".into(),
            previous: "a".into(),
            rotated_at_ms: NOW,
            expires_at: 2_000,
            ended: false,
        }
    }

    fn present(tokens: &Tokens, hash: &str, now_ms: i64) -> Rotation {
        decide(tokens, &Presented { hash, grace_ms: 30_000, now_ms })
    }

    #[test]
    fn the_current_token_is_spent_for_its_successor() {
        let rotated = present(&tokens(), "b", NOW + 7);
        assert_eq!(rotated, Rotation::Rotate { previous: "b".into(), rotated_at_ms: NOW + 7 });
    }

    #[test]
    fn a_spent_token_is_forgiven_within_the_grace_while_its_successor_is_unused() {
        let forgiven = Rotation::Rotate { previous: "a".into(), rotated_at_ms: NOW };
        assert_eq!(present(&tokens(), "a", NOW), forgiven);
        assert_eq!(present(&tokens(), "a", NOW + 30_000), forgiven);
        assert_eq!(present(&tokens(), "a", NOW + 30_001), Rotation::Reused);
        assert_eq!(present(&tokens(), "a", NOW - 30_001), Rotation::Reused, "the clock has gone back");
        let used = Tokens { current: "c".into(), previous: "b".into(), ..tokens() };
        assert_eq!(present(&used, "a", NOW + 1), Rotation::Reused);
    }

    #[test]
    fn any_other_token_ends_the_sign_in_unless_it_was_over() {
        assert_eq!(present(&tokens(), "z", NOW), Rotation::Reused);
        let ended = Tokens { ended: true, ..tokens() };
        assert_eq!(present(&ended, "b", NOW), Rotation::Ended);
        assert_eq!(present(&ended, "z", NOW), Rotation::Ended);
        assert_eq!(present(&tokens(), "b", 2_000_000), Rotation::Ended);
        let first = Tokens { previous: String::new(), rotated_at_ms: 0, ..tokens() };
        assert_eq!(present(&first, "z", NOW), Rotation::Reused);
    }
}
