// What people write is text, wherever it stands: nothing of it runs, opens or is fetched.

import assert from "node:assert/strict";
import { ask } from "../harness/people.js";
import { pushToUsers } from "../harness/pusher.js";
import { scene } from "../harness/stage.js";
import { closeAll } from "../harness/views.js";

// Whatever of these were taken for HTML would set `hacked`, ask trap.invalid for something, or both.
const payloads = [
  '<img src="http://trap.invalid/a" onerror="hacked=1">',
  '"><script>hacked=1</script>',
  "'><svg onload=hacked=1>",
  '<a href="javascript:hacked=1">press</a>',
  "{{hacked=1}}$" + "{hacked=1}",
  '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
  "<style>@import 'http://trap.invalid/b'</style>",
  "javascript:hacked=1",
  "data:text/html,<script>opener.hacked=1</script>",
];
const [image, script] = payloads;

/** @param {import("../harness/app.js").App} app @param {string} where */
async function isUnharmed(app, where) {
  const found = await app.page.evaluate(() => {
    const links = [...document.querySelectorAll("a[href], img[src], iframe, object, embed, script:not([src])")];
    return {
      hacked: "hacked" in window,
      wrong: links
        .filter((one) => !/^https?:|^\/|^#|^data:image/.test(one.getAttribute("href") ?? one.getAttribute("src") ?? ""))
        .map((one) => one.outerHTML),
      handlers: [...document.querySelectorAll("*")].filter((one) =>
        [...one.attributes].some(({ name }) => name.startsWith("on")),
      ).length,
    };
  });
  assert.deepEqual(found, { hacked: false, wrong: [], handlers: 0 }, where);
}

scene("names that the server takes, however they look, are names", async (stage) => {
  const { url } = stage.place.gateways[0];
  for (const username of payloads.filter((payload) => payload.includes(" ") || payload.length > 32)) {
    await assert.rejects(
      ask(url, "POST", "/auth/register", { username, password: "correct horse" }),
      /INVALID_USERNAME/,
      username,
    );
  }
  const ann = await stage.register("<svg/onload=hacked=1>");
  for (const avatarUrl of ["javascript:hacked=1", "data:text/html,x", "http://", " "]) {
    await assert.rejects(ann.call("PUT", "/users/profile", { avatarUrl }), /INVALID_PARAMETER/, avatarUrl);
  }
  const bob = await stage.window(await stage.register("<script>hacked=1</s>"));
  const me = /** @type {import("../harness/people.js").Account} */ (bob.account);
  const group = await me.group("group", [ann]);
  await me.befriend(ann);
  await ann.send(group, "hello");
  await bob.profile.getByText(me.username).waitFor();
  await bob.find(ann.username);
  await bob.write("hello");
  await isUnharmed(bob, "a conversation between the two");
  await bob.choose("group");
  await bob.messages.getByText(ann.username).first().waitFor();
  await bob.page.getByRole("button", { name: "Details" }).click();
  await bob.dialog("Group").getByText(ann.username).first().waitFor();
  await isUnharmed(bob, "the members");
  await closeAll(bob);
  await bob.press("Friends");
  await bob.dialog("Friends").getByText(ann.username).first().waitFor();
  await isUnharmed(bob, "the friends");
});

scene("messages: text, extra, pictures, files and replies", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.window(await stage.register("bob"))];
  const account = /** @type {import("../harness/people.js").Account} */ (bob.account);
  const id = await ann.singleWith(account);
  const first = await ann.send(id, "hello");
  for (const text of payloads) await ann.send(id, text);
  for (const content of ["javascript:hacked=1", "data:text/html,<script>hacked=1</script>", image]) {
    for (const messageType of [2, 3, 5, 6]) await ann.send(id, content, { messageType });
  }
  const extras = [
    { replyTo: first.id, width: "1;background:url(http://trap.invalid/c)", height: image },
    { __proto__: { hacked: 1 }, constructor: image, mentions: [image] },
  ];
  for (const extra of extras) await ann.send(id, `with extra ${script}`, { extra: JSON.stringify(extra) });
  await bob.row(ann.username).waitFor();
  await isUnharmed(bob, "the list");
  await bob.choose(ann.username);
  await bob.sees(`with extra ${script}`);
  await bob.scroller.evaluate((at) => at.scrollTo(0, 0));
  for (const text of payloads.filter((text) => !/https?:/.test(text))) await bob.sees(text);
  await isUnharmed(bob, "the conversation");
  await bob.menuOf(script);
  await bob.pick("Reply");
  await isUnharmed(bob, "the reply");
  await bob.write(image);
  await isUnharmed(bob, "one's own message");
  await bob.field.fill(script);
  await bob.page.reload();
  await bob.row(ann.username).waitFor();
  await isUnharmed(bob, "after a reload");
});

scene("groups: name, description, picture, and what is said of them", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.window(await stage.register("bob"))];
  const account = /** @type {import("../harness/people.js").Account} */ (bob.account);
  for (const name of [image, script, payloads[2]]) {
    const id = await ann.group(name, [account], payloads.join("\n"));
    await ann.send(id, "hello");
    await bob.choose(name);
    await isUnharmed(bob, "the group");
    await bob.page.getByRole("button", { name: "Details" }).click();
    await bob.dialog("Group").getByText(payloads[4]).waitFor();
    await isUnharmed(bob, "its details");
    await bob.dialog("Group").getByRole("button", { name: "Leave group" }).click();
    await bob.question.waitFor();
    await isUnharmed(bob, "the question");
    await closeAll(bob);
    await ann.call("PUT", `/conversations/${id}`, { name: `another ${name}`.slice(0, 100) });
    await bob.messages.getByText("renamed the group").waitFor();
    await isUnharmed(bob, "the system message");
    await ann.call("PUT", `/conversations/${id}`, { avatarUrl: "javascript:hacked=1" }).catch(() => {});
    await isUnharmed(bob, "the group with a picture that is none");
  }
});

scene("friend requests, names of devices, pushes, searches and addresses", async (stage) => {
  const [ann, bob] = [
    await stage.register("ann"),
    await stage.window(await stage.register("bob"), { problems: [/status of (400|404)/] }),
  ];
  const account = /** @type {import("../harness/people.js").Account} */ (bob.account);
  await ann.call("POST", "/friends/requests", { targetUserId: account.id, message: payloads[2] });
  await bob.press(/^Friends, 1 request/);
  await bob
    .dialog("Friends")
    .getByRole("tab", { name: /Requests/ })
    .click();
  await bob.dialog("Friends").getByText(payloads[2]).waitFor();
  await isUnharmed(bob, "the requests");
  await closeAll(bob);

  await fetch(`${account.url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": image, "x-client-info": script },
    body: JSON.stringify({ username: account.username, password: account.password, clientInfo: image }),
  });
  await bob.profile.click();
  await bob
    .dialog("Profile")
    .getByRole("list", { name: "Where you are signed in" })
    .getByRole("listitem")
    .nth(1)
    .waitFor();
  await isUnharmed(bob, "the sign-ins");
  await closeAll(bob);

  for (const [type, data] of /** @type {const} */ ([
    ["notification", { text: image, title: script, url: "javascript:hacked=1", html: image }],
    ["build.done", { text: { toString: image }, title: [script] }],
  ])) {
    await pushToUsers(stage.place, [account.id], type, data);
  }
  await bob.page.getByText(image).first().waitFor();
  await isUnharmed(bob, "the pushes");

  await bob.page.getByRole("combobox", { name: "Search" }).fill(image);
  await bob.page.getByText("Nothing found for").first().waitFor();
  await isUnharmed(bob, "the search");
  await bob.page.getByRole("combobox", { name: "Search" }).fill("");
  for (const hash of [
    `#/c/${encodeURIComponent(image)}`,
    "#javascript:hacked=1",
    "#/c/%",
    "#/c/../../api/users/profile",
  ]) {
    await bob.page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    await isUnharmed(bob, hash);
  }
});

scene("the policy of the page forbids what the page never does", async (stage) => {
  const answer = await fetch(`${stage.place.gateways[0].url}/`);
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src '(none|self)'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|script-src[^;]*(\*|data:|http)/);
  assert.match(policy, /object-src 'none'/);
  assert.match(policy, /base-uri 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  // And the browser holds to it: a script in the page does not run, which the page's own test hears of.
  const refusals = [/CSP: (script-src|require-trusted-types)/, /Content Security Policy/, /TrustedScript/];
  const app = await stage.window(null, { problems: refusals });
  const made = app.page.evaluate(() => {
    const inline = document.createElement("script");
    inline.textContent = "hacked = 1";
    document.body.append(inline);
  });
  await assert.rejects(made, /TrustedScript/);
  assert.equal(await app.page.evaluate(() => "hacked" in window), false);
});
