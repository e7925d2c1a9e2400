/**
 * How the user gets a name, and another one later: the form of a user without a name, the dialog, and the other tabs of
 * the site, which take the name over.
 */

import {NameChannel} from "../net/name_channel.js";
import {find} from "./dom.js";
import {NameForm} from "./name_form.js";

export class Naming {
  #currentUser;
  #channel;
  #dialog = find("#name-dialog", HTMLDialogElement);
  #renameForm;
  /** Only the page of a user without a name has this form. @type {NameForm | null} */
  #initialForm;
  #onEnter;
  #onRename;
  #onClose;

  /**
   * @param {object} options
   * @param {HttpClient} options.http
   * @param {{site: string, name_url: string}} options.config
   * @param {CurrentUser} options.currentUser
   * @param {() => void} options.onEnter a user without a name has got one
   * @param {(member: Wire.Member) => void} options.onRename the user wants this name; it is shown when the room says who
   *   has it
   * @param {() => void} options.onClose the dialog was closed with a name
   */
  constructor({http, config, currentUser, onEnter, onRename, onClose}) {
    this.#currentUser = currentUser;
    this.#onEnter = onEnter;
    this.#onRename = onRename;
    this.#onClose = onClose;
    this.#channel = new NameChannel(config.site, (member) => this.#namedInOtherTab(member));
    const form = (/** @type {string} */ selector, /** @type {(member: Wire.Member) => void} */ onNamed) =>
      new NameForm({form: find(selector, HTMLFormElement), url: config.name_url, http, onNamed});
    this.#renameForm = form("#name-form", (member) => this.#renamed(member));
    this.#initialForm = currentUser.member.username ? null : form("#join-form", (member) => this.#named(member));
    find("#name-cancel", HTMLElement).addEventListener("click", () => this.#dialog.close());
  }

  /** Asks a user without a name. */
  askFirst() {
    this.#initialForm?.show();
  }

  /** Opens the dialog for another name. */
  ask() {
    this.#dialog.showModal();
    this.#renameForm.fill(this.#currentUser.member.username);
  }

  /** @param {Wire.Member} member */
  #named(member) {
    this.#channel.named(member);
    this.#enterAs(member);
  }

  /** @param {Wire.Member} member */
  #renamed(member) {
    this.#dialog.close();
    this.#onClose();
    this.#onRename(member);
    this.#channel.named(member);
  }

  /** @param {Wire.Member} member */
  #namedInOtherTab(member) {
    if (this.#currentUser.member.username) this.#onRename(member);
    else this.#enterAs(member);
  }

  /** @param {Wire.Member} member */
  #enterAs(member) {
    this.#currentUser.update(member);
    this.#initialForm?.hide();
    this.#onEnter();
  }
}
