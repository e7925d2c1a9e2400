/** Types that several modules share, for the type checker only. `Wire` has the frames as net/ parses and sends them. */
declare namespace Wire {
  /** A person in the room. `author` is a random id that the server assigned; only `username` is shown. */
  interface Member {
    username: string;
    author: string;
  }

  /** The current user. `asked` is the name that they asked for, if another person has it. */
  interface You extends Member {
    asked?: string;
  }

  /** `people` has the first 20 usernames of `count`. `mine`: the current user is one of them; absent is no. */
  interface Reaction {
    emoji: string;
    count: number;
    people: string[];
    mine?: boolean;
  }

  /** What a reply answers: whose message, and how it begins. With `deleted` it is gone, or not there any more. */
  interface Reply {
    id: number;
    username?: string;
    excerpt?: string;
    deleted?: boolean;
  }

  /** What all events have that a person makes. */
  interface PersonalEvent {
    id: number;
    author: string;
    username: string;
    timestamp: string;
    client_id?: string;
  }

  /**
   * A message, with what was done to it since. `message` is the text as typed, `html` the HTML that the server made of
   * it, `edited` the time of the last edit, `rev` the id of the last event that is part of it: absent is `id`.
   */
  interface MessageEvent extends PersonalEvent {
    type: "message";
    message: string;
    html: string;
    reply_to?: number;
    edited?: string;
    reactions?: Reaction[];
    reply?: Reply;
    rev?: number;
  }

  /** The message `target` has another text. */
  interface EditEvent extends PersonalEvent {
    type: "edit";
    target: number;
    message: string;
    html: string;
  }

  /** The message `target` was deleted. */
  interface DeleteEvent extends PersonalEvent {
    type: "delete";
    target: number;
  }

  /** A reaction to the message `target` was made, or taken back (not `on`). */
  interface ReactionEvent extends PersonalEvent {
    type: "reaction";
    target: number;
    emoji: string;
    on: boolean;
  }

  type Amendment = EditEvent | DeleteEvent | ReactionEvent;

  /** The room has another topic; "" is none. */
  interface TopicEvent extends PersonalEvent {
    type: "topic";
    topic: string;
  }

  /** The room has another name. Its address stays. */
  interface RoomNameEvent extends PersonalEvent {
    type: "room_name";
    name: string;
  }

  /** The owner cleared the history: all messages up to and including `target` are deleted. */
  interface ClearEvent {
    type: "clear";
    id: number;
    target: number;
    timestamp: string;
  }

  /**
   * A stored event that cannot be shown. `name` is the type that the server sent: a type that this client does not
   * know, or `unknown`, which stands for a type that the server does not know either.
   */
  interface UnknownEvent {
    type: "unknown";
    name: string;
    id: number;
  }

  /** A frame of a type that this client does not know (`name`), without an id: it is not stored. */
  interface UnknownFrame {
    type: "unknown";
    name: string;
    id?: undefined;
  }

  /** An event of the room's log. Its id is its place in the room's order. */
  type StoredEvent = MessageEvent | Amendment | TopicEvent | RoomNameEvent | ClearEvent | UnknownEvent;

  /** `message` and `username` in characters, `history` in events per page. */
  interface Limits {
    message: number;
    username: number;
    history: number;
  }

  interface WelcomeFrame {
    type: "welcome";
    protocol: number;
    room: string;
    /** Of the room. */
    name: string;
    /** Absent: the room has none. */
    topic?: string;
    epoch: string;
    you: You;
    last_id: number;
    members: Member[];
    count: number;
    limits: Limits;
    reset?: boolean;
  }

  interface HistoryFrame {
    type: "history";
    /** An unknown frame breaks the protocol here. It is ignored, and the page is used. */
    events: (StoredEvent | UnknownFrame)[];
    before?: number;
    after?: number;
    /** With `after`: the room has no newer event. Otherwise: it has no older one. */
    complete: boolean;
  }

  interface PresenceFrame {
    type: "presence";
    joined?: Member[];
    left?: Member[];
    members?: Member[];
    count: number;
  }

  /** The answer to a rename. */
  interface RenamedFrame {
    type: "renamed";
    you: You;
  }

  /** What the server tells of a room. `messages`: ever stored, those among them that were `cleared` too. */
  interface RoomNumbers {
    room: string;
    name: string;
    last_id: number;
    messages: number;
    cleared?: number;
  }

  /** Rooms that were created or have new events. */
  interface RoomsFrame {
    type: "rooms";
    rooms: RoomNumbers[];
  }

  interface TypingFrame {
    type: "typing";
    username: string;
  }

  /** `retry_after` is in seconds. */
  interface ErrorFrame {
    type: "error";
    code: string;
    detail: string;
    retry: boolean;
    retry_after?: number;
    client_id?: string;
  }

  interface PongFrame {
    type: "pong";
  }

  /** A frame as net/server_frames.js parses it. */
  type ServerFrame =
    | StoredEvent
    | WelcomeFrame
    | HistoryFrame
    | PresenceFrame
    | RenamedFrame
    | RoomsFrame
    | TypingFrame
    | ErrorFrame
    | PongFrame
    | UnknownFrame;

  type ClientFrame =
    | (Command & {client_id: string})
    | {type: "history"; before: number; limit: number}
    | {type: "rename"; username: string}
    | {type: "typing"}
    | {type: "ping"};
}

/**
 * What a command amends: the id of a stored message, or the client id of a message of the outbox, which is replaced by
 * its id as soon as it has one.
 */
type Target = number | string;

/**
 * A command that the server stores, and that waits in the outbox until then. The frame has the same fields, and a
 * client_id. The topic and the name of a room are set by a form, whose answer says what is wrong with them.
 */
type Command =
  | {type: "message"; message: string; reply_to?: number}
  | {type: "edit"; id: Target; message: string}
  | {type: "delete"; id: Target}
  | {type: "react"; id: Target; emoji: string; on: boolean};

type Amending = Extract<Command, {id: Target}>;

/** A command of the current user that is not yet known to be stored. */
interface OutboxEntry {
  clientId: string;
  command: Command;
  /** When the user gave it, by the clock of this machine. */
  timestamp: string;
  /** Why it failed and is not sent again; "" otherwise. */
  problem: string;
  /** It was sent at least once: the server may have stored it. */
  sent?: boolean;
  /** In which the ids of the command name messages. Absent in entries of earlier versions, which have none. */
  epoch?: string;
}

/** A message as it will be when the outbox is empty (model/optimistic.js). */
interface ShownMessage extends Wire.MessageEvent {
  /** An amendment of it waits in the outbox. */
  pending?: boolean;
  /** The new text, as long as there is no HTML of it. */
  text?: string;
  /** Why the last amendment of it failed. */
  problem?: string;
  /** Of the entry that failed: it can be withdrawn. */
  failedId?: string;
  /** What failed. */
  failed?: Command["type"];
  /** It is to be deleted, by the entry with this client id. */
  deletion?: string;
}

/** A message that is not stored yet, as it will be. `problem` as in OutboxEntry. */
interface PendingMessage {
  clientId: string;
  message: string;
  timestamp: string;
  problem: string;
  reply?: Wire.Reply;
}

/** What the composer can edit: a stored message, or one that waits, by its client id. */
type Editable = ShownMessage | {id: string; text: string};

/** The state of the connection. `code` is the last close code, `retryAt` the time of the next attempt in ms. */
type ConnectionState =
  | {name: "connecting" | "connected"}
  | {name: "waiting" | "offline"; code: number; retryAt: number}
  | {name: "stopped"; code: number};

/** Storage for one value that outlives a page load. `read` returns null before the first `write`. */
interface ValueStorage {
  read(): unknown;
  write(value: unknown): void;
}

/** The record of this page, and those that closed pages left (model/leased_records.js). */
interface OutboxRecords {
  write(value: unknown): void;
  takeAll(graceMs: number): unknown[];
}

/** The draft of this page, and those that closed pages left. */
interface DraftRecords {
  write(value: unknown): void;
  takeNewest(): unknown;
}

/* Classes whose objects are passed in. The modules that use them need the type only, so they do not import them. */
type CurrentUser = import("./model/current_user.js").CurrentUser;
type Delivery = import("./net/delivery.js").Delivery;
type HistoryLoader = import("./net/history_loader.js").HistoryLoader;
type LeasedRecords = import("./model/leased_records.js").LeasedRecords;
type HttpClient = import("./net/http.js").HttpClient;
type Members = import("./model/members.js").Members;
type MessageListView = import("./view/message_list_view.js").MessageListView;
type Outbox = import("./model/outbox.js").Outbox;
type RoomList = import("./model/room_list.js").RoomList;
type RoomTitle = import("./model/room_title.js").RoomTitle;
type SeenCounts = import("./model/seen_counts.js").SeenCounts;
type Settings = import("./model/settings.js").Settings;
type Timeline = import("./model/timeline.js").Timeline;
type Unread = import("./model/unread.js").Unread;
