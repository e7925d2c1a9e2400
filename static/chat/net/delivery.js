/**
 * Carries the outbox to the server: sends what is due, waits where the server asked for it, repeats what got lost.
 */

import {messageFrame} from "./client_frames.js";

const RETRY_AFTER = 2 * 1000; // 2 s, when the server names no time

export class Delivery {
  #outbox;
  #send;
  #onChange;
  #connected = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Outbox} outbox
   * @param {(text: string) => boolean} send
   * @param {() => void} onChange an entry came, went or failed
   */
  constructor(outbox, send, onChange) {
    this.#outbox = outbox;
    this.#send = send;
    this.#onChange = onChange;
  }

  connected() {
    this.#connected = true;
    this.#pump();
  }

  disconnected() {
    this.#connected = false;
    this.#outbox.disconnected();
    clearTimeout(this.#timer);
  }

  /** @param {string} message @param {string} clientId */
  post(message, clientId) {
    this.#outbox.add(message, clientId, Date.now());
    this.#onChange();
    this.#pump();
  }

  /** @param {string} clientId */
  acknowledge(clientId) {
    if (this.#outbox.acknowledge(clientId)) this.#onChange();
    this.#pump();
  }

  /** @param {Wire.ErrorEvent} refusal @param {string} clientId */
  refused({retry, retry_after, detail}, clientId) {
    if (retry) this.#outbox.postpone(clientId, Date.now() + (retry_after ? retry_after * 1000 : RETRY_AFTER));
    else this.#outbox.fail(clientId, detail);
    this.#onChange();
    this.#pump();
  }

  /** Takes a failed message back and returns its words. @param {string} clientId */
  withdraw(clientId) {
    const message = this.#outbox.withdraw(clientId);
    this.#onChange();
    return message;
  }

  #pump() {
    clearTimeout(this.#timer);
    if (!this.#connected) return;
    const entry = this.#outbox.next(Date.now());
    if (entry) this.#send(messageFrame(entry.message, entry.clientId));
    this.#pumpLater();
  }

  #pumpLater() {
    const {wakeAt} = this.#outbox;
    if (wakeAt !== null) this.#timer = setTimeout(() => this.#expired(), Math.max(0, wakeAt - Date.now()));
  }

  #expired() {
    this.#outbox.expire(Date.now());
    this.#onChange();
    this.#pump();
  }
}
