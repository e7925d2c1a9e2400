/**
 * Skin tones of emoji, which Unicode writes behind each sign of a person. Pure.
 */

export const TONES = /** @type {const} */ (["none", "light", "medium-light", "medium", "medium-dark", "dark"]);

/** @typedef {(typeof TONES)[number]} Tone */

const MODIFIERS = ["", "\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];
// A handshake between two people takes its tone from them.
const PERSON = /(?!(?<=\u200D)\u{1F91D})\p{Emoji_Modifier_Base}\uFE0F?/gu;

/** The same emoji in all tones, with and without variation selectors, as one text. @param {string} emoji */
export function bareEmoji(emoji) {
  return emoji.replace(/[\u{1F3FB}-\u{1F3FF}\uFE0F]/gu, "");
}

/** @param {string} emoji that has skin tones @param {Tone} tone of all people in it */
export function withTone(emoji, tone) {
  const modifier = MODIFIERS[TONES.indexOf(tone)];
  return modifier ? emoji.replace(PERSON, (person) => person.replace("\uFE0F", "") + modifier) : emoji;
}
