/**
 * The button in the sidebar that shows the name of the current user and opens the form to change it.
 */

import {avatarHue, avatarInitial} from "../model/avatar.js";
import {find} from "./dom.js";

export class CurrentUserButton {
  #button = find("#current-user-button", HTMLButtonElement);
  #name = find("#current-user-name", HTMLElement);
  #avatar = find("#current-user-button .avatar", HTMLElement);

  /** @param {() => void} onClick */
  constructor(onClick) {
    this.#button.addEventListener("click", onClick);
  }

  /** The button is hidden as long as the user has no name. @param {Wire.Member} currentUser */
  render({username}) {
    this.#button.hidden = !username;
    this.#button.dataset.hue = avatarHue(username);
    this.#name.textContent = username;
    this.#avatar.textContent = avatarInitial(username);
  }
}
