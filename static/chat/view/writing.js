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
  #drafting = new Drafting();
  #target = new ComposerTarget(() => this.cancel());
  #deleteDialog = loadOnce(async () => new (await import("./delete_dialog.js")).DeleteDialog());
  #composer;
  #options;

  /**
   * @param {object} options
   * @param {number} options.maxCharacters
   * @param {DraftRecords} options.draft
   * @param {(commands: Command[]) => void} options.onSubmit
   * @param {(id: Target) => void} options.onDelete
   * @param {() => void} options.onTyping
   * @param {(reason: string) => void} options.onRefused
   * @param {(message: Wire.MessageEvent) => Promise<string | null>} options.textOf the text as written
   * @param {() => Editable | undefined} options.lastOwn the newest message of the current user
   * @param {(id: Target) => boolean} options.isGone whether a message is in the room no longer
   * @param {(id: Target | null) => void} options.onTarget which message is edited or answered
   * @param {import("./on_demand.js").OnDemand} options.onDemand
   */
  constructor(options) {
    this.#options = options;
    this.#composer = new Composer({
      ...options,
      onSend: (texts) => this.#submit(texts),
      onEmptied: () => this.#askToDelete(),
      onEscape: () => this.cancel(),
      onUp: () => this.#editLast(),
    });
  }

  get composer() {
    return this.#composer;
  }

  /** @param {Wire.MessageEvent} message */
  reply({id, username, html}) {
    this.#composer.endEdit();
    this.#drafting.reply({id, username, excerpt: plainText(html, MAX_EXCERPT_CHARACTERS)});
    this.#show();
  }

  /** @param {Editable} message @param {string} [newText] to begin with another text than its own */
  async edit(message, newText) {
    const text = message.text ?? ("html" in message ? await this.#options.textOf(message) : null);
    if (text === null || this.#options.isGone(message.id))
      return this.#options.onRefused(gettext("The text of the message could not be loaded."));
    this.#drafting.edit({id: message.id, text});
    this.#composer.startEdit(newText ?? text);
    this.#show();
  }

  /** @returns {boolean} whether there was an edit or an answer to end */
  cancel() {
    if (this.#drafting.target.kind === "message") return false;
    this.#drafting.cancel();
    this.#composer.endEdit();
    this.#show();
    return true;
  }

  /** The messages have changed. What is written about one that is gone becomes a new message. */
  update() {
    const {target} = this.#drafting;
    if (!this.#drafting.endGone(this.#options.isGone)) return;
    if (target.kind === "edit" && this.#drafting.target !== target) this.#composer.keepEdit(target.text);
    this.#showTarget();
    this.#composer.say(gettext("The message is gone. What you write now is a new message."));
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
    this.#showTarget();
    this.#composer.focus();
  }

  #showTarget() {
    const {target} = this.#drafting;
    this.#target.show(target);
    this.#options.onTarget(target.kind === "message" ? null : target.id);
  }
}
