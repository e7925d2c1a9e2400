/**
 * Sends the messages of the outbox: one at a time, after the delay that the server asked for, and again when no answer
 * arrives.
 */

import {messageFrame} from "./client_frames.js";

const DEFAULT_RETRY_MS = 2 * 1000; // after a temporary refusal without `retry_after`

export class Delivery {
  #outbox;
  #send;
  #onChange;
  #isConnected = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Outbox} outbox
   * @param {(text: string) => boolean} send
   * @param {() => void} onChange an entry of the outbox was added, removed or changed
   */
  constructor(outbox, send, onChange) {
    this.#outbox = outbox;
    this.#send = send;
    this.#onChange = onChange;
  }

  connected() {
    this.#isConnected = true;
    this.#sendNext();
  }

  disconnected() {
    this.#isConnected = false;
    this.#outbox.disconnected();
    clearTimeout(this.#timer);
  }

  /** Sends what closed pages of the room could not send. @param {number} graceMs how long ago they must have been closed */
  takeOver(graceMs) {
    if (!this.#outbox.takeOver(graceMs)) return;
    this.#onChange();
    this.#sendNext();
  }

  /** @param {string} message @param {string} clientId */
  post(message, clientId) {
    this.#outbox.add(message, clientId, Date.now());
    this.#onChange();
    this.#sendNext();
  }

  /** @param {string} clientId */
  acknowledge(clientId) {
    if (this.#outbox.acknowledge(clientId)) this.#onChange();
    this.#sendNext();
  }

  /** @param {Wire.ErrorFrame} error @param {string} clientId */
  refused({retry, retry_after, detail}, clientId) {
    const retryMs = retry_after ? retry_after * 1000 : DEFAULT_RETRY_MS;
    if (retry) this.#outbox.postpone(clientId, Date.now() + retryMs);
    else this.#outbox.fail(clientId, detail);
    this.#onChange();
    this.#sendNext();
  }

  /** Removes a failed message and returns its text. @param {string} clientId */
  withdraw(clientId) {
    const message = this.#outbox.withdraw(clientId);
    this.#onChange();
    return message;
  }

  #sendNext() {
    clearTimeout(this.#timer);
    if (!this.#isConnected) return;
    const entry = this.#outbox.startNextSend(Date.now());
    if (entry) this.#send(messageFrame(entry.message, entry.clientId));
    this.#scheduleWake();
  }

  #scheduleWake() {
    const {wakeAt} = this.#outbox;
    if (wakeAt !== null) this.#timer = setTimeout(() => this.#wake(), Math.max(0, wakeAt - Date.now()));
  }

  #wake() {
    this.#outbox.expire(Date.now());
    this.#onChange();
    this.#sendNext();
  }
}
