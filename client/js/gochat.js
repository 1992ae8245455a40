// A client of a GoChat server for web pages. What is exported here is described in gochat.d.ts.

export { GoChat } from "./gochat/client.js";
export { ConversationType, MessageType, Role } from "./gochat/constants.js";
export { GoChatError } from "./gochat/errors.js";
