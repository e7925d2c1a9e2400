/**
 * A WebSocket that reconnects by itself. Its states are connecting, connected, waiting, offline and stopped.
 *
 * A half-open connection (after a change of network, or a closed laptop) fires no event. Therefore a ping is sent every
 * 25 s, and a connection without any frame for 10 s after it counts as closed: the failure is detected within 35 s.
 */

import {pingFrame} from "./client_frames.js";
import {isFinal} from "./protocol.js";

const HEARTBEAT_INTERVAL_MS = 25 * 1000;
const REPLY_TIMEOUT_MS = 10 * 1000; // for the reply to a ping, and for the welcome
const STABLE_AFTER_MS = 10 * 1000; // a connection of this length resets the reconnect delay
const ABNORMAL_CLOSURE = 1006; // the browser's code for a connection that ended without a close frame

export class Socket {
  #url;
  #reconnectDelayMs;
  #onState;
  #onText;
  /** @type {WebSocket | null} */
  #ws = null;
  #isRunning = false;
  #failures = 0;
  /** @type {number | null} */
  #welcomedAt = null;
  /** @type {number | null} */
  #pingSentAt = null;
  #lastFrameAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reconnectTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #heartbeatTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #replyTimer;

  /**
   * @param {object} options
   * @param {() => string} options.url called before each attempt, because the URL contains the position to resume from
   * @param {(failures: number) => number} options.reconnectDelayMs
   * @param {(state: ConnectionState) => void} options.onState
   * @param {(text: string) => void} options.onText receives the text of each frame
   */
  constructor({url, reconnectDelayMs, onState, onText}) {
    this.#url = url;
    this.#reconnectDelayMs = reconnectDelayMs;
    this.#onState = onState;
    this.#onText = onText;
  }

  /** When the oldest ping without an answer was sent; null if there is none. */
  get pingSentAt() {
    return this.#pingSentAt;
  }

  /** When the last frame arrived; 0 for never. */
  get lastFrameAt() {
    return this.#lastFrameAt;
  }

  start() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#failures = 0;
    this.#connect();
  }

  /** @param {string} text @returns {boolean} whether the frame was handed to an open connection */
  send(text) {
    if (this.#ws?.readyState !== 1 /* OPEN */) return false;
    this.#ws.send(text);
    return true;
  }

  /** Called when the welcome arrived: only then the state is connected. */
  welcomed() {
    this.#endReplyTimeout();
    this.#welcomedAt = Date.now();
    this.#scheduleHeartbeat();
    this.#onState({name: "connected"});
  }

  /** The network or the user is back: connects without further delay, or tests the existing connection with a ping. */
  wake() {
    if (!this.#isRunning) return;
    if (!this.#ws) this.#connect();
    else if (this.#welcomedAt !== null) this.#sendHeartbeat();
  }

  /** Something was lost on this connection: another one resumes, after a delay that is not the same for all clients. */
  reconnect() {
    this.#onClose(ABNORMAL_CLOSURE);
  }

  #connect() {
    clearTimeout(this.#reconnectTimer);
    this.#onState({name: "connecting"});
    const ws = new WebSocket(this.#url());
    ws.onmessage = ({data}) => this.#onMessage(data);
    ws.onclose = ({code}) => this.#onClose(code);
    this.#ws = ws;
    this.#startReplyTimeout();
  }

  /** Before the welcome the reply timeout goes on: other frames do not replace it. @param {string} text */
  #onMessage(text) {
    this.#pingSentAt = null;
    this.#lastFrameAt = Date.now();
    if (this.#welcomedAt !== null) this.#endReplyTimeout();
    this.#onText(text);
  }

  #scheduleHeartbeat() {
    clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = setTimeout(() => this.#sendHeartbeat(), HEARTBEAT_INTERVAL_MS);
  }

  #sendHeartbeat() {
    this.send(pingFrame());
    this.#pingSentAt ??= Date.now();
    this.#startReplyTimeout();
    this.#scheduleHeartbeat();
  }

  /** A reply that is awaited already is not given more time. */
  #startReplyTimeout() {
    this.#replyTimer ??= setTimeout(() => this.#onClose(ABNORMAL_CLOSURE), REPLY_TIMEOUT_MS);
  }

  #endReplyTimeout() {
    clearTimeout(this.#replyTimer);
    this.#replyTimer = undefined;
  }

  /** @param {number} code */
  #onClose(code) {
    const connectedMs = this.#welcomedAt === null ? 0 : Date.now() - this.#welcomedAt;
    this.#dropConnection();
    if (isFinal(code)) this.#stop(code);
    else this.#scheduleReconnect(connectedMs, code);
  }

  /** @param {number} code */
  #stop(code) {
    this.#isRunning = false;
    this.#onState({name: "stopped", code});
  }

  /** @param {number} connectedMs @param {number} code */
  #scheduleReconnect(connectedMs, code) {
    if (connectedMs >= STABLE_AFTER_MS) this.#failures = 0;
    const delayMs = this.#reconnectDelayMs(this.#failures++);
    this.#reconnectTimer = setTimeout(() => this.#connect(), delayMs);
    // `offline` only changes the text. Attempts go on, because a server on this machine is reachable without a network.
    const name = navigator.onLine === false ? "offline" : "waiting";
    this.#onState({name, code, retryAt: Date.now() + delayMs});
  }

  /** Closes without waiting for the peer, because a dead peer does not answer. */
  #dropConnection() {
    clearTimeout(this.#heartbeatTimer);
    this.#endReplyTimeout();
    this.#welcomedAt = null;
    this.#pingSentAt = null;
    const ws = this.#ws;
    if (!ws) return;
    this.#ws = null;
    ws.onmessage = null;
    ws.onclose = null;
    ws.close(1000);
  }
}
