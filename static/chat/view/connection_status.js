/**
 * The line over the page that says what is wrong with the connection, only as long as something is. The sentences and
 * the rules are those of net/connection_news.js. `data-connection` of the document says in one word how it is.
 */

import {connectionNews} from "../net/connection_news.js";
import {find, setText} from "./dom.js";

const PROBE_AFTER_MS = 2000; // the answer is there when the patience ends
const REFRESH_INTERVAL_MS = 250; // often enough to count seconds

export class ConnectionStatus {
  #root = find("#status", HTMLElement);
  #text = find("#status-text", HTMLElement);
  #button = find("#status-button", HTMLElement);
  #waits;
  #onProbe;
  #onNews;
  /** @type {ConnectionState} */
  #state = {name: "connecting"};
  /** @type {number | null} */
  #interruptedAt = null;
  #detail = "";
  #probedFor = 0;

  /**
   * @param {object} options
   * @param {() => {pingSentAt: number | null, messageSentAt: number | null, lastFrameAt: number}} options.waits
   * @param {() => void} options.onTryNow called by the button that skips the wait
   * @param {() => void} options.onProbe called when a message waits for its answer: asks whether the server is there
   * @param {(news: import("../net/connection_news.js").News | null) => void} options.onNews called often, with what is
   *   shown
   */
  constructor({waits, onTryNow, onProbe, onNews}) {
    this.#waits = waits;
    this.#onProbe = onProbe;
    this.#onNews = onNews;
    this.#button.addEventListener("click", onTryNow);
    for (const name of ["online", "offline"]) window.addEventListener(name, () => this.refresh());
    setInterval(() => this.refresh(), REFRESH_INTERVAL_MS);
  }

  /** @param {ConnectionState} state */
  show(state) {
    this.#state = state;
    if (state.name === "connected") this.#interruptedAt = null;
    else this.#interruptedAt ??= Date.now();
    this.refresh();
  }

  /** Stores the server's reason. It is shown if the server then closes the connection. @param {string} detail */
  setDetail(detail) {
    this.#detail = detail;
  }

  refresh() {
    const now = Date.now();
    const waits = this.#waits();
    this.#maybeProbe(waits.messageSentAt, now);
    const facts = {state: this.#state, detail: this.#detail, interruptedAt: this.#interruptedAt, ...waits};
    const news = connectionNews({...facts, isOnline: navigator.onLine}, now);
    this.#render(news);
    this.#onNews(news);
  }

  /** Once for each message that waits: the answer tells a slow disk from a dead line. @param {number | null} sentAt @param {number} now */
  #maybeProbe(sentAt, now) {
    if (sentAt === null || sentAt === this.#probedFor || now - sentAt < PROBE_AFTER_MS) return;
    this.#probedFor = sentAt;
    this.#onProbe();
  }

  /** @param {ReturnType<typeof connectionNews>} news */
  #render(news) {
    this.#root.hidden = !news;
    this.#root.dataset.kind = news?.kind ?? "";
    this.#button.hidden = !(this.#state.name === "waiting" || this.#state.name === "offline");
    setText(this.#text, news?.sentence ?? "");
    const calm = this.#state.name === "connected" ? "connected" : "connecting";
    document.documentElement.dataset.connection = news && news.kind !== "slow" ? "interrupted" : calm;
  }
}
