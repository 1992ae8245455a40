// The dialogs about people, groups and oneself. Loaded when the first of them is opened.

import "../words/people.js";
import "../words/refusals.js";

export { openDetails } from "./details.js";
export { openFriends } from "./friends.js";
export { openNewChat } from "./new-chat.js";
export { openNewGroup } from "./new-group.js";
export { openProfile } from "./profile.js";

await styled();

/** Resolves once the dialogs' style is there, so that none is seen without. */
function styled() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "/style/people.css";
  return new Promise((resolve) => {
    // A dialog without its style is better than none.
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}
