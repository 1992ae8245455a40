// Coming in: an account, signing in, a guest, and what is said when it does not work.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";

/** @param {import("../harness/app.js").App} app @param {string} name @param {string} password @param {string} button */
async function fillIn(app, name, password, button) {
  await app.page.getByLabel("User name").fill(name);
  await app.page.getByLabel("Password", { exact: true }).fill(password);
  await app.page.getByRole("tabpanel").getByRole("button", { name: button }).click();
}

scene("makes an account, is in, and is still in after a reload", async (stage) => {
  const app = await stage.window(null);
  const name = `new${Date.now()}`;
  await app.page.getByRole("tab", { name: "Create account" }).click();
  await fillIn(app, name, "correct horse", "Create account");
  await app.profile.waitFor();
  await app.page.getByRole("heading", { name: "No conversations yet" }).waitFor();
  await app.page.reload();
  await app.profile.getByText(name).waitFor();
});

scene("signs in, and signs out again", async (stage) => {
  const ann = await stage.register("ann");
  const app = await stage.window(null);
  await fillIn(app, ann.username, ann.password, "Sign in");
  await app.profile.click();
  await app.dialog("Profile").getByRole("button", { name: "Sign out" }).click();
  await app.page.getByLabel("User name").waitFor();
  await app.page.reload();
  await app.page.getByLabel("User name").waitFor();
  assert.equal(await app.page.getByRole("dialog").count(), 0);
});

scene("says what is wrong with a name or a password, and forgets it when one types on", async (stage) => {
  const ann = await stage.register("ann");
  const app = await stage.window(null, { problems: [/status of (400|401|409)/] });
  await fillIn(app, "", "", "Sign in");
  await app.page.getByText("Enter your user name.").waitFor();
  await fillIn(app, ann.username, "wrong horse", "Sign in");
  await app.page.getByText("User name and password do not match.").waitFor();
  await app.page.getByLabel("Password", { exact: true }).press("x");
  await app.page.getByText("User name and password do not match.").waitFor({ state: "hidden" });

  await app.page.getByRole("tab", { name: "Create account" }).click();
  await fillIn(app, ann.username, "correct horse", "Create account");
  await app.page.getByText("This user name is taken").waitFor();
  await fillIn(app, "fresh.one", "short", "Create account");
  await app.page.getByText("Too weak").waitFor();
  await fillIn(app, "a b", "correct horse", "Create account");
  await app.page.getByText("This name cannot be used").waitFor();
});

scene("a guest looks around in the world room, and is not offered what guests may not do", async (stage) => {
  const ann = await stage.window(await stage.register("ann"));
  await ann.press("World room");
  await ann.heading("World").waitFor();
  const guest = await stage.window(null);
  await guest.page.getByRole("button", { name: "Look around as a guest" }).click();
  await guest.press("World room");
  await guest.heading("World").waitFor();
  const hello = `hello from nowhere ${Date.now()}`;
  await guest.write(hello);
  await ann.sees(hello);
  await ann.write(`welcome ${hello}`);
  await guest.sees(`welcome ${hello}`);
  assert.equal(await guest.sidebar.getByRole("button", { name: "New conversation" }).count(), 0);
  assert.equal(await guest.sidebar.getByRole("button", { name: "Friends" }).count(), 0);
});

scene("the welcome screen speaks Chinese when asked, and the page after it too", async (stage) => {
  const ann = await stage.register("ann");
  const app = await stage.window(null);
  await app.page.getByRole("button", { name: "中文" }).click();
  await app.page.getByLabel("用户名").fill(ann.username);
  await app.page.getByLabel("密码", { exact: true }).fill(ann.password);
  await app.page.getByRole("tabpanel").getByRole("button", { name: "登录" }).click();
  await app.page.getByRole("navigation", { name: "会话" }).waitFor();
  assert.equal(await app.page.evaluate(() => document.documentElement.lang), "zh-Hans");
});
