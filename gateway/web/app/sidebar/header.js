// The head of the sidebar: who one is, and what can be begun.

import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { withPeople } from "../lazy.js";
import { openMenu } from "../menu.js";
import { go } from "../route.js";
import { t } from "../words/index.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ openWorld(): void, signal: AbortSignal }} options
 */
export function header(chat, { openWorld, signal }) {
  const onOpen = go;
  const me = element("button", { class: "me", type: "button", "aria-haspopup": "dialog", dataset: { key: "me" } });
  const newButton = button("compose", t("sidebar.new"));
  newButton.setAttribute("aria-haspopup", "menu");
  newButton.setAttribute("aria-expanded", "false");
  const friends = button("users", t("sidebar.friends"));
  const waiting = element("span", { class: "badge", hidden: true, "aria-hidden": "true" });
  friends.append(waiting);
  const world = button("globe", t("sidebar.world"));
  const buttons = chat.user?.isGuest ? [world] : [newButton, friends, world];

  const showMe = () => {
    const { user } = chat;
    if (!user) return;
    me.replaceChildren(
      avatar(user, { size: 36 }),
      element("span", { class: "me-name one-line", dir: "auto" }, user.username),
      user.isGuest ? element("span", { class: "tag" }, t("sidebar.guest")) : "",
      element("span", { class: "visually-hidden" }, `, ${t("sidebar.profile")}`),
    );
  };
  const countRequests = async () => {
    if (chat.user?.isGuest) return;
    const requests = await chat.friendRequests("received").catch(() => null);
    if (!requests || signal.aborted) return;
    const count = requests.filter(({ status }) => status === "pending").length;
    waiting.hidden = count === 0;
    waiting.textContent = count > 9 ? "9+" : String(count);
    const label = count > 0 ? t("sidebar.friends.waiting", { count }) : t("sidebar.friends");
    friends.setAttribute("aria-label", label);
    friends.title = label;
  };

  me.addEventListener("click", () => withPeople((people) => people.openProfile(chat, { onSignedOut() {} }), ".me"));
  newButton.addEventListener("click", () =>
    openMenu(newButton, t("sidebar.new"), [
      { icon: "user", text: t("sidebar.new.chat"), run: () => startChat(chat) },
      {
        icon: "users",
        text: t("sidebar.new.group"),
        run: () => withPeople((people) => people.openNewGroup(chat, { onOpen })),
      },
    ]),
  );
  friends.addEventListener("click", async () => {
    await withPeople((people) => people.openFriends(chat, { onOpen }));
    countRequests();
  });
  world.addEventListener("click", openWorld);
  chat.addEventListener("user", showMe, { signal });
  for (const event of /** @type {const} */ (["friend-request", "friend-accepted"]))
    chat.addEventListener(event, countRequests, { signal });
  chat.addEventListener("state", ({ detail }) => detail.state === "connected" && countRequests(), { signal });
  showMe();
  if (chat.state === "connected") countRequests();
  return element("header", { class: "sidebar-head" }, me, buttons);
}

/** @param {import("/gochat.js").GoChat} chat */
export function startChat(chat) {
  return withPeople((people) => people.openNewChat(chat, { onOpen: go }));
}

/** @param {string} drawing @param {string} label */
function button(drawing, label) {
  return element("button", { class: "icon-button", type: "button", "aria-label": label, title: label }, icon(drawing));
}
