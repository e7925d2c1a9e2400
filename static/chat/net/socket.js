/**
 * One connection that comes back by itself: connecting, connected, waiting, offline, stopped.
 *
 * A half-open connection (Wi-Fi gone, laptop closed) fires no event. So a ping goes out every 25 s and whoever stays
 * silent for 10 s after it is taken for dead: noticed within 35 s.
 */

import {pingFrame} from "./client_frames.js";
import {isFinal} from "./protocol.js";

const HEARTBEAT = 25 * 1000; // 25 s
const PATIENCE = 10 * 1000; // 10 s, for the answer to a ping and for the welcome
const STABLE = 10 * 1000; // 10 s connected make the next failure a first one

export class Socket {
  #url;
  #delay;
  #onState;
  #onText;
  /** @type {WebSocket | null} */
  #ws = null;
  #running = false;
  #tries = 0;
  /** @type {number | null} */
  #welcomedAt = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #heartbeatTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #deadlineTimer;

  /**
   * @param {object} options
   * @param {() => string} options.url asked at every try: it carries the position to resume from
   * @param {(tries: number) => number} options.delay milliseconds before the next try
   * @param {(state: ConnectionState) => void} options.onState
   * @param {(text: string) => void} options.onText
   */
  constructor({url, delay, onState, onText}) {
    this.#url = url;
    this.#delay = delay;
    this.#onState = onState;
    this.#onText = onText;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#tries = 0;
    this.#connect();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#retryTimer);
    this.#letGo();
  }

  /** Whether the frame was handed to an open connection. @param {string} text */
  send(text) {
    if (this.#ws?.readyState !== 1 /* OPEN */) return false;
    this.#ws.send(text);
    return true;
  }

  /** The server said welcome: only now the connection counts as one. */
  welcomed() {
    clearTimeout(this.#deadlineTimer);
    this.#welcomedAt = Date.now();
    this.#beatLater();
    this.#onState({name: "connected"});
  }

  /** The network or the reader is back: try at once, or find out at once whether the connection still lives. */
  wake() {
    if (!this.#running) return;
    if (!this.#ws) this.#connect();
    else if (this.#welcomedAt !== null) this.#beat();
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#onState({name: "connecting"});
    const ws = new WebSocket(this.#url());
    ws.onmessage = ({data}) => this.#hear(data);
    ws.onclose = ({code}) => this.#closed(code);
    this.#ws = ws;
    this.#expectAnswer();
  }

  /** @param {string} text */
  #hear(text) {
    if (this.#welcomedAt !== null) clearTimeout(this.#deadlineTimer);
    this.#onText(text);
  }

  #beatLater() {
    clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = setTimeout(() => this.#beat(), HEARTBEAT);
  }

  #beat() {
    this.send(pingFrame());
    this.#expectAnswer();
    this.#beatLater();
  }

  #expectAnswer() {
    clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = setTimeout(() => this.#closed(1006), PATIENCE);
  }

  /** @param {number} code */
  #closed(code) {
    const connectedFor = this.#welcomedAt === null ? 0 : Date.now() - this.#welcomedAt;
    this.#letGo();
    if (isFinal(code)) this.#end(code);
    else this.#waitAfter(connectedFor, code);
  }

  /** @param {number} code */
  #end(code) {
    this.#running = false;
    this.#onState({name: "stopped", code});
  }

  /** @param {number} connectedFor milliseconds @param {number} code */
  #waitAfter(connectedFor, code) {
    if (connectedFor >= STABLE) this.#tries = 0;
    const delay = this.#delay(this.#tries++);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    // Offline only changes what is said: a server on this very machine answers without a network.
    this.#onState({name: navigator.onLine === false ? "offline" : "waiting", code, until: Date.now() + delay});
  }

  /** Ends without waiting for a goodbye: a dead peer sends none. */
  #letGo() {
    clearTimeout(this.#heartbeatTimer);
    clearTimeout(this.#deadlineTimer);
    this.#welcomedAt = null;
    const ws = this.#ws;
    if (!ws) return;
    this.#ws = null;
    ws.onmessage = null;
    ws.onclose = null;
    ws.close(1000);
  }
}
