/**
 * The log on the screen: draws timeline and outbox at most once a frame, and minds where the reader is.
 */

import {find} from "./dom.js";
import {Scroll} from "./scroll_position.js";

const KEPT = 400; // messages on the page of someone who is at the end

export class Log {
  #timeline;
  #outbox;
  #view;
  #pages;
  #unread;
  #me;
  #name;
  #scroll;
  #below = 0; // messages that came while the reader was further up
  #frame = 0;
  #empty = find("#timeline-empty", HTMLElement);
  #start = find("#timeline-start", HTMLElement);
  #jump = find("#jump-button", HTMLButtonElement);
  #jumpLabel = find("#jump-label", HTMLElement);

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {Outbox} options.outbox
   * @param {TimelineView} options.view
   * @param {Pages} options.pages
   * @param {Unread} options.unread
   * @param {Me} options.me
   * @param {string} options.name of the room
   */
  constructor({timeline, outbox, view, pages, unread, me, name}) {
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#view = view;
    this.#pages = pages;
    this.#unread = unread;
    this.#me = me;
    this.#name = name;
    const list = find("#message-list", HTMLElement);
    this.#scroll = new Scroll(find("#messages", HTMLElement), list, () => this.#moved());
    this.#jump.addEventListener("click", () => this.toEnd());
  }

  /** A message that nobody here has seen. @param {Wire.MessageEvent} message */
  arrived({id, author}) {
    const own = author === this.#me.person.author;
    if (!own) this.#unread.arrived(id);
    if (!own && !this.#scroll.atEnd) this.#below++;
    if (this.#scroll.atEnd) this.#timeline.trim(KEPT);
    this.drawSoon();
  }

  /** Once before the next frame, however much arrives until then. */
  drawSoon() {
    this.#frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#scroll.keep(() => this.#render());
    this.#moved();
  }

  /** Older messages: no news to read out. */
  drawQuietly() {
    this.#view.quietly(() => this.draw());
  }

  toEnd() {
    this.#scroll.toEnd();
    this.#moved();
  }

  #render() {
    const {messages} = this.#timeline;
    const {entries} = this.#outbox;
    this.#view.render(messages, entries, this.#me.person, this.#unread.from);
    this.#empty.hidden = messages.length + entries.length > 0;
  }

  #moved() {
    const {atEnd} = this.#scroll;
    if (atEnd) this.#below = 0;
    this.#jump.hidden = atEnd;
    setText(this.#jumpLabel, jumpText(this.#below));
    if (this.#scroll.nearStart) this.#pages.askForOlder();
    setText(this.#start, this.#startText());
  }

  #startText() {
    if (this.#pages.loading) return "Loading earlier messages…";
    return this.#timeline.complete && this.#empty.hidden ? `This is where ${this.#name} begins.` : "";
  }
}

/**
 * Leaves the element alone when nothing changed: a change inside the log is news to a screen reader.
 * @param {HTMLElement} element @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} count */
function jumpText(count) {
  if (count === 0) return "Newest messages";
  return count === 1 ? "1 new message" : `${count} new messages`;
}
