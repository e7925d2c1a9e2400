/**
 * Text that comes into the field with the focus as if it was typed: Ctrl+Z takes it back.
 */

/** Replaces the selection. @param {string} text */
export function insertText(text) {
  document.execCommand("insertText", false, text); // the only way that can be undone
}
