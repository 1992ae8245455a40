// Every view of the application, and the way to each: for the screenshots and for what looks at them all.

import { createServer } from "node:http";
import { pushToUsers } from "./pusher.js";

/**
 * @typedef {import("./app.js").App} App
 * @typedef {{ app: App, scene: Scene, isNarrow: boolean }} At
 * @typedef {{ name: string, go: (at: At) => Promise<void>, leave?: (at: At) => Promise<void> }} View
 */

/** What there is to be seen: people, conversations, and messages of all kinds. */
export class Scene {
  /** @param {import("./stage.js").Stage} stage */
  static async make(stage) {
    const names = ["ada", "grace", "linus", "margaret", "donald"];
    const [ada, grace, linus, margaret, donald] = await Promise.all(names.map((name) => stage.register(name)));
    const pictures = await servePictures();
    const scene = new Scene(stage, { ada, grace, linus, margaret, donald }, pictures);
    await scene.#fill();
    return scene;
  }

  /**
   * @param {import("./stage.js").Stage} stage @param {Record<string, import("./people.js").Account>} people
   * @param {{ url: string, close(): void }} pictures
   */
  constructor(stage, people, pictures) {
    this.stage = stage;
    this.people = people;
    this.pictures = pictures;
  }

  async #fill() {
    const { ada, grace, linus, margaret, donald } = this.people;
    await grace.call("PUT", "/users/profile", { avatarUrl: `${this.pictures.url}/face.svg` });
    this.single = await ada.singleWith(grace);
    const first = await grace.send(this.single, "Hello Ada! Did the new build survive the night?");
    await ada.send(this.single, "It did. Twenty restarts, nothing lost.");
    await ada.send(this.single, "The figures are at https://example.org/builds/1843?view=summary");
    await grace.send(this.single, "Wonderful 🎉");
    await grace.send(this.single, "🎉🎉");
    await ada.send(this.single, "As you asked:\n- one gateway killed\n- two minutes later all back", {
      extra: JSON.stringify({ replyTo: first.id }),
    });
    await grace.send(this.single, `${this.pictures.url}/picture.svg`, {
      messageType: 2,
      extra: JSON.stringify({ width: 480, height: 320 }),
    });
    const wrong = await ada.send(this.single, "this one was a mistake");
    await ada.call("DELETE", `/conversations/${this.single}/messages/${wrong.id}`);
    await grace.send(this.single, "https://example.org/files/report-2026.pdf", { messageType: 3 });
    await grace.send(this.single, "你好！中文消息也没有问题。");
    this.group = await ada.group(
      "Compiler team",
      [grace, linus, margaret],
      "Everything about the new back end. Be kind.",
    );
    await linus.send(this.group, "Who broke the tests?");
    await margaret.send(this.group, "Not me, I was on the moon.");
    await linus.send(
      this.group,
      "A longer message, so that one sees how lines break: the quick brown fox jumps over the lazy dog, and then it does so again because once is not enough for three lines.",
    );
    await ada.send(this.group, "Mine. Mended.");
    await ada.call("PUT", `/conversations/${this.group}/members/${grace.id}`, { role: 2 });
    await ada.call("PUT", `/conversations/${this.group}/members/${margaret.id}`, { muted: true });
    const unread = await linus.singleWith(ada);
    for (const text of ["Are you there?", "It is about the release", "Call me when you can"])
      await linus.send(unread, text);
    await ada.befriend(grace);
    await ada.befriend(linus);
    await margaret.call("POST", "/friends/requests", { targetUserId: ada.id, message: "We met at the conference." });
    await ada.call("POST", "/friends/requests", { targetUserId: donald.id, message: "May I ask you about TeX?" });
    this.world = (await ada.call("POST", "/conversations/world/join", {})).id;
    await ada.send(this.world, "Hello, world");
  }

  close() {
    this.pictures.close();
  }
}

/** @param {string} dialog @param {(at: At) => Promise<void>} go @returns {Pick<View, "go" | "leave">} */
function inDialog(dialog, go) {
  return {
    async go(at) {
      await home(at);
      await go(at);
      await at.app.dialog(dialog).last().waitFor();
      await settle(at);
    },
    leave: async ({ app }) => closeAll(app),
  };
}

/** @param {App} app */
export async function closeAll(app) {
  for (
    let count = 0;
    count < 5 && (await app.page.locator("dialog[open], .menu:popover-open").count()) > 0;
    count += 1
  ) {
    await app.page.keyboard.press("Escape");
  }
}

/** @param {At} at */
async function home({ app }) {
  await app.page.evaluate(() => {
    location.hash = "#/";
  });
  await app.row("Compiler team").waitFor();
}

/** @param {At} at @param {string} name */
async function conversation(at, name) {
  await home(at);
  await at.app.choose(name);
  await at.app.messages.getByRole("listitem").last().waitFor();
  await settle(at);
}

/** Nothing is being loaded any more, and pictures are there. @param {At} at */
async function settle({ app }) {
  await app.page.waitForFunction(() => {
    const isLoading = [...document.images].some((image) => image.getClientRects().length > 0 && !image.complete);
    return !isLoading && !document.querySelector(".waiting, .skeleton:not([hidden] *)");
  });
  await app.page.evaluate(() => document.fonts.ready);
}

/** @param {At} at @param {string} tab */
async function friendsTab({ app }, tab) {
  await app.press(/^Friends/);
  await app
    .dialog("Friends")
    .getByRole("tab", { name: new RegExp(`^${tab}`) })
    .click();
}

/** Of somebody who is signed in. @type {View[]} */
export const views = [
  { name: "list", go: home },
  { name: "conversation", go: (at) => conversation(at, at.scene.people.grace.username) },
  { name: "group", go: (at) => conversation(at, "Compiler team") },
  { name: "world", go: (at) => conversation(at, "World") },
  {
    name: "message-menu",
    async go(at) {
      await conversation(at, at.scene.people.grace.username);
      await at.app.menuOf("你好！中文消息也没有问题。");
    },
    leave: ({ app }) => closeAll(app),
  },
  {
    name: "reply",
    async go(at) {
      await conversation(at, at.scene.people.grace.username);
      await at.app.menuOf("你好！中文消息也没有问题。");
      await at.app.pick("Reply");
      await at.app.field.fill("I am writing an answer that is not finished");
    },
    async leave({ app }) {
      await app.field.fill("");
      await app.field.press("Escape");
    },
  },
  {
    name: "picture-form",
    async go(at) {
      await conversation(at, at.scene.people.grace.username);
      await at.app.page.getByRole("button", { name: "Attach a picture by its address" }).click();
      await at.app.page.getByLabel("Address of the picture").fill(`${at.scene.pictures.url}/picture.svg`);
      await at.app.page.getByRole("img", { name: "Preview of the picture" }).waitFor();
    },
    leave: async ({ app }) => app.page.getByRole("button", { name: "Cancel", exact: true }).click(),
  },
  {
    name: "search",
    async go(at) {
      await home(at);
      await at.app.page.getByRole("combobox", { name: "Search" }).fill("d");
      await at.app.page.getByRole("group", { name: "People" }).waitFor();
    },
    leave: async ({ app }) => app.page.getByRole("combobox", { name: "Search" }).fill(""),
  },
  {
    name: "new-menu",
    async go(at) {
      await home(at);
      await at.app.press("New conversation");
    },
    leave: ({ app }) => closeAll(app),
  },
  {
    name: "new-chat",
    ...inDialog("New chat", async ({ app }) => {
      await app.press("New conversation");
      await app.pick("New chat");
    }),
  },
  {
    name: "new-group",
    ...inDialog("New group", async ({ app, scene }) => {
      await app.press("New conversation");
      await app.pick("New group");
      const dialog = app.dialog("New group");
      await dialog.getByLabel("Name of the group").fill("Moon landing");
      await dialog.getByRole("combobox").fill(scene.people.margaret.username.slice(0, 8));
      await dialog.getByRole("option").first().click();
      await dialog.getByRole("button", { name: /^Remove/ }).waitFor();
    }),
  },
  {
    name: "group-details",
    ...inDialog("Group", async (at) => {
      await conversation(at, "Compiler team");
      await at.app.page.getByRole("button", { name: "Details" }).click();
      await at.app.dialog("Group").getByText("4 members").waitFor();
    }),
  },
  {
    name: "member-menu",
    async go(at) {
      await conversation(at, "Compiler team");
      await at.app.page.getByRole("button", { name: "Details" }).click();
      await at.app
        .dialog("Group")
        .getByRole("button", { name: `Actions for ${at.scene.people.linus.username}` })
        .click();
    },
    leave: ({ app }) => closeAll(app),
  },
  {
    name: "group-edit",
    ...inDialog("Edit group", async (at) => {
      await conversation(at, "Compiler team");
      await at.app.page.getByRole("button", { name: "Details" }).click();
      await at.app.dialog("Group").getByRole("button", { name: "Edit", exact: true }).click();
    }),
  },
  {
    name: "add-members",
    ...inDialog("Add members", async (at) => {
      await conversation(at, "Compiler team");
      await at.app.page.getByRole("button", { name: "Details" }).click();
      await at.app.dialog("Group").getByRole("button", { name: "Add", exact: true }).click();
    }),
  },
  {
    name: "question",
    async go(at) {
      await conversation(at, "Compiler team");
      await at.app.page.getByRole("button", { name: "Details" }).click();
      await at.app.dialog("Group").getByRole("button", { name: "Delete group" }).click();
      await at.app.question.waitFor();
    },
    leave: ({ app }) => closeAll(app),
  },
  {
    name: "person",
    ...inDialog("Profile", async (at) => {
      await conversation(at, at.scene.people.grace.username);
      await at.app.page.getByRole("button", { name: "Details" }).click();
    }),
  },
  { name: "friends", ...inDialog("Friends", (at) => friendsTab(at, "Friends")) },
  { name: "friends-requests", ...inDialog("Friends", (at) => friendsTab(at, "Requests")) },
  {
    name: "friends-add",
    ...inDialog("Friends", async (at) => {
      await friendsTab(at, "Add");
      const dialog = at.app.dialog("Friends");
      await dialog.getByRole("combobox").fill(at.scene.people.donald.username.slice(0, 8));
      await dialog.getByRole("option").first().click();
    }),
  },
  { name: "friends-blocked", ...inDialog("Friends", (at) => friendsTab(at, "Blocked")) },
  { name: "profile", ...inDialog("Profile", async ({ app }) => app.profile.click()) },
  {
    name: "password",
    ...inDialog("Change password", async ({ app }) => {
      await app.profile.click();
      await app.dialog("Profile").getByRole("button", { name: "Change password" }).click();
      await app.dialog("Change password").getByLabel("Present password").fill("correct horse");
      await app.dialog("Change password").getByRole("button", { name: "Change password" }).click();
    }),
  },
  {
    name: "notice",
    async go(at) {
      await conversation(at, at.scene.people.grace.username);
      await pushToUsers(at.scene.stage.place, [at.scene.people.ada.id], "notification", { text: "Your build is done" });
      await at.app.page.getByText("Your build is done").first().waitFor();
    },
    leave: async ({ app }) => app.page.getByRole("button", { name: "Dismiss" }).first().click(),
  },
  {
    name: "offline",
    async go(at) {
      await conversation(at, at.scene.people.grace.username);
      await at.app.page.context().setOffline(true);
      await at.app.page.getByText("You are offline").first().waitFor();
      await at.app.write("Written on a train");
      await at.app.isMarked("Written on a train", "Waiting for a connection");
    },
    async leave({ app }) {
      await app.page.context().setOffline(false);
      await app.settled();
    },
  },
];

/** Of a stranger. @type {View[]} */
export const strangersViews = [
  { name: "welcome", go: async ({ app }) => app.page.getByRole("button", { name: "Sign in" }).waitFor() },
  {
    name: "welcome-problem",
    async go({ app }) {
      await app.page.getByLabel("User name").fill("nobody.knows");
      await app.page.getByLabel("Password", { exact: true }).fill("wrong horse");
      await app.page.getByRole("tabpanel").getByRole("button", { name: "Sign in" }).click();
      await app.page.getByText("User name and password do not match.").waitFor();
    },
  },
  { name: "welcome-register", go: async ({ app }) => app.page.getByRole("tab", { name: "Create account" }).click() },
  {
    name: "guest",
    async go({ app }) {
      await app.page.getByRole("button", { name: "Look around as a guest" }).click();
      await app.sidebar.waitFor();
    },
  },
  {
    name: "guest-profile",
    async go({ app }) {
      await app.profile.click();
      await app.dialog("Profile").waitFor();
    },
    leave: ({ app }) => closeAll(app),
  },
];

/** A face and a picture, from an address of their own. */
async function servePictures() {
  const drawings = /** @type {Record<string, string>} */ ({
    "/face.svg":
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#f2b872"/><circle cx="32" cy="26" r="13" fill="#fff3e0"/><path d="M8 64a24 20 0 0 1 48 0" fill="#8d5524"/></svg>',
    "/picture.svg":
      '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#8fc7ff"/><stop offset="1" stop-color="#ffe3c2"/></linearGradient></defs><rect width="480" height="320" fill="url(#g)"/><circle cx="370" cy="80" r="36" fill="#fff6d6"/><path d="M0 320 150 140 260 250 340 180 480 320z" fill="#43617d"/></svg>',
  });
  const server = createServer((request, response) => {
    const drawing = drawings[request.url ?? ""];
    if (!drawing) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": "image/svg+xml" }).end(drawing);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
