/**
 * What the composer writes: a new message, an answer to a message, or another text of one's own message. It is kept in
 * a record of the browser, so that a reload loses nothing. Pure: storage is passed in.
 *
 * An edit does not end what was being written before it: afterwards the message, or the answer, goes on.
 */

import {isTarget} from "./commands.js";

/**
 * @typedef {{kind: "message"}} NewMessage
 * @typedef {{kind: "reply", id: number, username: string, excerpt: string}} Reply
 * @typedef {{kind: "edit", id: number | string, text: string}} Edit `id` is a client id while the message waits; `text` is the one before the edit
 * @typedef {NewMessage | Reply | Edit} Target
 */

/** @type {NewMessage} */
const NEW_MESSAGE = {kind: "message"};

export class Drafting {
  #record;
  #epoch;
  #text = "";
  /** @type {NewMessage | Reply} */
  #target = NEW_MESSAGE;
  /** @type {Edit | null} */
  #edit = null;
  #editedText = "";

  /** @param {DraftRecords} record @param {string} epoch of the room: the ids of another history name other messages */
  constructor(record, epoch) {
    this.#record = record;
    this.#epoch = epoch;
  }

  /** @returns {Target} */
  get target() {
    return this.#edit ?? this.#target;
  }

  /** What is in the field. */
  get text() {
    return this.#edit ? this.#editedText : this.#text;
  }

  /** Goes on with what a closed page left. */
  restore() {
    const {text, reply, edit, editedText, epoch} = readDraft(this.#record.takeNewest());
    this.#text = text;
    this.#target = reply ?? NEW_MESSAGE;
    this.#edit = edit;
    this.#editedText = editedText;
    this.#save();
    if (epoch !== this.#epoch) this.#endStored();
  }

  /**
   * The history of the room is that of this epoch: in another one the ids name other messages.
   * @param {string} epoch
   * @returns {boolean} whether something ended
   */
  enter(epoch) {
    if (epoch === this.#epoch) return false;
    this.#epoch = epoch;
    return this.#endStored();
  }

  /** The text in the field has changed. @param {string} text */
  typed(text) {
    if (this.#edit) this.#editedText = text;
    else this.#text = text;
    this.#save();
  }

  /** @param {Omit<Reply, "kind">} message */
  reply(message) {
    this.#edit = null;
    this.#target = {kind: "reply", ...message};
    this.#save();
  }

  /** @param {Omit<Edit, "kind">} message @param {string} newText to begin with another text than its own */
  edit(message, newText = message.text) {
    this.#edit = {kind: "edit", ...message};
    this.#editedText = newText;
    this.#save();
  }

  /** Ends the edit, or else the answer. */
  cancel() {
    if (this.#edit) this.#edit = null;
    else this.#target = NEW_MESSAGE;
    this.#save();
  }

  /**
   * Ends what is done to a message that is gone: what is written becomes a new message, in front of the other one.
   * @param {(id: Edit["id"]) => boolean} isGone
   * @returns {boolean} whether something ended
   */
  endGone(isGone) {
    const [edit, target] = [this.#edit, this.#target];
    if (edit && isGone(edit.id)) this.#keepEdited(edit);
    if (target.kind === "reply" && isGone(target.id)) this.#target = NEW_MESSAGE;
    const isEnded = edit !== this.#edit || target !== this.#target;
    if (isEnded) this.#save();
    return isEnded;
  }

  /** Ends what is done to stored messages; those of the outbox go on. */
  #endStored() {
    return this.endGone((id) => typeof id === "number");
  }

  /**
   * What is to be sent, in this order. Of a text in several parts, the first one answers. An edit that changes nothing
   * sends nothing.
   * @param {string[]} texts at least one, not empty
   * @returns {Command[]}
   */
  submit(texts) {
    const target = this.target;
    if (target.kind !== "edit") this.#text = "";
    this.cancel();
    if (target.kind === "edit")
      return texts[0] === target.text ? [] : [{type: "edit", id: target.id, message: texts[0]}];
    const [first, ...rest] = texts.map((message) => ({type: /** @type {const} */ ("message"), message}));
    return target.kind === "reply" ? [{...first, reply_to: target.id}, ...rest] : [first, ...rest];
  }

  /** @param {Edit} edit that ends */
  #keepEdited({text}) {
    this.#edit = null;
    if (this.#editedText === text) return;
    this.#text = this.#text ? `${this.#editedText}\n${this.#text}` : this.#editedText;
  }

  /** A text alone is stored as earlier versions did. */
  #save() {
    const [text, edit] = [this.#text, this.#edit];
    const reply = this.#target.kind === "reply" ? this.#target : null;
    const draft = {text, reply, edit, editedText: this.#editedText, epoch: this.#epoch};
    this.#record.write(reply || edit ? draft : text || null);
  }
}

/**
 * The stored value may come from another version, or be edited.
 * @param {unknown} value
 * @returns {{text: string, reply: Reply | null, edit: Edit | null, editedText: string, epoch: unknown}}
 */
function readDraft(value) {
  if (typeof value === "string") return readDraft({text: value});
  const {text, reply, edit, editedText, epoch} = /** @type {Record<string, any>} */ (value ?? {});
  return {
    text: textOf(text),
    reply:
      Number.isSafeInteger(reply?.id) && hasTexts(reply, ["username", "excerpt"]) ? {...reply, kind: "reply"} : null,
    edit: isTarget(edit?.id) && hasTexts(edit, ["text"]) ? {...edit, kind: "edit"} : null,
    editedText: textOf(editedText),
    epoch,
  };
}

/** Whether a target has these fields. @param {any} target @param {string[]} names of fields with a text */
function hasTexts(target, names) {
  return names.every((name) => typeof target[name] === "string");
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value : "";
}
