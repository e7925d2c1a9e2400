/**
 * Copies text. `navigator.clipboard` exists only on pages with HTTPS and on this machine; elsewhere the selection is
 * copied, as before there was one.
 */

/** @param {string} text @returns {Promise<boolean>} whether it was copied */
export async function copyText(text) {
  const isWritten = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  return isWritten || copySelection(text);
}

/** @param {string} text */
function copySelection(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({preventScroll: true});
  return isCopied;
}
