/**
 * One line about the connection. A short break is not worth a word; a long one names what happens next.
 */

import {CloseCode} from "../net/protocol.js";

const UNSAID = 1500; // 1.5 s: a break shorter than this is not shown

/** @type {Record<number, string>} */
const FINAL = {
  [CloseCode.REFUSED]: "The server does not let you into this room.",
  [CloseCode.ROOM_UNAVAILABLE]: "This room is not available.",
};

/** Why the server does not want us back at once, where that is worth a word. @type {Record<number, string>} */
const BUSY = {
  [CloseCode.RATE]: "That was too fast for the server. Reconnecting",
  [CloseCode.TOO_MANY_CONNECTIONS]: "Too many people of your network are here. Trying again",
};

/** @typedef {{name: string, until?: number, code?: number}} State */

export class Status {
  #root;
  #text;
  #countdown;
  #button;
  /** @type {State} */
  #state = {name: "connecting"};
  #brokenSince = 0;
  #detail = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {Record<"root" | "text" | "countdown" | "button", HTMLElement>} elements
   * @param {() => void} onTryNow
   */
  constructor({root, text, countdown, button}, onTryNow) {
    this.#root = root;
    this.#text = text;
    this.#countdown = countdown;
    this.#button = button;
    button.addEventListener("click", onTryNow);
  }

  /** @param {State} state */
  show(state) {
    this.#state = state;
    clearInterval(this.#timer);
    if (state.name === "connected") this.#brokenSince = 0;
    else this.#brokenSince ||= Date.now();
    if (state.name === "connected" || state.name === "stopped") this.#draw();
    else this.#timer = setInterval(() => this.#drawBreak(), 250); // often enough to count seconds
  }

  /** What the server said is wrong; the sentence for a final close. @param {string} detail */
  explain(detail) {
    this.#detail = detail;
  }

  #drawBreak() {
    if (Date.now() - this.#brokenSince >= UNSAID) this.#draw();
  }

  #draw() {
    const {name} = this.#state;
    const sentence = this.#sentence();
    this.#root.dataset.state = name;
    if (this.#text.textContent !== sentence) this.#text.textContent = sentence;
    // Beside the status, not in it: a screen reader must not count aloud.
    this.#countdown.textContent = name === "waiting" ? `in ${this.#secondsLeft} s` : "";
    this.#button.hidden = name !== "waiting" && name !== "offline";
  }

  get #secondsLeft() {
    return Math.max(1, Math.ceil(((this.#state.until ?? 0) - Date.now()) / 1000));
  }

  #sentence() {
    const {name, code = 0} = this.#state;
    if (name === "connected") return "Connected";
    if (name === "connecting") return "Connecting…";
    if (name === "offline") return "Offline. What you write is kept.";
    if (name === "waiting") return BUSY[code] ?? "Reconnecting";
    return this.#detail || (FINAL[code] ?? "The server ended the connection.");
  }
}
