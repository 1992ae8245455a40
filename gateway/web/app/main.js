import { GoChat } from "/gochat.js";

const chat = new GoChat();
await chat.restore();
