/** For the type checker only: the wire as protocol.js lets it in and out, and what several modules share. */
declare namespace Wire {
  interface Person {
    username: string;
    author: string;
  }

  /** Something a person said. `html` was made safe by the server; `message` is what was typed. */
  interface Message {
    type: "message";
    id: number;
    author: string;
    username: string;
    message: string;
    html: string;
    timestamp: string;
    client_id?: string;
    reply_to?: number;
  }

  /** Everything up to and including `target` is gone. */
  interface Clear {
    type: "clear";
    id: number;
    target: number;
    timestamp: string;
  }

  /** A stored event of a kind this client does not know: its id counts, nothing is shown. */
  interface Unknown {
    type: "unknown";
    name: string;
    id?: number;
  }

  type RoomEvent = Message | Clear | Unknown;

  interface Limits {
    message: number;
    username: number;
    history: number;
  }

  interface Welcome {
    type: "welcome";
    protocol: number;
    room: string;
    epoch: string;
    you: Person;
    last_id: number;
    members: Person[];
    count: number;
    limits: Limits;
    reset?: boolean;
  }

  interface History {
    type: "history";
    events: RoomEvent[];
    before?: number;
    after?: number;
    complete: boolean;
  }

  interface Presence {
    type: "presence";
    joined?: Person[];
    left?: Person[];
    members?: Person[];
    count: number;
  }

  interface Typing {
    type: "typing";
    username: string;
  }

  interface Refusal {
    type: "error";
    code: string;
    detail: string;
    retry: boolean;
    retry_after?: number;
    client_id?: string;
  }

  interface Pong {
    type: "pong";
  }

  type ServerFrame = Welcome | RoomEvent | History | Presence | Typing | Refusal | Pong;

  type ClientFrame =
    | {type: "message"; message: string; client_id: string}
    | {type: "history"; before: number; limit: number}
    | {type: "history"; after: number; limit: number}
    | {type: "rename"; username: string}
    | {type: "typing"}
    | {type: "ping"};
}

/** Something written here that is not yet known to be stored. */
interface Unsent {
  clientId: string;
  message: string;
  /** When it was written, by this machine's clock. */
  timestamp: string;
  /** Why the server refused it for good; "" while there is hope. */
  problem: string;
}

/** The connection, as one sees it; `until` is when the next try begins. */
type ConnectionState =
  | {name: "connecting" | "connected"}
  | {name: "waiting" | "offline"; code: number; until: number}
  | {name: "stopped"; code: number};

/** A place to keep a value over a reload. */
interface Keeper {
  read(): unknown;
  write(value: unknown): void;
}

/* The classes that are passed in where they are used: their users need the type alone, and load no module for it. */
type Delivery = import("./net/delivery.js").Delivery;
type Log = import("./view/message_list_controller.js").Log;
type Me = import("./view/current_user_button.js").Me;
type Outbox = import("./model/outbox.js").Outbox;
type Pages = import("./net/history_loader.js").Pages;
type People = import("./model/members.js").People;
type PeopleView = import("./view/members_view.js").PeopleView;
type Status = import("./view/connection_status.js").Status;
type Timeline = import("./model/timeline.js").Timeline;
type TimelineView = import("./view/message_list_view.js").TimelineView;
type Typists = import("./model/typing.js").Typists;
type Unread = import("./model/unread.js").Unread;
