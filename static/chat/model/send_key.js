/**
 * Which keys send a message: Ctrl+Enter and Cmd+Enter always, Enter alone on a physical keyboard. On an on-screen
 * keyboard Enter is the only key for a new line. Pure.
 */

const IME_KEY_CODE = 229; // the key code of a key press that belongs to an input method
const MIN_KEYBOARD_HEIGHT_PX = 120; // more than the bars of a browser or of an iPad with a keyboard, less than any keyboard

/**
 * Whether a key belongs to an input method, which composes a word.
 * @param {Pick<KeyboardEvent, "keyCode" | "isComposing">} event
 */
export function isOfInputMethod({isComposing, keyCode}) {
  // Safari sets isComposing to false before the Enter that confirms a composition; the key code still tells.
  return isComposing || keyCode === IME_KEY_CODE;
}

/**
 * @param {Pick<KeyboardEvent, "key" | "code" | "keyCode" | "isComposing" | "shiftKey" | "ctrlKey" | "metaKey">} event
 * @param {{isTouch: boolean, isKeyboardOnScreen: boolean}} device
 */
export function isSendKey(event, {isTouch, isKeyboardOnScreen}) {
  if (event.key !== "Enter" || isOfInputMethod(event) || event.shiftKey) return false;
  if (event.ctrlKey || event.metaKey) return true;
  // Most keys of on-screen keyboards have no code, for they have no position on a keyboard.
  return !isTouch || (event.code !== "" && !isKeyboardOnScreen);
}

/** Tells from the size of the viewport whether a keyboard covers a part of the screen: no browser says it directly. */
export class ScreenKeyboard {
  #width = 0;
  #height = 0;
  #maxHeight = 0; // at this width

  /** The viewport has this size, in pixels of the unzoomed page. @param {number} width @param {number} height */
  resized(width, height) {
    this.#maxHeight = width === this.#width ? Math.max(height, this.#maxHeight) : height;
    this.#width = width;
    this.#height = height;
  }

  get isOpen() {
    return this.#maxHeight - this.#height >= MIN_KEYBOARD_HEIGHT_PX;
  }
}
