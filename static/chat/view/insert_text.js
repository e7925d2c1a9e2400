/**
 * Text that comes into the field with the focus as if it was typed: Ctrl+Z takes it back.
 */

/** Replaces the selection. @param {string} text */
export function insertText(text) {
  // The only way that can be undone. In Chromium it does nothing right after a dialog was closed.
  if (document.execCommand("insertText", false, text)) return;
  const field = document.activeElement;
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
  field.dispatchEvent(new InputEvent("input", {bubbles: true, inputType: "insertText", data: text}));
}
