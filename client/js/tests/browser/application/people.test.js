// Friends, blocks, and oneself.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";
import { wait } from "../harness/wait.js";

scene("a friend is asked, accepts, is written to, and is a friend no more", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  const [annName, bobName] = [ann.account.username, bob.account.username];
  await ann.press("Friends");
  const friends = ann.dialog("Friends");
  await friends.getByRole("tab", { name: "Add" }).click();
  await friends.getByRole("combobox", { name: "Find people by name" }).fill(bobName);
  await friends.getByRole("option").filter({ hasText: bobName }).click();
  await friends.getByLabel(`A word to ${bobName}`).fill("we met in the garden");
  await friends.getByRole("button", { name: "Send request" }).click();
  await friends.getByText(`Your request to ${bobName} was sent.`).waitFor();

  await bob.press(/^Friends, 1 request/);
  const asked = bob.dialog("Friends");
  await asked.getByRole("tab", { name: /Requests/ }).click();
  await asked.getByText("we met in the garden").waitFor();
  await asked.getByRole("button", { name: `Accept the request of ${annName}` }).click();
  await asked.getByText(`${annName} and you are friends now.`).waitFor();

  await friends.getByRole("tab", { name: "Friends" }).click();
  await friends.getByRole("button", { name: `Message ${bobName}` }).click();
  await ann.heading(bobName).waitFor();
  await ann.write("hello, friend");
  await bob.row(annName).getByText("hello, friend").waitFor();

  await asked.getByRole("tab", { name: "Friends" }).click();
  await asked.getByRole("button", { name: `Actions for ${annName}` }).click();
  await bob.pick("Remove friend");
  await bob.question.getByRole("button", { name: "Remove friend" }).click();
  await asked.getByText("No friends yet").waitFor();
});

scene("who is blocked is listed, and let in again", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  const id = await ann.account.singleWith(bob.account);
  await bob.account.send(id, "hello");
  await ann.choose(bob.account.username);
  await ann.page.getByRole("button", { name: "Details" }).click();
  await ann.dialog("Profile").getByRole("button", { name: "Block" }).click();
  await ann.question.getByRole("button", { name: "Block" }).click();
  await ann.dialog("Profile").getByText(`You have blocked ${bob.account.username}`).waitFor();
  await ann.page.keyboard.press("Escape");
  await ann.press("Friends");
  await ann.dialog("Friends").getByRole("tab", { name: "Blocked" }).click();
  await ann
    .dialog("Friends")
    .getByRole("button", { name: `Unblock ${bob.account.username}` })
    .click();
  await ann.dialog("Friends").getByText("You have blocked nobody.").waitFor();
});

scene("the profile: picture, language, colours, password, sign-ins", async (stage) => {
  const ann = await stage.window(await stage.register("ann"));
  const me = /** @type {import("../harness/people.js").Account} */ (ann.account);
  await me.token();
  ann.problems.expect(/status of 401/, /status of 404/);
  await ann.profile.click();
  const profile = ann.dialog("Profile");

  await profile.getByRole("button", { name: "Change picture" }).click();
  const picture = ann.page.getByRole("dialog").last();
  await picture.getByLabel(/Picture/).fill("javascript:alert(1)");
  await picture.getByRole("button", { name: "Save" }).click();
  await picture.getByText("This is not an http or https address").waitFor();
  await picture.getByLabel(/Picture/).fill(`${ann.url}/icon.svg`);
  await picture.getByRole("button", { name: "Save" }).click();
  await ann.profile.locator("img").waitFor();
  assert.equal((await me.call("GET", "/users/profile")).avatarUrl, `${ann.url}/icon.svg`);

  await profile.getByLabel("Dark").check({ force: true });
  await wait("dark colours", () =>
    ann.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme === "dark"),
  );
  await ann.page.reload();
  assert.equal(await ann.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");

  await ann.profile.click();
  await profile.getByRole("button", { name: "Change password" }).click();
  const password = ann.dialog("Change password");
  await password.getByLabel("Present password").fill("wrong horse");
  await password.getByLabel("New password", { exact: true }).fill("battery staple");
  await password.getByLabel("New password once more").fill("battery stable");
  await password.getByRole("button", { name: "Change password" }).click();
  await password.getByText("The two new passwords are not the same.").waitFor();
  await password.getByLabel("New password once more").fill("battery staple");
  await password.getByRole("button", { name: "Change password" }).click();
  await password.getByText("The present password is wrong.").waitFor();
  await password.getByLabel("Present password").fill(me.password);
  await password.getByRole("button", { name: "Change password" }).click();
  await profile.getByText("Your password was changed.").waitFor();
  // That ended all others.
  assert.equal(await profile.getByRole("list", { name: "Where you are signed in" }).getByRole("listitem").count(), 1);

  await profile.getByText("中文").click();
  const changed = ann.dialog("个人资料");
  await changed.waitFor();
  await ann.page.getByRole("navigation", { name: "会话" }).waitFor({ state: "attached" });
  await changed.getByText("English").click();
  await profile.waitFor();
});

scene("a sign-in elsewhere is ended from here, and that window says so", async (stage) => {
  const account = await stage.register("ann");
  const [here, there] = [await stage.window(account), await stage.window(account)];
  there.problems.expect(/status of 401/, /WebSocket/);
  await here.profile.click();
  await here
    .dialog("Profile")
    .getByRole("button", { name: /^End the sign-in on/ })
    .first()
    .click();
  await here.question.getByRole("button", { name: "End", exact: true }).click();
  await there.page.getByText("You were signed out on this device.").waitFor();
  await there.page.getByLabel("User name").waitFor();
  await here.profile.waitFor({ state: "attached" });
});

scene("signing out with unsent messages asks first", async (stage) => {
  const ann = await stage.window(await stage.register("ann"));
  const bob = await stage.register("bob");
  const me = /** @type {import("../harness/people.js").Account} */ (ann.account);
  const id = await bob.singleWith(me);
  await bob.send(id, "hello");
  await ann.choose(bob.username);
  await bob.call("PUT", `/users/${me.id}/block`, {});
  await ann.write("never sent");
  await ann.isMarked("never sent", "Not sent");
  await ann.profile.click();
  await ann.dialog("Profile").getByRole("button", { name: "Sign out" }).click();
  await ann.question.getByText("1 message has not been sent yet.").waitFor();
  await ann.question.getByRole("button", { name: "Cancel" }).click();
  await ann.dialog("Profile").getByRole("button", { name: "Sign out" }).click();
  await ann.question.getByRole("button", { name: "Sign out" }).click();
  await ann.page.getByLabel("User name").waitFor();
});
