/**
 * Connects the composer with what it writes: a new message, the answer to one, or another text of one's own.
 */

import {Drafting} from "../model/drafting.js";
import {plainText} from "../model/plain_text.js";
import {gettext} from "../model/translate.js";
import {Composer} from "./composer.js";
import {ComposerTarget} from "./composer_target.js";
import {loadOnce} from "./on_demand.js";

const MAX_EXCERPT_CHARACTERS = 200;

export class Writing {
  #drafting;
  #target = new ComposerTarget(() => this.cancel());
  #deleteDialog = loadOnce(async () => new (await import("./delete_dialog.js")).DeleteDialog());
  #composer;
  #options;
  /** The edit whose text is being loaded; null if the user has gone on. @type {object | null} */
  #loading = null;

  /**
   * @param {object} options
   * @param {number} options.maxCharacters
   * @param {DraftRecords} options.draft
   * @param {string} options.epoch of the room
   * @param {(commands: Command[]) => void} options.onSubmit
   * @param {(id: Target) => void} options.onDelete
   * @param {() => void} options.onTyping
   * @param {(reason: string) => void} options.onRefused
   * @param {(message: Wire.MessageEvent) => Promise<string | null>} options.textOf the text as written
   * @param {() => Editable | undefined} options.lastOwn the newest message of the current user
   * @param {(id: Target) => boolean} options.isGone whether a message is in the room no longer
   * @param {import("./on_demand.js").OnDemand} options.onDemand
   */
  constructor(options) {
    this.#options = options;
    this.#drafting = new Drafting(options.draft, options.epoch);
    this.#composer = new Composer({
      ...options,
      onText: (text) => this.#typed(text),
      onSend: (texts) => this.#submit(texts),
      onEmptied: () => this.#askToDelete(),
      onEscape: () => this.cancel(),
      onUp: () => this.#editLast(),
    });
    this.#restore();
  }

  get composer() {
    return this.#composer;
  }

  /** @param {Wire.MessageEvent} message */
  reply({id, username, html}) {
    this.#drafting.reply({id, username, excerpt: plainText(html, MAX_EXCERPT_CHARACTERS)});
    this.#show();
    this.#composer.focus();
  }

  /** @param {Editable} message @param {string} [newText] to begin with another text than its own */
  async edit(message, newText) {
    const loading = {};
    this.#loading = loading;
    const text = message.text ?? ("html" in message ? await this.#options.textOf(message) : null);
    if (this.#loading !== loading) return;
    if (text === null || this.#options.isGone(message.id))
      return this.#options.onRefused(gettext("The text of the message could not be loaded."));
    this.#drafting.edit({id: message.id, text}, newText);
    this.#show();
    this.#composer.focus();
  }

  /** @returns {boolean} whether there was an edit or an answer to end */
  cancel() {
    if (this.#drafting.target.kind === "message") return false;
    this.#drafting.cancel();
    this.#show();
    this.#composer.focus();
    return true;
  }

  /** The messages have changed. What is written about one that is gone becomes a new message. */
  update() {
    this.#ended(this.#drafting.endGone(this.#options.isGone));
  }

  /** The messages of another epoch have other ids. @param {string} epoch of the room */
  enter(epoch) {
    this.#ended(this.#drafting.enter(epoch));
  }

  /** @param {boolean} isEnded what was written about a message that is gone */
  #ended(isEnded) {
    if (!isEnded) return;
    this.#show();
    this.#composer.say(gettext("The message is gone. What you write now is a new message."));
  }

  /** Text that was typed before the scripts ran is newer than what a closed page left. */
  #restore() {
    if (this.#composer.text) this.#typed(this.#composer.text);
    else this.#drafting.restore();
    this.#show();
  }

  /** @param {string} text */
  #typed(text) {
    this.#loading = null;
    this.#drafting.typed(text);
  }

  #editLast() {
    const message = this.#options.lastOwn();
    if (message) this.edit(message);
  }

  /** @param {string[]} texts */
  #submit(texts) {
    const commands = this.#drafting.submit(texts);
    this.#show();
    this.#options.onSubmit(commands);
  }

  #askToDelete() {
    const {target} = this.#drafting;
    if (target.kind !== "edit") return;
    const onConfirm = () => {
      this.cancel();
      this.#options.onDelete(target.id);
    };
    this.#options.onDemand.open(this.#deleteDialog, (dialog) => dialog.ask(onConfirm));
  }

  #show() {
    const {target, text} = this.#drafting;
    this.#loading = null;
    this.#composer.write(text, target.kind === "edit");
    this.#target.show(target);
  }
}
