// Groups, from making one to its end.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";
import { eventually } from "../harness/wait.js";

/** @typedef {import("../harness/app.js").App} App */

/** Chooses a person in a dialog's search. @param {App} app @param {string} name */
async function pickPerson(app, name) {
  const dialog = app.page.getByRole("dialog").last();
  await dialog.getByRole("combobox", { name: "Find people by name" }).fill(name);
  await dialog.getByRole("option").filter({ hasText: name }).click();
}

/** @param {App} app @param {string} member @param {string} entry */
async function does(app, member, entry) {
  await app
    .dialog("Group")
    .getByRole("button", { name: `Actions for ${member}` })
    .click();
  await app.pick(entry);
}

scene("is made with people and a description, and everybody finds it in their list", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  const eve = await stage.register("eve");
  await ann.press("New conversation");
  await ann.pick("New group");
  const dialog = ann.dialog("New group");
  await dialog.getByRole("button", { name: "Create group" }).click();
  await dialog.getByText("Give the group a name.").waitFor();
  await dialog.getByLabel("Name of the group").fill("Gardeners");
  await dialog.getByLabel("Description").fill("Roses and beans");
  await pickPerson(ann, bob.account.username);
  await pickPerson(ann, eve.username);
  await dialog.getByRole("button", { name: `Remove ${eve.username}` }).click();
  await dialog.getByRole("button", { name: "Create group" }).click();
  await ann.heading("Gardeners").waitFor();
  await ann.write("welcome");
  await bob.choose("Gardeners");
  await bob.sees("welcome");
  await bob.page.getByRole("button", { name: "Details" }).click();
  await bob.dialog("Group").getByText("Roses and beans").waitFor();
  await bob.dialog("Group").getByText("2 members").waitFor();
});

scene("members are added, made admins, muted, removed, and each sees it at once", async (stage) => {
  const [ann, bob, eve] = await stage.people("ann", "bob", "eve");
  const names = { bob: bob.account.username, eve: eve.account.username };
  await ann.account.group("Gardeners", [bob.account]);
  await ann.choose("Gardeners");
  await bob.choose("Gardeners");
  await ann.page.getByRole("button", { name: "Details" }).click();
  await ann.dialog("Group").getByRole("button", { name: "Add", exact: true }).click();
  await pickPerson(ann, names.eve);
  await ann.dialog("Add members").getByRole("button", { name: "Add", exact: true }).click();
  await ann.dialog("Group").getByText("1 person was added.").waitFor();
  await eve.choose("Gardeners");

  await does(ann, names.bob, "Make admin");
  await ann.dialog("Group").getByText(`${names.bob} is an admin now.`).waitFor();
  await does(ann, names.eve, "Mute");
  await ann.dialog("Group").getByText(`${names.eve} is muted`).waitFor();
  await eve.page.getByText("You are muted in this group and cannot write.").waitFor();
  await does(ann, names.eve, "Unmute");
  await ann.dialog("Group").getByText(`${names.eve} may write again.`).waitFor();
  await eve.page.getByText("You are muted in this group and cannot write.").waitFor({ state: "detached" });
  await eve.write("I may speak");
  await bob.sees("I may speak");

  // An admin may remove members.
  await bob.page.getByRole("button", { name: "Details" }).click();
  await does(bob, names.eve, "Remove from group");
  await bob.question.getByRole("button", { name: "Remove from group" }).click();
  await eve.row("Gardeners").waitFor({ state: "detached" });
  await ann.dialog("Group").getByText("2 members").waitFor();
});

scene("is renamed, handed on, left and deleted", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  await ann.account.group("Gardeners", [bob.account]);
  await ann.choose("Gardeners");
  await bob.choose("Gardeners");
  await ann.page.getByRole("button", { name: "Details" }).click();
  await ann.dialog("Group").getByRole("button", { name: "Edit", exact: true }).click();
  await ann.dialog("Edit group").getByLabel("Name of the group").fill("Cooks");
  await ann.dialog("Edit group").getByRole("button", { name: "Save" }).click();
  await bob.heading("Cooks").waitFor();
  await bob.row("Cooks").waitFor();
  await bob.messages.getByText(`${ann.account.username} renamed the group to “Cooks”`).waitFor();

  await ann.dialog("Group").getByText("You own this group, so you cannot leave it").waitFor();
  await does(ann, bob.account.username, "Pass ownership on");
  await ann.question.getByRole("button", { name: "Pass ownership on" }).click();
  await ann.dialog("Group").getByRole("button", { name: "Leave group" }).click();
  await ann.question.getByRole("button", { name: "Leave group" }).click();
  await ann.row("Cooks").waitFor({ state: "detached" });
  assert.equal(await ann.page.getByRole("dialog").count(), 0);

  await bob.page.getByRole("button", { name: "Details" }).click();
  await bob.dialog("Group").getByRole("button", { name: "Delete group" }).click();
  await bob.question.getByRole("button", { name: "Delete group" }).click();
  await bob.row("Cooks").waitFor({ state: "detached" });
  await eventually(assert.equal, async () => (await bob.account.call("GET", "/conversations")).conversations.length, 0);
});
