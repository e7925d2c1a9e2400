/**
 * What can be done with a message: a bar with a button for each action. There is one bar, which moves to the message
 * under the pointer, to the one that the keyboard has reached, or to the one that a finger rests on.
 *
 * A new action is a row of ACTIONS.
 */

import {gettext} from "../model/translate.js";
import {copyButton} from "./copy_button.js";
import {element, find} from "./dom.js";
import {articleOf, itemOf, setTabStop} from "./tab_stops.js";

const LONG_PRESS_MS = 500;
const MAX_MOVE_PX = 10; // a finger that moves further scrolls

/**
 * What an action needs of the page.
 * @typedef {object} MessagePage
 * @property {(item: HTMLElement) => Wire.MessageEvent | undefined} messageOf the stored message of an item
 * @property {(message: Wire.MessageEvent) => Promise<string | null>} textOf the text as written; null if it is not known
 * @property {(id: number) => string} linkTo the address of a message
 *
 * @typedef {object} MessageAction
 * @property {string} name
 * @property {(message: Wire.MessageEvent) => boolean} isOffered
 * @property {(message: Wire.MessageEvent, item: HTMLElement, page: MessagePage) => HTMLButtonElement} createButton
 */

/** @type {MessageAction[]} in the order of the buttons */
const ACTIONS = [
  {
    name: "copy-text",
    isOffered: () => true,
    createButton: (message, item, page) =>
      copyButton("message-actions__button", gettext("Copy text"), "copy", async () => {
        return (await page.textOf(message)) ?? shownText(item);
      }),
  },
  {
    name: "copy-link",
    isOffered: () => true,
    createButton: ({id}, _, {linkTo}) =>
      copyButton("message-actions__button", gettext("Copy link"), "link", () => linkTo(id)),
  },
];

export class MessageActions {
  #page;
  #list = find("#message-list", HTMLElement);
  #bar = element("div", {className: "message-actions"});
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pressTimer;

  /** @param {MessagePage} page */
  constructor(page) {
    this.#page = page;
    this.#bar.setAttribute("role", "toolbar");
    this.#bar.setAttribute("aria-label", gettext("Message"));
    this.#bar.addEventListener("keydown", (event) => this.#onKeydown(event));
    // A click leaves the focus where it is, in the composer most of the time.
    this.#bar.addEventListener("mousedown", (event) => event.preventDefault());
    // Not pointerover: that comes also when messages move below a pointer that rests.
    this.#list.addEventListener("pointermove", (event) => this.#onPointerMove(event));
    this.#list.addEventListener("pointerleave", ({pointerType}) => pointerType !== "touch" && this.#leave());
    this.#list.addEventListener("focusin", ({target}) => this.#onFocus(target));
    this.#list.addEventListener("focusout", ({relatedTarget}) => this.#onBlur(relatedTarget));
    this.#watchLongPress();
  }

  /** @param {PointerEvent} event */
  #onPointerMove({target, pointerType}) {
    if (pointerType !== "touch" && !this.#hasFocus) this.#show(itemOf(target));
  }

  /** @param {EventTarget | null} target */
  #onFocus(target) {
    if (target instanceof Element && target.matches(":focus-visible")) this.#show(itemOf(target));
  }

  /** @param {EventTarget | null} next */
  #onBlur(next) {
    if (!(next instanceof Node && this.#list.contains(next))) this.#bar.remove();
  }

  #leave() {
    if (this.#hasFocus) return;
    const focused = this.#list.querySelector(":focus-visible");
    if (focused) this.#show(itemOf(focused));
    else this.#bar.remove();
  }

  get #hasFocus() {
    return this.#bar.contains(document.activeElement);
  }

  /** @param {HTMLElement | null} item */
  #show(item) {
    const message = item && this.#page.messageOf(item);
    if (!item || !message) this.#bar.remove();
    else if (this.#bar.parentElement !== item) this.#moveTo(item, message);
  }

  /** @param {HTMLElement} item @param {Wire.MessageEvent} message */
  #moveTo(item, message) {
    const actions = ACTIONS.filter(({isOffered}) => isOffered(message));
    this.#bar.replaceChildren(...actions.map(({createButton}) => createButton(message, item, this.#page)));
    item.append(this.#bar);
    setTabStop(item, articleOf(item).tabIndex === 0);
  }

  /** Left and right go from button to button, Escape back to the message. @param {KeyboardEvent} event */
  #onKeydown(event) {
    const buttons = /** @type {HTMLElement[]} */ ([...this.#bar.children]);
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const index = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (step) buttons[(index + step + buttons.length) % buttons.length].focus();
    else if (event.key === "Escape") articleOf(find("li:has(> .message-actions)", HTMLElement, this.#list)).focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #watchLongPress() {
    /** @type {{x: number, y: number} | null} */
    let start = null;
    const stop = () => clearTimeout(this.#pressTimer);
    this.#list.addEventListener("pointerdown", ({target, pointerType, clientX, clientY}) => {
      stop();
      if (pointerType !== "touch" || (target instanceof Element && target.closest("a, button"))) return;
      start = {x: clientX, y: clientY};
      this.#pressTimer = setTimeout(() => this.#show(itemOf(target)), LONG_PRESS_MS);
    });
    this.#list.addEventListener("pointermove", ({clientX, clientY}) => {
      if (start && Math.hypot(clientX - start.x, clientY - start.y) > MAX_MOVE_PX) stop();
    });
    for (const name of ["pointerup", "pointercancel"]) this.#list.addEventListener(name, stop);
    document.addEventListener("pointerdown", ({target, pointerType}) => {
      const isElsewhere = target instanceof Node && !this.#bar.parentElement?.contains(target);
      if (pointerType === "touch" && isElsewhere) this.#bar.remove();
    });
  }
}

/** @param {HTMLElement} item */
function shownText(item) {
  // biome-ignore lint/performance/useDomNodeTextContent: it has line breaks between the paragraphs
  return find(".message__body", HTMLElement, item).innerText;
}
