/**
 * How the user types: on a touch screen or not, and whether the keyboard is on the screen now.
 */

import {ScreenKeyboard} from "../model/send_key.js";

export class TypingDevice {
  #touch = matchMedia("(pointer: coarse)");
  #screenKeyboard = new ScreenKeyboard();

  constructor() {
    this.#resized();
    (window.visualViewport ?? window).addEventListener("resize", () => this.#resized());
  }

  get isTouch() {
    return this.#touch.matches;
  }

  get isKeyboardOnScreen() {
    return this.#screenKeyboard.isOpen;
  }

  #resized() {
    const {width, height, scale} = window.visualViewport ?? {width: innerWidth, height: innerHeight, scale: 1};
    this.#screenKeyboard.resized(Math.round(width * scale), height * scale);
  }
}
