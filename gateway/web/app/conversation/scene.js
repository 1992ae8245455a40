// What drawing a row needs to know of the conversation that is shown.

/**
 * @typedef {object} Scene
 * @property {import("/gochat.js").GoChat} chat
 * @property {import("/gochat.js").Conversation} conversation
 * @property {import("/gochat.js").Timeline} timeline
 * @property {string} me
 * @property {import("./members.js").Members} members
 * @property {import("./quotes.js").Quotes} quotes
 */

export {};
