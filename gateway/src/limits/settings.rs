//! `RATE_LIMITS`.

use std::str::FromStr;
use std::time::Duration;

use kit::token_bucket::Allowance;

/// Nobody is made to wait longer than a day.
const LONGEST_SECONDS: u64 = 24 * 60 * 60;

/// So many in so long: all of them at once after a rest, or spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    within: Duration,
}

impl Rate {
    /// `None` for nothing at all, or in no time.
    #[must_use]
    pub const fn new(count: u32, within: Duration) -> Option<Self> {
        if count == 0 || within.as_nanos() < count as u128 { None } else { Some(Self { count, within }) }
    }

    /// So many at once.
    #[must_use]
    pub fn burst(self) -> std::num::NonZeroU32 {
        std::num::NonZeroU32::new(self.count).unwrap_or(std::num::NonZeroU32::MIN)
    }

    /// One more after each such time.
    #[must_use]
    pub fn one_every(self) -> Duration {
        self.within / self.count
    }

    /// The same for a [`TokenBucket`](kit::token_bucket::TokenBucket), which who owns it alone counts by.
    #[must_use]
    pub fn allowance(self) -> Allowance {
        Allowance { burst: self.count, one_every: self.one_every() }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// `COUNT/TIME`, as in `30/1m`: the time in `s`, `m` or `h`, at most a day.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (count, within) = text.split_once('/')?;
            let unit = within.chars().last()?;
            let seconds = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3_600,
                _ => return None,
            };
            let number: u64 = within[..within.len() - 1].parse().ok()?;
            let within = number.checked_mul(seconds).filter(|within| *within <= LONGEST_SECONDS)?;
            Self::new(count.parse().ok()?, Duration::from_secs(within))
        };
        parsed().ok_or_else(|| format!("\"{text}\" is not COUNT/TIME, such as 30/1m"))
    }
}

/// How much is let in. Each limit can be set by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Nothing is limited, but for what bounds memory.
    pub is_off: bool,
    /// Limits by address hold for this machine's own clients, too.
    pub limits_loopback: bool,
    /// New accounts from an address: a class that signs up together passes.
    pub register: Rate,
    /// Sign-ins from an address: an office after a break.
    pub login: Rate,
    /// Tries of one account's password from one address. Who has forgotten it tries ten times; 14,400 a day guess nothing that is not weak.
    pub login_account: Rate,
    /// Refreshed tokens from an address: each client refreshes every 15 minutes, and all of an office at once after a break.
    pub refresh: Rate,
    /// Guests from an address.
    pub guest: Rate,
    /// HTTP requests of a user: a page that opens asks for about ten; a program may ask for 100 a second.
    pub requests: Rate,
    /// WebSocket frames of a session, control frames too: a client that types sends a few in a second; a program may send 160.
    pub frames: Rate,
    /// Bytes of a session's frames: far more than people type, and less than a core reads.
    pub bytes: Rate,
    /// Messages of a user over all sessions and requests: 100 a second, after a rest a minute's at once.
    pub sends: Rate,
    /// WebSockets of a user; one more, and the oldest is closed.
    pub sockets_user: usize,
    /// WebSockets from an address; one more is refused.
    pub sockets_address: usize,
}

const fn rate(count: u32, seconds: u64) -> Rate {
    Rate { count, within: Duration::from_secs(seconds) }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            is_off: false,
            limits_loopback: false,
            register: rate(60, 3_600),
            login: rate(60, 60),
            login_account: rate(50, 300),
            refresh: rate(600, 60),
            guest: rate(120, 600),
            requests: rate(6_000, 60),
            frames: rate(10_000, 60),
            bytes: rate(64 * 1024 * 1024, 60),
            sends: rate(6_000, 60),
            sockets_user: 50,
            sockets_address: 2_000,
        }
    }
}

impl FromStr for RateLimits {
    type Err = String;

    /// `default`, `off`, or limits by name, the others by default: `login=30/1m,sockets_user=10,loopback=limited`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        match text.trim() {
            "" | "default" => return Ok(limits),
            "off" => return Ok(Self { is_off: true, ..limits }),
            _ => {}
        }
        for setting in text.split(',') {
            let (name, value) =
                setting.split_once('=').ok_or_else(|| format!("\"{setting}\" is not NAME=LIMIT"))?;
            limits.set(name.trim(), value.trim()).map_err(|why| format!("{}: {why}", name.trim()))?;
        }
        Ok(limits)
    }
}

impl RateLimits {
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let rate = match name {
            "register" => &mut self.register,
            "login" => &mut self.login,
            "login_account" => &mut self.login_account,
            "refresh" => &mut self.refresh,
            "guest" => &mut self.guest,
            "requests" => &mut self.requests,
            "frames" => &mut self.frames,
            "bytes" => &mut self.bytes,
            "sends" => &mut self.sends,
            "sockets_user" => return set_count(&mut self.sockets_user, value),
            "sockets_address" => return set_count(&mut self.sockets_address, value),
            "loopback" => {
                self.limits_loopback = match value {
                    "limited" => true,
                    "exempt" => false,
                    _ => return Err(format!("\"{value}\" is neither limited nor exempt")),
                };
                return Ok(());
            }
            _ => return Err("there is no such limit".to_owned()),
        };
        *rate = value.parse()?;
        Ok(())
    }
}

fn set_count(count: &mut usize, value: &str) -> Result<(), String> {
    let parsed = value.parse().ok().filter(|number| *number > 0);
    *count = parsed.ok_or_else(|| format!("\"{value}\" is not a number of at least 1"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<RateLimits, String> {
        text.parse()
    }

    #[test]
    fn what_is_named_is_set_and_the_rest_stays() {
        assert_eq!(parsed("default"), Ok(RateLimits::default()));
        assert!(parsed("off").unwrap().is_off);
        let set = parsed("login=30/1m, sockets_user=10,loopback=limited,bytes=1000000/1s").unwrap();
        assert_eq!((set.login, set.sockets_user, set.limits_loopback), (rate(30, 60), 10, true));
        assert_eq!(set.register, RateLimits::default().register);
        assert_eq!(set.bytes.one_every(), Duration::from_micros(1));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        for (text, why) in [
            ("logins=1/1s", "logins: there is no such limit"),
            ("login=fast", "login: \"fast\" is not COUNT/TIME, such as 30/1m"),
            ("login=0/1s", "login: \"0/1s\" is not COUNT/TIME, such as 30/1m"),
            ("login=1/0s", "login: \"1/0s\" is not COUNT/TIME, such as 30/1m"),
            ("login=1/1é", "login: \"1/1é\" is not COUNT/TIME, such as 30/1m"),
            (
                "login=1/99999999999999999999h",
                "login: \"1/99999999999999999999h\" is not COUNT/TIME, such as 30/1m",
            ),
            ("login=1/25h", "login: \"1/25h\" is not COUNT/TIME, such as 30/1m"),
            ("login", "\"login\" is not NAME=LIMIT"),
            ("sockets_user=0", "sockets_user: \"0\" is not a number of at least 1"),
            ("loopback=maybe", "loopback: \"maybe\" is neither limited nor exempt"),
        ] {
            assert_eq!(parsed(text), Err(why.to_owned()));
        }
    }
}
