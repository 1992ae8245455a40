// A backend job: calls of PusherService, whose requests are little but strings, so that no gRPC library is needed.

import { readFile } from "node:fs/promises";
import { connect } from "node:http2";
import { join } from "node:path";

/** @param {{ gateways: { grpc: string }[], folder: string }} place @param {string[]} userIds */
export function disconnectUsers(place, userIds, reason = "test") {
  return call(place, "DisconnectUsers", Buffer.concat([...userIds.map((id) => text(1, id)), text(2, reason)]));
}

/**
 * @param {{ gateways: { grpc: string }[], folder: string }} place @param {string[]} userIds
 * @param {string} type @param {object} data @param {string} [pushId]
 */
export function pushToUsers(place, userIds, type, data, pushId) {
  const event = field(2, Buffer.concat([text(1, type), text(2, JSON.stringify(data))]));
  return call(
    place,
    "PushToUsers",
    Buffer.concat([...userIds.map((id) => text(1, id)), event, ...(pushId ? [text(3, pushId)] : [])]),
  );
}

/** @param {number} number @param {Buffer} content */
function field(number, content) {
  const length = [];
  for (let rest = content.length; ; rest >>>= 7) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest & 127) | 128);
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
}

/** @param {number} number @param {string} value */
function text(number, value) {
  return field(number, Buffer.from(value));
}

/** @param {{ gateways: { grpc: string }[], folder: string }} place @param {string} method @param {Buffer} request */
async function call(place, method, request) {
  const token = (await readFile(join(place.folder, "data/internal_token"), "utf8")).trim();
  const client = connect(place.gateways[0].grpc);
  try {
    await new Promise((resolve, reject) => {
      client.on("error", reject);
      const stream = client.request({
        ":method": "POST",
        ":path": `/im.gateway.v1.PusherService/${method}`,
        "content-type": "application/grpc",
        te: "trailers",
        authorization: `Bearer ${token}`,
      });
      /** @param {import("node:http2").IncomingHttpHeaders} headers */
      const judge = (headers) => {
        const status = headers["grpc-status"];
        if (status === "0") resolve(undefined);
        else if (status !== undefined) reject(new Error(`${method}: gRPC status ${status} ${headers["grpc-message"]}`));
      };
      stream.on("response", judge);
      stream.on("trailers", judge);
      stream.on("error", reject);
      stream.resume();
      const head = Buffer.alloc(5);
      head.writeUInt32BE(request.length, 1);
      stream.end(Buffer.concat([head, request]));
    });
  } finally {
    client.close();
  }
}
