/**
 * The button in the sidebar that shows the name of the current user and opens the form to change it.
 */

import {adoptAvatar, showAvatar} from "./avatar_view.js";
import {find} from "./dom.js";

export class CurrentUserButton {
  #button = find("#current-user-button", HTMLButtonElement);
  #name = find("#current-user-name", HTMLElement);

  /** @param {() => void} onClick */
  constructor(onClick) {
    this.#button.addEventListener("click", onClick);
    adoptAvatar(this.#button, this.#name.textContent);
  }

  /** The button is hidden as long as the user has no name. @param {Wire.Member} currentUser */
  render({username}) {
    this.#button.hidden = !username;
    this.#name.textContent = username;
    showAvatar(this.#button, username);
  }
}
