/**
 * Text that comes into the field with the focus as if it was typed: Ctrl+Z takes it back.
 */

/** Replaces the selection. @param {string} text */
export function insertText(text) {
  // The only way that can be undone. In Chromium it does nothing where a dialog took the caret (see keepCaret).
  if (document.execCommand("insertText", false, text)) return;
  const field = document.activeElement;
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
  field.dispatchEvent(new InputEvent("input", {bubbles: true, inputType: "insertText", data: text}));
}

/**
 * Keeps the caret of a field while the focus is elsewhere. Chromium loses it when a dialog gives the focus back
 * (findings/chromium-closed-dialog-loses-the-caret-of-the-field.sh).
 * @param {HTMLTextAreaElement} field
 */
export function keepCaret(field) {
  let left = {value: "", start: 0, end: 0};
  field.addEventListener("blur", () => {
    left = {value: field.value, start: field.selectionStart, end: field.selectionEnd};
  });
  field.addEventListener("focus", () => {
    if (field.value === left.value) field.setSelectionRange(left.start, left.end);
  });
}
