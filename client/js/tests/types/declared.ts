// Compiles only while the JavaScript does what gochat.d.ts says. "../../gochat.js" is the declaration, the files below gochat/ are not.

import { GoChat as ActualGoChat } from "../../gochat/client.js";
import * as constants from "../../gochat/constants.js";
import { GoChatError as ActualError } from "../../gochat/errors.js";
import type * as Declared from "../../gochat.js";

export const goChat: typeof Declared.GoChat = ActualGoChat;
export const goChatError: new (...args: never) => Declared.GoChatError = ActualError;
export const conversationType: typeof Declared.ConversationType = constants.ConversationType;
export const messageType: typeof Declared.MessageType = constants.MessageType;
export const role: typeof Declared.Role = constants.Role;

// As a page uses it.
export async function page(chat: Declared.GoChat): Promise<string[]> {
  chat.addEventListener("state", ({ detail }) => detail.retryAt?.toFixed());
  // @ts-expect-error there is no such event
  chat.addEventListener("states", () => {});
  const user: Declared.User | null = await chat.restore();
  const sent: Declared.Message = await chat.send("c", "hello", { replyTo: undefined });
  const timeline: Declared.Timeline = chat.timeline(sent.conversationId);
  // @ts-expect-error what is shown is not changed by who shows it
  timeline.messages.push(sent);
  for await (const { message } of chat.events("message")) return [message.content, user?.username ?? ""];
  return [];
}
