/**
 * The line about the connection. A short interruption is not shown; a long one is shown with the time of the next
 * attempt.
 */

import {connectionSentence, secondsUntil} from "./connection_text.js";
import {find} from "./dom.js";

const SHOW_AFTER_MS = 1500; // shorter interruptions are not shown
const REFRESH_INTERVAL_MS = 250; // often enough to count seconds

export class ConnectionStatus {
  #root = find("#status", HTMLElement);
  #text = find("#status-text", HTMLElement);
  #countdown = find("#status-countdown", HTMLElement);
  #button = find("#status-button", HTMLElement);
  /** @type {ConnectionState} */
  #state = {name: "connecting"};
  #interruptedAt = 0;
  #detail = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {() => void} onTryNow called by the button that skips the wait */
  constructor(onTryNow) {
    this.#button.addEventListener("click", onTryNow);
  }

  /** @param {ConnectionState} state */
  show(state) {
    this.#state = state;
    clearInterval(this.#timer);
    if (state.name === "connected") this.#interruptedAt = 0;
    else this.#interruptedAt ||= Date.now();
    if (state.name === "connected" || state.name === "stopped") this.#render();
    else this.#timer = setInterval(() => this.#renderInterruption(), REFRESH_INTERVAL_MS);
  }

  /** The sentence about the current state, whether it is shown already or not. */
  get sentence() {
    return connectionSentence(this.#state, this.#detail);
  }

  /** Stores the server's reason. It is shown if the server then closes the connection. @param {string} detail */
  setDetail(detail) {
    this.#detail = detail;
  }

  #renderInterruption() {
    if (Date.now() - this.#interruptedAt >= SHOW_AFTER_MS) this.#render();
  }

  #render() {
    const state = this.#state;
    const {sentence} = this;
    this.#root.dataset.state = state.name;
    if (this.#text.textContent !== sentence) this.#text.textContent = sentence;
    this.#countdown.textContent = state.name === "waiting" ? `in ${secondsUntil(state.retryAt, Date.now())} s` : "";
    this.#button.hidden = state.name !== "waiting" && state.name !== "offline";
  }
}
