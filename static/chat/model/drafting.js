/**
 * What the composer writes: a new message, an answer to a message, or another text of one's own message. Pure.
 *
 * An edit does not end what was being written before it: afterwards the answer goes on.
 */

/**
 * @typedef {{kind: "message"}} NewMessage
 * @typedef {{kind: "reply", id: number, username: string, excerpt: string}} Reply
 * @typedef {{kind: "edit", id: number | string, text: string}} Edit `id` is a client id while the message waits; `text` is the one before the edit
 * @typedef {NewMessage | Reply | Edit} Target
 */

/** @type {NewMessage} */
const NEW_MESSAGE = {kind: "message"};

export class Drafting {
  /** @type {NewMessage | Reply} */
  #target = NEW_MESSAGE;
  /** @type {Edit | null} */
  #edit = null;

  /** @returns {Target} */
  get target() {
    return this.#edit ?? this.#target;
  }

  /** @param {Omit<Reply, "kind">} message */
  reply(message) {
    this.#edit = null;
    this.#target = {kind: "reply", ...message};
  }

  /** @param {Omit<Edit, "kind">} message */
  edit(message) {
    this.#edit = {kind: "edit", ...message};
  }

  /** Ends the edit, or else the answer. */
  cancel() {
    if (this.#edit) this.#edit = null;
    else this.#target = NEW_MESSAGE;
  }

  /**
   * Ends what is done to a message that is gone: what is written becomes a new message.
   * @param {(id: Edit["id"]) => boolean} isGone
   * @returns {boolean} whether something ended
   */
  endGone(isGone) {
    const [edit, target] = [this.#edit, this.#target];
    if (edit && isGone(edit.id)) this.#edit = null;
    if (target.kind === "reply" && isGone(target.id)) this.#target = NEW_MESSAGE;
    return edit !== this.#edit || target !== this.#target;
  }

  /**
   * What is to be sent, in this order. Of a text in several parts, the first one answers. An edit that changes nothing
   * sends nothing.
   * @param {string[]} texts at least one, not empty
   * @returns {Command[]}
   */
  submit(texts) {
    const target = this.target;
    this.cancel();
    if (target.kind === "edit")
      return texts[0] === target.text ? [] : [{type: "edit", id: target.id, message: texts[0]}];
    const [first, ...rest] = texts.map((message) => ({type: /** @type {const} */ ("message"), message}));
    return target.kind === "reply" ? [{...first, reply_to: target.id}, ...rest] : [first, ...rest];
  }
}
