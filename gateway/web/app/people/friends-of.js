/**
 * The caller's friends, as those who are offered before anything is searched. Where they do not come, nobody is offered.
 * @param {import("/gochat.js").GoChat} chat
 * @param {() => void} come called once they are there
 */
export function friendsOf(chat, come) {
  const friends = { users: /** @type {import("/gochat.js").UserInfo[]} */ ([]) };
  chat.friends().then(
    (users) => {
      friends.users = users;
      if (users.length > 0) come();
    },
    () => {},
  );
  return friends;
}
