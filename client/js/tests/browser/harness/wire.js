// A wire between pages and a gateway that can be cut, which a browser's own "offline" does not do to open sockets.

import { connect, createServer } from "node:net";

/** @param {string} gateway its address */
export async function wireTo(gateway) {
  const { hostname, port } = new URL(gateway);
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  let isCut = false;
  /** @param {import("node:net").Socket} one @param {import("node:net").Socket} other */
  const join = (one, other) => {
    sockets.add(one);
    one.on("error", () => other.destroy());
    one.on("close", () => {
      sockets.delete(one);
      other.destroy();
    });
    one.pipe(other);
  };
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(port), hostname);
    join(near, far);
    join(far, near);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** Breaks what is open, and refuses what is new. */
    cut() {
      isCut = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    mend() {
      isCut = false;
    },
    close() {
      this.cut();
      server.close();
    },
  };
}
