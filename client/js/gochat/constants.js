// The numbers of the protocol.

export const ConversationType = Object.freeze({ SINGLE: 1, GROUP: 2, WORLD: 3 });
export const MessageType = Object.freeze({ TEXT: 1, IMAGE: 2, FILE: 3, SYSTEM: 4, VOICE: 5, VIDEO: 6 });
export const Role = Object.freeze({ MEMBER: 1, ADMIN: 2, OWNER: 3 });
