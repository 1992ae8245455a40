// What the tests of a whole client share: a server, tabs, and time that passes when it is told to.

import "fake-indexeddb/auto";
import { mock } from "node:test";
import { GoChat } from "../../gochat/client.js";
import { FakeServer } from "./fake-server.js";

/** @type {Set<GoChat>} */
const open = new Set();
let names = 0;

function nextName() {
  names += 1;
  return `test ${names}`;
}

/** Lets go whatever waits for no timer: promises, IndexedDB. */
export async function turns(count = 30) {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass. @param {number} milliseconds */
export async function pass(milliseconds) {
  await turns();
  for (let left = milliseconds; left > 0; left -= 250) {
    mock.timers.tick(Math.min(left, 250));
    await turns(6);
  }
  await turns();
}

export class Setting {
  name = nextName();
  server = new FakeServer();
  me = this.server.user("me");
  other = this.server.user("other");

  /** A tab of the same browser. @param {import("../../gochat.js").Options} [options] */
  tab(options = {}) {
    const { fetch, WebSocket } = this.server;
    const chat = new GoChat({ url: "http://server.test", name: this.name, fetch, WebSocket, ...options });
    open.add(chat);
    return chat;
  }

  /** A tab that is signed in and has caught up. @param {import("../../gochat.js").Options} [options] */
  async signedIn(options) {
    const chat = this.tab(options);
    const user = await signIn(chat);
    await ready(chat);
    return Object.assign(chat, { me: user });
  }
}

/** @param {GoChat} chat */
export async function signIn(chat) {
  const user = chat.signIn("me", "password");
  await turns();
  return user;
}

/** @param {GoChat} chat */
export async function ready(chat) {
  const done = chat.ready();
  await turns();
  return done;
}

/** The tab is closed, or crashes: what it held is let go of. @param {GoChat} chat */
export function closeTab(chat) {
  open.delete(chat);
  return chat.close();
}

/** @param {GoChat} chat @param {keyof import("../../gochat.js").Events} type */
export function record(chat, type) {
  /** @type {any[]} */
  const details = [];
  chat.addEventListener(type, ({ detail }) => details.push(detail));
  return details;
}

export function begin() {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-01-01T00:00:00Z") });
}

export async function end() {
  for (const chat of open) await closeTab(chat);
  mock.timers.reset();
  mock.restoreAll();
}
