/**
 * What of the message list was on the screen: marks messages as seen, brings the first unseen one into view, and shows
 * the button that leads there, and then to the end.
 */

import {gettext, interpolate, ngettext} from "../model/translate.js";
import {find, setText} from "./dom.js";

const MIN_SHOWN_PX = 24; // a message counts as shown when this much of it is

export class Reading {
  #unread;
  #position;
  #attention;
  #list;
  #scroller;
  #showAround;
  #scrollToEnd;
  #button = find("#jump-button", HTMLButtonElement);
  #label = find("#jump-label", HTMLElement);
  #isEntering = true;
  #isMoving = false; // the list is rendered for another place than the one that is on the screen
  #isLooking; // as of the last change: on coming back the line is shown before anything counts as seen

  /**
   * @param {object} options
   * @param {Unread} options.unread
   * @param {import("./scroll_position.js").ScrollPosition} options.position
   * @param {{isLooking: boolean}} options.attention
   * @param {HTMLElement} options.list
   * @param {HTMLElement} options.scroller
   * @param {(id: number) => void} options.showAround renders the list so that it has this message
   * @param {() => void} options.scrollToEnd
   */
  constructor({unread, position, attention, list, scroller, showAround, scrollToEnd}) {
    this.#unread = unread;
    this.#position = position;
    this.#attention = attention;
    this.#isLooking = attention.isLooking;
    this.#list = list;
    this.#scroller = scroller;
    this.#showAround = showAround;
    this.#scrollToEnd = scrollToEnd;
    this.#button.addEventListener("click", () => this.#jump());
  }

  /** Whether a new message appears before the eyes of the user. */
  get isWatched() {
    return this.#isLooking && this.#position.isAtEnd && !this.#isEntering;
  }

  /** The reader goes to another place than the first unseen message. */
  skipEntering() {
    this.#isEntering = false;
  }

  /** On entering, after each rendering: as soon as the first unseen message is known, it is shown; else the end. */
  enter() {
    if (!this.#isEntering) return;
    this.#isEntering = !this.#unread.isKnown;
    if (this.#unread.lineAfterId !== null) this.showLine();
    else if (this.#unread.needsOlder)
      this.#scroller.scrollTop = -this.#scroller.scrollHeight; // loads older messages
    else this.#scrollToEnd();
  }

  /** The server has sent another newest page. */
  enterAnew() {
    this.#isEntering = true;
  }

  /** The user has come back: what arrived meanwhile begins at the line, and the page has followed its end. */
  attentionChanged() {
    this.#isLooking = this.#attention.isLooking;
    if (!this.#isLooking) return;
    const firstId = Number(this.#position.firstVisible()?.getAttribute("data-id"));
    if (this.#unread.count > 0 && (this.#unread.lineId ?? firstId) < firstId) this.showLine();
    this.positionChanged();
  }

  /** Shows the first unseen message, with a part of the one above it. */
  showLine() {
    const id = this.#unread.lineId;
    if (id === null) return;
    this.#isMoving = true;
    this.#showAround(id);
    this.#isMoving = false;
    this.#list.querySelector(`:scope > [data-id="${id}"]`)?.scrollIntoView({block: "start"});
  }

  /** After each scroll and each rendering of the list. */
  positionChanged() {
    if (this.#isMoving) return;
    if (this.#isLooking && !this.#isEntering && this.#unread.count > 0) this.#markShown();
    this.#showButton();
  }

  #markShown() {
    const id = this.#lastShownId();
    if (id > 0) this.#unread.markSeen(id);
  }

  /** Of the stored messages; 0 if none is on the screen. The list is searched in halves: it may be long. */
  #lastShownId() {
    const items = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const {bottom} = this.#scroller.getBoundingClientRect();
    let [shown, hidden] = [-1, items.length];
    while (hidden - shown > 1) {
      const middle = Math.floor((shown + hidden) / 2);
      if (top(items[middle]) + MIN_SHOWN_PX <= bottom) shown = middle;
      else hidden = middle;
    }
    while (shown >= 0 && !items[shown].dataset.id) shown--;
    return Number(items[shown]?.dataset.id ?? 0);
  }

  #showButton() {
    const {count} = this.#unread;
    setText(this.#label, jumpText(count));
    this.#button.toggleAttribute("data-quiet", count === 0);
    if (this.#button.hidden === this.#position.isAtEnd) return;
    // A hidden element has no focus. The keyboard stays with what the button led to.
    if (document.activeElement === this.#button) this.#scroller.focus({preventScroll: true});
    this.#button.hidden = this.#position.isAtEnd;
  }

  /** To the first unseen message if it is further down, otherwise to the end. */
  #jump() {
    if (this.#unread.count > 0 && (this.#unread.lineId ?? 0) > this.#lastShownId()) this.showLine();
    else this.#scrollToEnd();
    this.positionChanged();
  }
}

/** @param {HTMLElement} element */
function top(element) {
  return element.getBoundingClientRect().top;
}

/** @param {number} count of new messages */
function jumpText(count) {
  if (count === 0) return gettext("Newest messages");
  return interpolate(ngettext("%(count)s new message", "%(count)s new messages", count), {count});
}
