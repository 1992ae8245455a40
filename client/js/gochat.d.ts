// The public face of gochat.js. Ids are opaque strings, times Unix seconds, seqs 1, 2, 3 … in each conversation.

/** What every part of the library can fail with. */
export class GoChatError extends Error {
  /** A reason of the server (`FORBIDDEN`, `RATE_LIMITED` …), or one of the client's own: `OFFLINE`, `TIMEOUT`, `SIGNED_OUT`, `OUTBOX_FULL`, `UNDER_WAY`, `DISCARDED`, `UNEXPECTED_ANSWER` (no server of ours spoke). */
  readonly code: string;
  /** HTTP status, 0 where there was none. */
  readonly status: number;
  /** Names the request in the server's log. */
  readonly requestId: string;
  /** The same request may succeed later. */
  readonly transient: boolean;
  /** How long to wait before the next try, in milliseconds; 0: unknown. */
  readonly retryAfter: number;
}

export interface UserInfo {
  id: string;
  username: string;
  avatarUrl: string;
}
export interface User extends UserInfo {
  isGuest: boolean;
  status: number;
  createdAt: number;
  updatedAt: number;
}
export interface Peer extends UserInfo {
  online?: boolean;
}
export interface Member {
  user: UserInfo;
  role: number;
  muted: boolean;
  joinedAt: number;
  lastReadSeqId: number;
}
export interface FriendRequest {
  id: string;
  from: UserInfo;
  to: UserInfo;
  message: string;
  status: "pending" | "accepted" | "rejected";
  createdAt: number;
  updatedAt: number;
}
export interface SignIn {
  id: string;
  clientInfo: string;
  createdAt: number;
  lastUsedAt: number;
  current: boolean;
}

export const ConversationType: { readonly SINGLE: 1; readonly GROUP: 2; readonly WORLD: 3 };
export const MessageType: {
  readonly TEXT: 1;
  readonly IMAGE: 2;
  readonly FILE: 3;
  readonly SYSTEM: 4;
  readonly VOICE: 5;
  readonly VIDEO: 6;
};
export const Role: { readonly MEMBER: 1; readonly ADMIN: 2; readonly OWNER: 3 };

export interface Message {
  id: string;
  conversationId: string;
  sender: UserInfo;
  messageType: number;
  content: string;
  seqId: number;
  clientMsgId: string;
  /** Recalled: content and extra are empty. */
  deleted: boolean;
  /** JSON text, or empty. */
  extra: string;
  createdAt: number;
}

export interface Conversation {
  id: string;
  type: number;
  name: string;
  avatarUrl: string;
  description: string;
  ownerId: string;
  memberCount: number;
  lastMessage: Message | null;
  unreadCount: number;
  updatedAt: number;
  createdAt: number;
  lastActivityAt: number;
  myMembership?: Member;
  peer?: Peer;
  members?: Member[];
}

/** A message of this device that the server has not acknowledged yet. */
export interface Draft {
  /** Stays the same however often it is sent, over reloads too. */
  readonly clientMsgId: string;
  readonly conversationId: string;
  readonly content: string;
  readonly messageType: number;
  readonly extra: string;
  /** When it was written. */
  readonly createdAt: number;
  /** `waiting`: no socket, or its turn has not come; `sending`: under way; `failed`: refused for good, see `error`. */
  readonly state: "waiting" | "sending" | "failed";
  readonly error: GoChatError | null;
}

export type State = "signed-out" | "disconnected" | "connecting" | "connected";

export interface Options {
  /** The gateway, e.g. `https://chat.example`. Default: where gochat.js was imported from. */
  url?: string | URL;
  /** Told to the server as the name of this device. Present servers name a device by its User-Agent instead. */
  clientInfo?: string;
  /** `persistent` (default): tokens and unsent messages outlive the page (IndexedDB); `memory`: nothing does. */
  storage?: "persistent" | "memory";
  /** Separates several clients of one page. Default `gochat`. */
  name?: string;
  /** Bounds of the delay between attempts to connect, in milliseconds. Default 500 and 20,000. */
  backoff?: { min?: number; max?: number };
  /** How long a request may take, in milliseconds. Default 15,000. */
  timeout?: number;
  /** For tests: defaults to the platform's. */
  WebSocket?: typeof WebSocket;
  fetch?: typeof fetch;
}

/** `event.detail` of each event of a `GoChat`. */
export interface Events {
  /** The state changed. `code` is the close code that it came from; `retryAt` (ms since the epoch) when the next attempt is due. */
  state: { state: State; previous: State; code?: number; reason?: string; retryAt?: number };
  /** Signed in, signed out (null; `reason` is `signed-out`, `expired` or `ended`), or the profile changed; in another tab too. */
  user: { user: User | null; reason?: string };
  /** A message that this client had not seen, once, in the order of its conversation. */
  message: { message: Message };
  recalled: { conversationId: string; messageId: string; seqId: number; operatorId: string };
  /** A member has read up to `seqId`. */
  read: { conversationId: string; userId: string; seqId: number };
  /** A member's device has got everything up to `seqId`. SINGLEs only. */
  delivered: { conversationId: string; userId: string; seqId: number };
  typing: { conversationId: string; userId: string; typing: boolean };
  presence: { userId: string; online: boolean };
  /** Something of the conversation changed (name, members, role, mute): ask again for what is shown of it. */
  "conversation-changed": { conversationId: string; kind: "created" | "updated" | "deleted" | "members" };
  "friend-request": { request: FriendRequest };
  "friend-accepted": { user: UserInfo; conversationId: string };
  /** What a backend job pushed, each `pushId` once. */
  push: { type: string; data: Record<string, unknown>; pushId?: string };
  /** A message of this device changed its state; `sent` is set once it was acknowledged and `draft` is gone. */
  outbox: { draft: Draft; sent?: Message };
  /** Every server frame, as it came. */
  frame: { type: string; data: unknown; id?: string; timestamp: number; pushId?: string };
  /** An error frame that belongs to no request, or something this library could not do in the background. */
  error: { error: GoChatError };
}

type Listener<D> = ((event: CustomEvent<D>) => void) | { handleEvent(event: CustomEvent<D>): void };
interface TypedTarget<E> {
  addEventListener<K extends keyof E & string>(
    type: K,
    listener: Listener<E[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof E & string>(
    type: K,
    listener: Listener<E[K]>,
    options?: boolean | EventListenerOptions,
  ): void;
  /** The events of one type, as they come; ends with `break` or `signal`. */
  events<K extends keyof E & string>(type: K, options?: { signal?: AbortSignal }): AsyncIterableIterator<E[K]>;
}

/** A user's client: one sign-in (shared by the tabs of a browser), one socket. */
export class GoChat implements TypedTarget<Events> {
  constructor(options?: Options);
  addEventListener: TypedTarget<Events>["addEventListener"];
  removeEventListener: TypedTarget<Events>["removeEventListener"];
  events: TypedTarget<Events>["events"];

  readonly state: State;
  readonly user: User | null;
  /** When the next attempt to connect is due, in ms since the epoch; null: none is. */
  readonly retryAt: number | null;

  // -- who one is. Each of these also connects.
  /** Takes up the sign-in that this browser holds; null when it holds none. */
  restore(): Promise<User | null>;
  /** Makes an account and signs in. */
  register(username: string, password: string, avatarUrl?: string): Promise<User>;
  signIn(username: string, password: string): Promise<User>;
  signInAsGuest(): Promise<User>;
  /** Ends the sign-in, in all tabs. Unsent messages are dropped: see `unsent`. */
  signOut(): Promise<void>;
  /** How many messages of the signed-in user wait in this browser, those of other tabs included. */
  unsent(): Promise<number>;

  // -- the socket
  connect(): void;
  /** Stays signed in, without a socket, until `connect`. */
  disconnect(): void;
  /** Resolves once connected and caught up; rejects when signed out. */
  ready(): Promise<void>;
  /** Lets go of the socket, the tab's locks and the database, for good. Nobody is signed out. */
  close(): Promise<void>;
  /** Sends a frame and resolves with the `data` of its answer; `timeout` (ms) is this request's own. */
  request(type: string, data?: object, options?: { timeout?: number }): Promise<any>;
  /** An HTTP request below `/api` with the access token; resolves with `data` of the answer. */
  call(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<any>;

  // -- messages
  /**
   * Puts a message into the outbox: kept until the server has acknowledged it, sent in the order of writing. Resolves with the
   * stored message, however late; rejects when it was refused for good or discarded.
   */
  send(
    conversationId: string,
    content: string,
    options?: { messageType?: number; extra?: object; replyTo?: Message },
  ): Promise<Message>;
  /** Sends a failed message once more, under its old key. */
  retry(clientMsgId: string): Promise<void>;
  /** Drops a message that is not under way. */
  discard(clientMsgId: string): Promise<void>;
  /** Messages that this tab sends and the server has not acknowledged, oldest first; those of a closed tab come to one that lives. */
  drafts(conversationId?: string): readonly Draft[];
  recall(message: Message): Promise<void>;
  /** Reading is told at most every 300 ms, the highest seq of each conversation. */
  markRead(conversationId: string, seqId: number): void;
  /** Call at each key press: the frames are spaced out, and `stop-typing` follows by itself. */
  typing(conversationId: string, typing?: boolean): void;

  // -- what is there
  /** The caller's conversations, kept up to date. */
  readonly conversations: ConversationList;
  /** The messages of a conversation, loaded by pages and kept up to date. The same object each time. */
  timeline(conversationId: string): Timeline;
  getConversation(conversationId: string): Promise<Conversation>;
  /** Opens (or finds) the SINGLE with a user. */
  openSingle(userId: string): Promise<Conversation>;
  createGroup(
    name: string,
    memberIds: string[],
    options?: { description?: string; avatarUrl?: string },
  ): Promise<Conversation>;
  joinWorld(): Promise<Conversation>;
  updateConversation(
    conversationId: string,
    change: { name?: string; avatarUrl?: string; description?: string },
  ): Promise<Conversation>;
  /** A group: gone for all (owner only). A SINGLE: hidden until its next message. */
  deleteConversation(conversationId: string): Promise<void>;
  leave(conversationId: string): Promise<void>;
  members(
    conversationId: string,
    options?: { page?: number; size?: number; role?: number },
  ): Promise<{ members: Member[]; hasMore: boolean }>;
  addMembers(
    conversationId: string,
    userIds: string[],
    role?: number,
  ): Promise<{ addedUserIds: string[]; failedUsers: { userId: string; reason: string }[] }>;
  removeMember(conversationId: string, userId: string): Promise<void>;
  changeMember(conversationId: string, userId: string, change: { role?: number; muted?: boolean }): Promise<void>;

  // -- people
  searchUsers(query: string, limit?: number): Promise<UserInfo[]>;
  online(userIds: string[]): Promise<Map<string, boolean>>;
  friends(): Promise<UserInfo[]>;
  friendRequests(type?: "received" | "sent"): Promise<FriendRequest[]>;
  requestFriend(userId: string, message?: string): Promise<FriendRequest>;
  answerFriend(
    requestId: string,
    action: "accept" | "reject",
  ): Promise<{ request: FriendRequest; conversationId?: string }>;
  removeFriend(userId: string): Promise<void>;
  blocked(): Promise<UserInfo[]>;
  block(userId: string): Promise<void>;
  unblock(userId: string): Promise<void>;
  updateProfile(change: { avatarUrl: string }): Promise<User>;
  changePassword(oldPassword: string, newPassword: string): Promise<void>;
  signIns(): Promise<SignIn[]>;
  endSignIn(id: string): Promise<void>;
}

export interface ListEvents {
  /** Order, content or presence changed; `ids` of what did, absent: all. */
  change: { ids?: string[] };
}

/** The caller's conversations, newest activity first. */
export interface ConversationList extends TypedTarget<ListEvents> {
  readonly items: readonly Conversation[];
  /** False until the first page has come. */
  readonly loaded: boolean;
  readonly unreadTotal: number;
  get(id: string): Conversation | undefined;
  /** Of those who share a SINGLE or a friendship with the caller. */
  isOnline(userId: string): boolean;
}

export interface TimelineEvents {
  /**
   * `reset`: everything may be different; `older`: messages were put in front; `newer`: messages or drafts came at the end;
   * `update`: rows changed where they are (recalled, a draft's state, somebody read, was given it, or writes).
   */
  change: { kind: "reset" | "older" | "newer" | "update" };
}

/** The messages of one conversation: always without a hole from the first that was loaded to the newest. */
export interface Timeline extends TypedTarget<TimelineEvents> {
  readonly conversationId: string;
  /** By seq. Contiguous. */
  readonly messages: readonly Message[];
  /** What this device wrote and the server has not acknowledged, oldest first. They stand behind `messages`. */
  readonly drafts: readonly Draft[];
  readonly loaded: boolean;
  readonly hasOlder: boolean;
  /** Who is writing now, the caller left out. */
  readonly typing: readonly string[];
  /** Highest seq that others have read: user id → seq. SINGLEs and groups of at most 100. */
  readonly readBy: ReadonlyMap<string, number>;
  /** Highest seq that the other user's devices have got, 0 when nothing is known. SINGLEs only. */
  readonly deliveredSeq: number;
  /** Loads the newest messages, and who has read what; nothing when that was done. */
  load(): Promise<void>;
  /** Loads up to `limit` (50, at most 200) older ones. Calls while one is under way share it. */
  loadOlder(limit?: number): Promise<void>;
  /** The message with this seq, older pages being loaded as needed; undefined when there is none. */
  find(seqId: number): Promise<Message | undefined>;
}
