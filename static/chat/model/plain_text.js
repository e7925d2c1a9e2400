/**
 * The words of a message without its markup, for what is spoken or shown in one line. Pure.
 */

const INLINE_TAG = /<\/?(?:strong|em|del|code|a|span)\b[^>]*>/g;
const OTHER_TAG = /<[^>]*>/g; // of a paragraph, an item, a cell, a line: words on both sides are separate
const ENTITY = /&(?:#x([0-9a-f]+)|#([0-9]+)|(lt|gt|amp|quot));/gi;
/** @type {Record<string, string>} */
const NAMED = {lt: "<", gt: ">", amp: "&", quot: '"'};

/**
 * One line of text, cut to a number of characters.
 * @param {string} html of a message, as the server made it: in attributes < and > are escaped
 * @param {number} maxCharacters
 */
export function plainText(html, maxCharacters) {
  const text = decodeEntities(html.replace(INLINE_TAG, "").replace(OTHER_TAG, " "));
  const characters = [...text.replace(/\s+/g, " ").trim()];
  return characters.length > maxCharacters
    ? `${characters.slice(0, maxCharacters - 1).join("")}…`
    : characters.join("");
}

/** The text of HTML without tags, or of an attribute. @param {string} html */
export function decodeEntities(html) {
  return html.replace(ENTITY, decodeEntity);
}

/** @param {string} entity @param {string} [hex] @param {string} [decimal] @param {string} [name] */
function decodeEntity(entity, hex, decimal, name) {
  if (name) return NAMED[name.toLowerCase()];
  const codePoint = hex ? Number.parseInt(hex, 16) : Number(decimal);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : entity;
}
