/**
 * What each frame of the server means for the models and the page: one handler a type.
 */

import {frameDispatcher, parseFrame, SERVER_FRAMES} from "./server_frames.js";
import {ValidationError} from "./validation.js";

/** @typedef {{[Type in Wire.ServerFrame["type"]]: (frame: Extract<Wire.ServerFrame, {type: Type}>) => void}} Handlers */

/**
 * @typedef {object} Parts
 * @property {Timeline} timeline
 * @property {Pages} pages
 * @property {Log} log
 * @property {Delivery} delivery
 * @property {People} people
 * @property {PeopleView} peopleView
 * @property {Typists} typists
 * @property {Status} status
 * @property {Me} me
 */

export class Session {
  #parts;
  #epoch;
  #onWelcome;
  #dispatch;
  /** @type {Handlers} */
  #handlers = {
    welcome: (frame) => this.#welcome(frame),
    message: (frame) => this.#message(frame),
    clear: (frame) => this.#event(frame),
    unknown: (frame) => this.#unknown(frame),
    history: (frame) => this.#history(frame),
    presence: (frame) => this.#presence(frame),
    typing: ({username}) => this.#parts.typists.heard(username),
    error: (frame) => this.#refusal(frame),
    pong: () => {},
  };

  /** @param {Parts} parts @param {string} epoch of the served page @param {() => void} onWelcome */
  constructor(parts, epoch, onWelcome) {
    this.#parts = parts;
    this.#epoch = epoch;
    this.#onWelcome = onWelcome;
    this.#dispatch = frameDispatcher(SERVER_FRAMES, this.#handlers);
  }

  /** From where a new connection goes on. */
  get position() {
    return {since: String(this.#parts.timeline.lastId), epoch: this.#epoch};
  }

  /** @param {string} text */
  receive(text) {
    try {
      this.#dispatch(parseFrame(text));
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      console.error("The server sent a frame that breaks the protocol:", error.message);
    }
  }

  /** The connection is gone, and with it every answer that was waited for. */
  disconnected() {
    const {delivery, pages, typists} = this.#parts;
    delivery.disconnected();
    pages.forget();
    typists.forgetAll();
  }

  /** @param {Wire.Welcome} welcome */
  #welcome({epoch, you, last_id, reset, members, count}) {
    const {timeline, pages, me, people, delivery} = this.#parts;
    this.#epoch = epoch;
    pages.forget();
    // After a reset nothing is drawn yet: the newest page follows at once, and an empty log would only flash.
    if (reset) timeline.reset(last_id);
    else timeline.resume(last_id);
    me.become(you);
    people.replace(members, count);
    this.#showPeople();
    this.#onWelcome();
    delivery.connected();
  }

  /** @param {Wire.MessageEvent} message */
  #message(message) {
    const {typists, timeline, log, pages} = this.#parts;
    typists.forget(message.username);
    const fresh = timeline.receive(message);
    this.#acknowledge(message);
    if (fresh) log.arrived(message);
    pages.askForMissing();
  }

  /** Everybody sees the client_id; only with our own author it answers our own message. @param {Wire.MessageEvent} message */
  #acknowledge({client_id, author}) {
    const {delivery, me} = this.#parts;
    if (client_id && author === me.person.author) delivery.acknowledge(client_id);
  }

  /** @param {Wire.StoredEvent} event */
  #event(event) {
    const {timeline, log, pages} = this.#parts;
    timeline.receive(event);
    log.drawSoon();
    pages.askForMissing();
  }

  /** @param {Wire.UnknownEvent} event */
  #unknown(event) {
    console.warn("A frame of a type this page does not know:", event.name);
    this.#event(event);
  }

  /** @param {Wire.HistoryPage} page */
  #history(page) {
    const {pages, log} = this.#parts;
    pages.received(page);
    // After a reset, or in a gap, the answer to our own message is here and nowhere else.
    for (const event of page.events) if (event.type === "message") this.#acknowledge(event);
    if (typeof page.after === "number") log.drawSoon();
    else log.drawQuietly();
  }

  /** @param {Wire.Presence} presence */
  #presence(presence) {
    const {people, peopleView, typists, me} = this.#parts;
    const sentence = people.update(presence);
    const own = presence.joined?.find(({author}) => author === me.person.author);
    if (own) me.become(own);
    for (const {username} of presence.left ?? []) typists.forget(username);
    this.#showPeople();
    if (sentence && !own) peopleView.note(sentence);
  }

  #showPeople() {
    const {people, peopleView, me} = this.#parts;
    peopleView.render(people, me.person);
  }

  /** @param {Wire.ErrorEvent} refusal */
  #refusal(refusal) {
    const {delivery, status} = this.#parts;
    if (refusal.client_id) delivery.refused(refusal, refusal.client_id);
    else status.explain(refusal.detail);
  }
}
