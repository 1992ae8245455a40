// Between a page's WebSocket and the gateway: frames can be lost, and the socket closed with any code.

/**
 * Put it up before the page opens its socket.
 *
 * @param {import("playwright-core").BrowserContext} context
 */
export async function tap(context) {
  /** @type {Set<import("playwright-core").WebSocketRoute>} */
  const open = new Set();
  /** @type {(frame: any) => boolean} */
  let isLost = () => false;
  const tapped = {
    /** Frames that the page sent, parsed. @type {any[]} */
    sent: [],
    /** How many sockets the page has opened. */
    sockets: 0,
    /** From now on frames of the server for which it is true do not arrive. @param {(frame: any) => boolean} condition */
    lose(condition) {
      isLost = condition;
    },
    loseNothing() {
      isLost = () => false;
    },
    /** Closes the page's sockets as the server would. @param {number} code */
    async close(code, reason = "test") {
      await Promise.all([...open].map((socket) => socket.close({ code, reason })));
    },
  };
  await context.routeWebSocket(/\/ws/, (page) => {
    const server = page.connectToServer();
    open.add(page);
    tapped.sockets += 1;
    page.onMessage((text) => {
      tapped.sent.push(JSON.parse(String(text)));
      server.send(text);
    });
    server.onMessage((text) => {
      if (!isLost(JSON.parse(String(text)))) page.send(text);
    });
    page.onClose((code, reason) => {
      open.delete(page);
      server.close({ code, reason });
    });
    server.onClose((code, reason) => {
      open.delete(page);
      page.close({ code, reason });
    });
  });
  return tapped;
}
