// The page: forms and buttons on one side, session, socket and store on the other.

import { Session } from "./session.js";
import { Socket } from "./socket.js";
import { Store } from "./store.js";
import { byId, notice, showConversations, showLink, showOpen, showPeople } from "./view.js";

const session = new Session();
const socket = new Socket(session);
const store = new Store(session, socket);
let found = [];

store.addEventListener("change", () => {
  showConversations(store, (id) => attempt(() => store.openConversation(id)));
  showOpen(store, session.user);
});
store.addEventListener("notice", (event) => notice(event.detail));
socket.addEventListener("up", () => showLink(true));
socket.addEventListener("down", () => showLink(false));
session.addEventListener("ended", showWelcome);
document.addEventListener("visibilitychange", () => store.markRead());

/** Does something that may be refused, and says so when it is. */
async function attempt(work) {
  try {
    await work();
  } catch (refusal) {
    notice(refusal.message);
  }
}

function showWelcome() {
  socket.stop();
  store.clear();
  stopFinding();
  byId("chat").hidden = true;
  byId("welcome").hidden = false;
}

function showChat() {
  byId("welcome").hidden = true;
  byId("chat").hidden = false;
  byId("me").textContent = session.user.username;
  byId("find").hidden = session.user.isGuest;
  showLink(false);
  // The list is read when the socket is up: what comes in between is then not missed.
  socket.start();
}

function stopFinding() {
  found = [];
  byId("found").hidden = true;
  byId("find").reset();
  byId("start").reset();
}

function chosenPeople() {
  const chosen = new Set([...byId("people").querySelectorAll(":checked")].map((box) => box.value));
  return found.filter((person) => chosen.has(person.id));
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const [name, password] = [form.elements.username.value, form.elements.password.value];
  const problem = form.querySelector(".problem");
  const ways = {
    "sign-in": () => session.signIn(name, password),
    register: () => session.register(name, password),
    guest: () => session.enterAsGuest(),
  };
  form.querySelectorAll("button").forEach((button) => (button.disabled = true));
  try {
    problem.hidden = true;
    await ways[event.submitter?.name ?? "sign-in"]();
    form.reset();
    showChat();
  } catch (refusal) {
    problem.textContent = refusal.message;
    problem.hidden = false;
  }
  form.querySelectorAll("button").forEach((button) => (button.disabled = false));
});

byId("sign-out").addEventListener("click", () => session.signOut());
byId("back").addEventListener("click", () => store.close());
byId("join-world").addEventListener("click", () => attempt(() => store.joinWorld()));
byId("stop-finding").addEventListener("click", stopFinding);

byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = event.target.elements.q.value.trim();
  if (!name) return;
  attempt(async () => {
    found = await store.findPeople(name);
    showPeople(found, () => (byId("start").elements.name.hidden = chosenPeople().length < 2));
  });
});

byId("start").addEventListener("submit", (event) => {
  event.preventDefault();
  const [people, name] = [chosenPeople(), event.target.elements.name.value.trim()];
  if (people.length === 0) return notice("Choose somebody first.");
  attempt(async () => {
    await store.startChat(people, people.length > 1 ? name || people.map((one) => one.username).join(", ") : "");
    stopFinding();
  });
});

byId("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const { content } = event.target.elements;
  if (content.value.trim()) store.send(content.value);
  event.target.reset();
  content.focus();
});

byId("compose").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("compose").requestSubmit();
});

byId("messages").addEventListener("scroll", (event) => {
  if (event.target.scrollTop < 40 && store.hasOlder && !event.target.dataset.loading) {
    event.target.dataset.loading = "true";
    attempt(() => store.loadOlder()).finally(() => delete event.target.dataset.loading);
  }
});

if (session.user) showChat();
else showWelcome();
