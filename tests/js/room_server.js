/**
 * A naive model of a room as the server keeps and serves it: a list of events that is searched from its beginning for
 * everything. It knows nothing of the client's code.
 */

const EMOJI = ["👍", "🎉", "🍰"];
export const AUTHORS = ["ada", "bea", "cy", "dan"];
const timestampOf = (id) => new Date(Date.UTC(2026, 10, 23) + 1000 * id).toISOString();

export class RoomServer {
  epoch = 1;
  lastId = 1;
  title = {name: "Lobby", topic: ""};
  /** Events of the log, in order; without the words that a delete took out. */
  log = [];
  /** A client that knows less is reset. */
  compactedId = 0;
  #random;

  constructor(random) {
    this.#random = random;
  }

  /** Stores an event, and returns its frame as it is sent live. */
  append(fields, author = this.pick(AUTHORS)) {
    const id = ++this.lastId;
    const event = {...fields, id, author: `author of ${author}`, username: author, timestamp: timestampOf(id)};
    this.log.push(event);
    if (event.type === "delete") this.#blank(event.target);
    if (event.type === "clear") this.log = this.log.filter((other) => other.id > event.target);
    if (event.type === "topic") this.title.topic = event.topic;
    if (event.type === "room_name") this.title.name = event.name;
    return this.frameOf(event);
  }

  write() {
    const replied = this.#random(3) === 0 ? this.pick(this.#allMessages()) : undefined;
    return this.append({type: "message", ...this.#words(), ...(replied && {reply_to: replied.id})});
  }

  edit() {
    return this.#amend((message) => [{type: "edit", ...this.#words()}, message.username]);
  }

  delete() {
    return this.#amend((message) => [{type: "delete"}, message.username]);
  }

  react() {
    return this.#amend((message) => {
      const [author, emoji] = [this.pick(AUTHORS), this.pick(EMOJI)];
      const on = !this.#reactionsOf(message.id).get(emoji)?.has(author);
      return [{type: "reaction", emoji, on}, author];
    });
  }

  clear() {
    return this.append({type: "clear", target: 1 + this.#random(this.lastId)});
  }

  setTitle() {
    if (this.#random(2)) return this.append({type: "topic", topic: this.pick(["", "Plants", "Cake"])});
    return this.append({type: "room_name", name: this.pick(["Lobby", "Garden"])});
  }

  /** An import, which may leave ids out. */
  skipIds() {
    this.lastId += 1 + this.#random(4);
  }

  /** Drops what was taken back. The last events of each message stay, so what it is folded to stays too. */
  compact() {
    const isLastEdit = ({id, target}) =>
      !this.log.some((other) => other.type === "edit" && other.target === target && other.id > id);
    const isNeeded = (event) => {
      if (event.isBlanked || event.type === "delete") return false;
      return event.type !== "edit" || isLastEdit(event) || event.id === this.lastId;
    };
    this.log = this.log.filter(isNeeded);
    this.compactedId = this.lastId;
  }

  /** Another history takes the place of this one. */
  replace() {
    this.epoch++;
    this.lastId = 1 + this.#random(this.lastId);
    this.log = [];
    this.title = {name: "Another", topic: ""};
  }

  /** The stored events after an id, as frames. Messages that were deleted are left out. */
  replay(since) {
    return this.log.filter(({id, isBlanked}) => id > since && !isBlanked).map((event) => this.frameOf(event));
  }

  /** The frame of an event, now. */
  frameOf({isBlanked: _, ...event}) {
    return event.reply_to ? {...event, reply: this.#replyOf(event.reply_to)} : event;
  }

  /** The newest folded messages before an id, and whether there are no older ones. */
  page(before, limit) {
    const messages = this.#allMessages().filter(({id}) => id < before);
    return {events: messages.slice(-limit).map((message) => this.#folded(message)), complete: messages.length <= limit};
  }

  pick(list) {
    return list[this.#random(list.length)];
  }

  #allMessages() {
    return this.log.filter(({type, isBlanked}) => type === "message" && !isBlanked);
  }

  #amend(choose) {
    const message = this.pick(this.#allMessages());
    if (!message) return this.write();
    const [fields, author] = choose(message);
    return this.append({...fields, target: message.id}, author);
  }

  #blank(target) {
    for (const event of this.log)
      if (event.id === target || event.target === target) event.isBlanked = event.type !== "delete";
  }

  #folded(message) {
    const amendments = this.log.filter(({target, type}) => target === message.id && type !== "clear");
    const folded = this.frameOf(message);
    for (const {type, message: words, html, timestamp} of amendments)
      if (type === "edit") Object.assign(folded, {message: words, html, edited: timestamp});
    const reactions = [...this.#reactionsOf(message.id)].map(([emoji, people]) => reactionOf(emoji, [...people]));
    if (reactions.length > 0) folded.reactions = reactions;
    if (amendments.length > 0) folded.rev = amendments.at(-1).id;
    return folded;
  }

  /** By emoji, who reacted with it, in order. */
  #reactionsOf(target) {
    const reactions = new Map();
    for (const event of this.log.filter(({type, target: other}) => type === "reaction" && other === target)) {
      const people = reactions.get(event.emoji) ?? new Set();
      if (event.on) people.add(event.username);
      else people.delete(event.username);
      if (people.size > 0) reactions.set(event.emoji, people);
      else reactions.delete(event.emoji);
    }
    return reactions;
  }

  #replyOf(id) {
    const answered = this.#allMessages().find((message) => message.id === id);
    if (!answered) return {id, deleted: true};
    const texts = [answered, ...this.log.filter(({type, target}) => type === "edit" && target === id)];
    return {id, username: answered.username, excerpt: [...texts.at(-1).message].slice(0, 200).join("")};
  }

  #words() {
    const message = `words ${this.#random(1000)}`;
    return {message, html: `<p>${message}</p>`};
  }
}

/** Whether the current user of the tests, ada, has this id. */
export function isAda(author) {
  return author === "author of ada";
}

function reactionOf(emoji, people) {
  return {emoji, count: people.length, people, ...(people.includes("ada") && {mine: true})};
}
