/**
 * Text as it is compared when something is looked for. Pure.
 */

const MARKS = /\p{Mn}/gu;

/** Without case, accents and blanks at the ends: "Büro" is found by "buro". @param {string} text */
export function folded(text) {
  return text.normalize("NFKD").replace(MARKS, "").toLowerCase().trim();
}
