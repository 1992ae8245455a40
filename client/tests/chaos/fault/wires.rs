//! All the wires of a cluster, by who calls whom.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::wire::Wire;

/// The wires that were laid. Cloning it shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wires(Arc<Mutex<Vec<Laid>>>);

#[derive(Debug)]
struct Laid {
    from: String,
    to: String,
    wire: Arc<Wire>,
}

impl Wires {
    /// Lays a wire to `to`, which listens at `at`: where `from` is to call instead.
    pub(crate) fn lay(&self, from: &str, to: &str, at: SocketAddr) -> SocketAddr {
        let wire = Arc::new(Wire::to(at));
        let address = wire.address();
        let laid = Laid { from: from.to_owned(), to: to.to_owned(), wire };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(laid);
        address
    }

    /// The wires from those whose names begin so to those whose names begin so.
    pub(crate) fn between(&self, from: &str, to: &str) -> Vec<Arc<Wire>> {
        let laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = laid.iter().filter(|laid| laid.from.starts_with(from) && laid.to.starts_with(to));
        meant.map(|laid| Arc::clone(&laid.wire)).collect()
    }
}
