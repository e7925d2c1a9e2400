/**
 * The discs of names on the page: their colours and signs. All views show them through these functions, so that a name
 * has one sign everywhere.
 */

import {AvatarSigns, avatarHue} from "../model/avatar.js";
import {find} from "./dom.js";

const signs = new AvatarSigns();

/** Shows a name's colour and sign in an element that contains an `.avatar`. @param {HTMLElement} element @param {string} username */
export function showAvatar(element, username) {
  element.dataset.hue = avatarHue(username);
  find(".avatar", HTMLElement, element).textContent = signs.signOf(username);
}

/** The server has rendered the name with its sign. @param {HTMLElement} element @param {string} username */
export function adoptAvatar(element, username) {
  const sign = find(".avatar", HTMLElement, element).textContent;
  if (sign) signs.adopt(username, sign);
}
