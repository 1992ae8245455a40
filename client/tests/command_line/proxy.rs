//! A wire that can be cut, between a client and a gateway.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections while it is whole.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// The number of the present wire, and whether it is whole. A connection ends with its wire.
    wire: watch::Sender<(u64, bool)>,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = watch::Sender::new((0, true));
        let watched = wire.subscribe();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, target, watched.clone()));
            }
        });
        Self { address, wire }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends every connection; new ones are ended at once, until the wire is mended.
    pub(crate) fn cut(&self) {
        self.wire.send_modify(|(number, whole)| {
            *number += 1;
            *whole = false;
        });
    }

    pub(crate) fn mend(&self) {
        self.wire.send_modify(|(_, whole)| *whole = true);
    }
}

async fn forward(mut client: TcpStream, target: SocketAddr, mut wire: watch::Receiver<(u64, bool)>) {
    let (number, whole) = *wire.borrow_and_update();
    if !whole {
        return;
    }
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = wire.wait_for(|(now, _)| *now != number) => {}
    }
}
