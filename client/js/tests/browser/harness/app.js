// The application as its users have it: what they see and press, found by role and name.

import { wait } from "./wait.js";

export class App {
  /**
   * @param {import("playwright-core").Page} page @param {string} url @param {import("./people.js").Account | null} account
   * @param {import("./browser.js").Problems} problems
   */
  constructor(page, url, account, problems) {
    this.page = page;
    this.url = url;
    this.account = account;
    this.problems = problems;
  }

  async open(path = "/") {
    await this.page.goto(this.url + path);
    if (this.account) await this.sidebar.waitFor();
  }

  /** Leaves a sign-in in the browser, as if the page had been used before. */
  async signInBehindTheScenes() {
    await this.page.goto(`${this.url}/healthz`);
    await this.page.evaluate(
      async ([name, password]) => {
        const { GoChat } = await import(/** @type {string} */ ("/gochat.js"));
        const chat = new GoChat();
        await chat.signIn(name, password);
        chat.disconnect();
      },
      [this.account?.username, this.account?.password],
    );
  }

  /** Another tab of the same browser. */
  async tab(path = "/") {
    const tab = new App(await this.page.context().newPage(), this.url, this.account, this.problems);
    await tab.open(path);
    return tab;
  }

  // -- the sidebar

  get sidebar() {
    return this.page.getByRole("navigation", { name: "Conversations" });
  }

  /** A conversation in the list. @param {string} name */
  row(name) {
    return this.sidebar.getByRole("listbox", { name: "Conversations" }).getByRole("option").filter({ hasText: name });
  }

  /** The names in the list, from the top. */
  async rows() {
    return this.sidebar.locator(".chat-row-name").allTextContents();
  }

  /** Opens a conversation from the list. @param {string} name */
  async choose(name) {
    await this.row(name).click();
    await this.heading(name).waitFor();
  }

  /** Finds somebody by the search box, and opens what it finds first. @param {string} name */
  async find(name) {
    const box = this.page.getByRole("combobox", { name: "Search" });
    await box.fill(name);
    await this.page
      .getByRole("listbox", { name: "Search results" })
      .getByRole("option")
      .filter({ hasText: name })
      .first()
      .click();
    await this.heading(name).waitFor();
  }

  /** A button of the sidebar's head. @param {string | RegExp} name */
  async press(name) {
    await this.sidebar.getByRole("button", { name, exact: true }).click();
  }

  /** An entry of the menu that is open. @param {string} name */
  async pick(name) {
    await this.page.getByRole("menu").getByRole("menuitem", { name }).click();
  }

  /** @param {string | RegExp} name */
  dialog(name) {
    return this.page.getByRole("dialog", { name });
  }

  /** The question that stands before something that cannot be undone. */
  get question() {
    return this.page.getByRole("alertdialog");
  }

  get profile() {
    return this.sidebar.getByRole("button", { name: "Profile and settings" });
  }

  // -- the conversation

  /** @param {string} name */
  heading(name) {
    return this.page.getByRole("main").getByRole("heading", { name, exact: true });
  }

  get field() {
    return this.page.getByRole("main").getByRole("textbox", { name: "Message", exact: true });
  }

  get messages() {
    return this.page.getByRole("main").getByRole("list", { name: "Messages" });
  }

  /** What scrolls. */
  get scroller() {
    return this.page.locator(".messages");
  }

  /** Writes and sends. @param {string} text */
  async write(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** The row of a message. @param {string} text all of it */
  message(text) {
    return this.messages
      .getByRole("listitem")
      .filter({ has: this.page.locator(".text, a").getByText(text, { exact: true }) });
  }

  /** Resolves once the message is seen. @param {string} text */
  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** The texts of the rows that are drawn, in their order. @returns {Promise<string[]>} */
  async texts() {
    return this.messages.locator(".text").allTextContents();
  }

  /** Resolves once a message of one's own is marked so: Sending, Sent, Delivered, Read, Not sent. @param {string} text @param {string} state */
  async isMarked(text, state) {
    await this.message(text).locator(".state").getByText(state, { exact: true }).waitFor({ state: "attached" });
  }

  /** Opens the menu of a message. @param {string} text */
  async menuOf(text) {
    const row = this.message(text);
    await row.hover();
    await row.getByRole("button", { name: "Actions for this message" }).click();
  }

  /** What is said about the connection; empty while there is one. */
  async banner() {
    const pill = this.page.locator(".banner");
    return (await pill.isVisible()) ? pill.textContent() : "";
  }

  /** Resolves once the page has no complaint about its connection and nothing of it waits. */
  async settled(timeout = 30_000) {
    await wait(
      "connected, and all sent",
      async () => (await this.banner()) === "" && (await this.waiting()) === 0,
      timeout,
    );
  }

  /** Messages that the server has not acknowledged, of those that are drawn. */
  async waiting() {
    return this.messages.locator(".state.waiting, .state.sending, .state.failed").count();
  }
}
