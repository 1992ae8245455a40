// A long history in little time: both sides of a conversation send down their own sockets without waiting for each answer.

import { theBrowser } from "./browser.js";

// What a session may have waiting is bounded by the gateway.
const AT_ONCE = 100;

/**
 * @param {import("./people.js").Account[]} senders @param {string} conversationId @param {number} count
 * @param {(number: number) => string} [textOf]
 */
export async function fill(senders, conversationId, count, textOf = aText) {
  const browser = await theBrowser();
  const context = await browser.newContext();
  const page = await context.newPage();
  const share = Math.ceil(count / senders.length);
  const shares = senders.map((_, index) => {
    const size = Math.min(share, count - index * share);
    return Array.from({ length: size }, (_, number) => textOf(index * share + number + 1));
  });
  const tokens = await Promise.all(senders.map((sender) => sender.token()));
  await page.goto(`${senders[0].url}/healthz`);
  await page.evaluate(
    async ({ tokens, shares, conversationId, atOnce }) => {
      /** @param {string} token @param {string[]} texts */
      const send = (token, texts) =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`ws://${location.host}/ws`, ["gochat.v1", `bearer.${token}`]);
          let [next, acknowledged] = [0, 0];
          const more = () => {
            for (; next < texts.length && next - acknowledged < atOnce; next += 1) {
              const data = {
                conversationId,
                content: texts[next],
                messageType: 1,
                client_msg_id: `${token.slice(-8)}${next}`,
              };
              socket.send(JSON.stringify({ type: "send-message", data }));
            }
          };
          socket.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === "hello") more();
            if (frame.type === "error") reject(new Error(data));
            if (frame.type !== "message-ack") return;
            acknowledged += 1;
            if (acknowledged === texts.length) {
              socket.close();
              resolve(undefined);
            } else if (next - acknowledged < atOnce / 2) more();
          };
          socket.onclose = ({ code }) => reject(new Error(`closed with ${code} after ${acknowledged}`));
        });
      await Promise.all(tokens.map((token, index) => send(token, shares[index])));
    },
    { tokens, shares, conversationId, atOnce: AT_ONCE },
  );
  await context.close();
}

const words =
  "the quick brown fox jumps over a lazy dog while 天气很好 and nobody minds; see https://example.org/page for more".split(
    " ",
  );

/** A text as people write them: mostly short, some long, some of several lines. @param {number} number */
function aText(number) {
  const length = number % 17 === 0 ? 60 : number % 5 === 0 ? 20 : (number % 7) + 1;
  const text = Array.from({ length }, (_, index) => words[(number * 7 + index * 3) % words.length]).join(" ");
  return number % 23 === 0 ? `${number}: ${text}\nand a second line\nand a third` : `${number}: ${text}`;
}
