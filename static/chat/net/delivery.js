/**
 * Sends the commands of the outbox: one at a time, after the delay that the server asked for, and again when no answer
 * arrives.
 */

import {commandFrame} from "./client_frames.js";

const DEFAULT_RETRY_MS = 2 * 1000; // after a temporary refusal without `retry_after`

/**
 * What is told about the commands; the methods of model/spoken_delivery.js.
 * @typedef {object} DeliveryReport
 * @property {(problem: string) => void} failed
 * @property {(problem: string) => void} delayed
 * @property {(waitingCount: number) => void} stored
 */

export class Delivery {
  #outbox;
  #send;
  #onChange;
  #report;
  #onOverdue;
  #isConnected = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Outbox} outbox
   * @param {(text: string) => boolean} send
   * @param {() => void} onChange an entry of the outbox was added, removed or changed
   * @param {DeliveryReport} report
   * @param {() => void} onOverdue an answer did not come: the line may be dead
   */
  constructor(outbox, send, onChange, report, onOverdue) {
    this.#outbox = outbox;
    this.#send = send;
    this.#onChange = onChange;
    this.#report = report;
    this.#onOverdue = onOverdue;
  }

  /** @param {string} epoch of the room */
  connected(epoch) {
    this.#isConnected = true;
    this.#outbox.enter(epoch);
    this.#sendNext();
  }

  disconnected() {
    this.#isConnected = false;
    if (this.#outbox.waitingCount > 0) this.#report.delayed("");
    this.#outbox.disconnected();
    clearTimeout(this.#timer);
  }

  /** Sends what closed pages of the room could not send. @param {number} graceMs how long ago they must have been closed */
  takeOver(graceMs) {
    if (!this.#outbox.takeOver(graceMs)) return;
    this.#onChange();
    this.#sendNext();
  }

  /** @param {Command} command @param {string} clientId */
  submit(command, clientId) {
    this.#outbox.add(command, clientId, Date.now());
    this.#onChange();
    this.#sendNext();
  }

  /** @param {string} clientId @param {number} messageId of the message that the command made or amended */
  acknowledge(clientId, messageId) {
    if (this.#outbox.acknowledge(clientId, messageId)) {
      this.#onChange();
      this.#report.stored(this.#outbox.waitingCount);
    }
    this.#sendNext();
  }

  /** @param {Wire.ErrorFrame} error @param {string} clientId */
  refused({retry, retry_after, detail, code}, clientId) {
    if (code === "not_found" && this.#outbox.isMoot(clientId)) return this.#drop(clientId);
    const retryMs = retry_after ? retry_after * 1000 : DEFAULT_RETRY_MS;
    if (retry) this.#outbox.postpone(clientId, Date.now() + retryMs);
    else this.#outbox.fail(clientId, detail);
    if (retry) this.#report.delayed(detail);
    else this.#report.failed(detail);
    this.#onChange();
    this.#sendNext();
  }

  /** Removes a failed command and returns its text. @param {string} clientId */
  withdraw(clientId) {
    const message = this.#outbox.withdraw(clientId);
    this.#onChange();
    return message;
  }

  /** @param {string} clientId */
  #drop(clientId) {
    this.#outbox.withdraw(clientId);
    this.#onChange();
    this.#sendNext();
  }

  #sendNext() {
    clearTimeout(this.#timer);
    if (!this.#isConnected) return;
    const entry = this.#outbox.startNextSend(Date.now());
    if (entry) this.#send(commandFrame(entry.command, entry.clientId));
    this.#scheduleWake();
  }

  #scheduleWake() {
    const {wakeAt} = this.#outbox;
    if (wakeAt !== null) this.#timer = setTimeout(() => this.#wake(), Math.max(0, wakeAt - Date.now()));
  }

  #wake() {
    if (this.#outbox.isOverdue(Date.now())) this.#onOverdue();
    const problem = this.#outbox.expire(Date.now());
    if (problem) this.#report.failed(problem);
    this.#onChange();
    this.#sendNext();
  }
}
