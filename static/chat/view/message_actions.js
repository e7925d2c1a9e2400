/**
 * The bar with what can be done with a message. There is one bar, which moves to the message under the pointer, to the
 * one that the keyboard has reached, or to the one that a finger rests on; on a touch screen it stands at the lower edge.
 */

import {gettext} from "../model/translate.js";
import {copyButton} from "./copy_button.js";
import {element, find} from "./dom.js";
import {ACTIONS, actionButton, BUTTON_CLASS, quickButton} from "./message_action_table.js";
import {articleOf, itemOf, setTabStop} from "./tab_stops.js";

const LONG_PRESS_MS = 500;
const MAX_MOVE_PX = 10; // a finger that moves further scrolls

/** @typedef {import("./message_action_table.js").MessageAction} MessageAction */
/** @typedef {import("./message_action_table.js").MessagePage} MessagePage */

export class MessageActions {
  #page;
  #list = find("#message-list", HTMLElement);
  #bar = element("div", {className: "message-actions"});
  #touch = matchMedia("(pointer: coarse)");
  /** What the bar was filled for. @type {Wire.MessageEvent | undefined} */
  #message;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pressTimer;

  /** @param {MessagePage} page */
  constructor(page) {
    this.#page = page;
    this.#bar.setAttribute("role", "toolbar");
    this.#bar.setAttribute("aria-label", gettext("Message"));
    this.#bar.addEventListener("keydown", (event) => this.#onBarKeydown(event));
    this.#list.addEventListener("keydown", (event) => this.#onKeydown(event));
    // A click leaves the focus where it is, in the composer most of the time.
    this.#bar.addEventListener("mousedown", (event) => event.preventDefault());
    // Not pointerover: that comes also when messages move below a pointer that rests.
    this.#list.addEventListener("pointermove", (event) => this.#onPointerMove(event));
    this.#list.addEventListener("pointerleave", ({pointerType}) => pointerType !== "touch" && this.#leave());
    this.#list.addEventListener("focusin", ({target}) => this.#onFocus(target));
    this.#list.addEventListener("focusout", ({relatedTarget}) => this.#onBlur(relatedTarget));
    this.#watchLongPress();
  }

  /** The messages were rendered: what can be done with the one that has the bar may be something else now. */
  update() {
    const item = this.#bar.parentElement;
    if (!item || this.#message === this.#page.messageOf(item)) return;
    const focused = this.#buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    this.#show(item);
    if (focused >= 0) (this.#buttons[Math.min(focused, this.#buttons.length - 1)] ?? articleOf(item)).focus();
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
    if (!(next instanceof Node && this.#list.contains(next))) this.#hide();
  }

  #leave() {
    if (this.#hasFocus) return;
    const focused = this.#list.querySelector(":focus-visible");
    if (focused) this.#show(itemOf(focused));
    else this.#hide();
  }

  get #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.#bar.children]).filter((button) => button.checkVisibility());
  }

  get #hasFocus() {
    return this.#bar.contains(document.activeElement);
  }

  #hide() {
    this.#message = undefined;
    this.#bar.remove();
  }

  /** @param {HTMLElement | null} item */
  #show(item) {
    const message = item ? this.#page.messageOf(item) : undefined;
    if (!item || !message) this.#hide();
    else if (this.#bar.parentElement !== item || this.#message !== message) this.#fill(item, message);
  }

  /** @param {HTMLElement} item @param {Wire.MessageEvent} message */
  #fill(item, message) {
    this.#message = message;
    const buttons = ACTIONS.filter(({isOffered}) => isOffered(message, this.#page)).map((action) => {
      const button = actionButton(action);
      button.addEventListener("click", () => this.#run(action, message, button));
      return button;
    });
    this.#bar.replaceChildren(...this.#quickButtons(message), ...buttons, ...this.#copyButtons(message, item));
    if (this.#bar.parentElement !== item) item.append(this.#bar);
    setTabStop(item, articleOf(item).tabIndex === 0);
  }

  /** @param {Wire.MessageEvent} message */
  #quickButtons(message) {
    if (!this.#page.canWrite()) return [];
    return this.#page.quickEmoji().map((emoji) => {
      const button = quickButton(message, emoji);
      button.addEventListener("click", () => this.#page.react(message, emoji));
      return button;
    });
  }

  /** @param {Wire.MessageEvent} message @param {HTMLElement} item */
  #copyButtons(message, item) {
    const {textOf, linkTo} = this.#page;
    return [
      copyButton(BUTTON_CLASS, gettext("Copy text"), "copy", async () => (await textOf(message)) ?? shownText(item)),
      copyButton(BUTTON_CLASS, gettext("Copy link"), "link", () => linkTo(message.id)),
    ];
  }

  /** @param {MessageAction} action @param {Wire.MessageEvent} message @param {HTMLElement} button */
  #run(action, message, button) {
    const item = this.#bar.parentElement;
    if (this.#touch.matches) this.#hide(); // it covers the composer
    action.run(message, this.#page, button.isConnected || !item ? button : articleOf(item));
  }

  /** The key of an action, on the message itself: in a link or a button of it the keys are theirs. @param {KeyboardEvent} event */
  #onKeydown(event) {
    const item = event.target instanceof Element && event.target.matches("article") ? itemOf(event.target) : null;
    if (!item || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const action = ACTIONS.find(({key}) => key?.toLowerCase() === event.key.toLowerCase());
    const message = this.#page.messageOf(item);
    if (!action || (message && !action.isOffered(message, this.#page))) return;
    event.preventDefault(); // it is no text for the composer
    if (!message) return this.#page.amendWaiting(item, action.name);
    this.#show(item);
    this.#run(action, message, find(`[data-action="${action.name}"]`, HTMLElement, this.#bar));
  }

  /** Left and right go from button to button, Escape back to the message. @param {KeyboardEvent} event */
  #onBarKeydown(event) {
    const buttons = this.#buttons;
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
      if (pointerType === "touch" && isElsewhere) this.#hide();
    });
  }
}

/** @param {HTMLElement} item */
function shownText(item) {
  // biome-ignore lint/performance/useDomNodeTextContent: it has line breaks between the paragraphs
  return find(".message__body", HTMLElement, item).innerText;
}
