//! How many WebSockets each address has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ClientAddress;

/// The counts of the addresses that have any, so there are no more than sockets. Cloning it shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sockets(Arc<Mutex<HashMap<ClientAddress, usize>>>);

/// A socket's place among those of its address; dropped, it is free.
#[derive(Debug)]
pub(crate) struct SocketPlace {
    sockets: Sockets,
    address: ClientAddress,
}

impl Sockets {
    /// A place, unless the address has `most`.
    pub(super) fn take(&self, address: ClientAddress, most: usize) -> Option<SocketPlace> {
        let mut open = self.open();
        let count = open.get(&address).copied().unwrap_or(0);
        if count >= most {
            return None;
        }
        open.insert(address, count + 1);
        Some(SocketPlace { sockets: self.clone(), address })
    }

    /// A panic while it was held leaves nothing half done.
    fn open(&self) -> MutexGuard<'_, HashMap<ClientAddress, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SocketPlace {
    fn drop(&mut self) {
        let mut open = self.sockets.open();
        match open.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_and_nothing_is_left_of_it() {
        let (sockets, here) = (Sockets::default(), ClientAddress::of("192.0.2.1".parse().unwrap()));
        let elsewhere = ClientAddress::of("192.0.2.2".parse().unwrap());
        let (first, second) = (sockets.take(here, 2).unwrap(), sockets.take(here, 2).unwrap());
        assert!(sockets.take(here, 2).is_none());
        assert!(sockets.take(elsewhere, 2).is_some());
        drop(first);
        let third = sockets.take(here, 2).unwrap();
        drop((second, third));
        assert!(sockets.open().is_empty());
    }
}
