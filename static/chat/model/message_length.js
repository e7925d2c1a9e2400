/**
 * The length of a message that is being written, compared with the limit of the server. Pure.
 */

import {interpolate, ngettext} from "./translate.js";

const WARNING_SHARE = 0.9; // of the limit; above it the remaining characters are shown

/**
 * The server counts Unicode code points, not UTF-16 units.
 * @param {string} message as it would be sent
 * @param {number} maxCharacters
 */
export function checkLength(message, maxCharacters) {
  const remaining = maxCharacters - [...message].length;
  return {
    remaining,
    isNearLimit: remaining < maxCharacters * (1 - WARNING_SHARE),
    isTooLong: remaining < 0,
    canSend: remaining >= 0 && message !== "",
  };
}

/** @param {number} count of characters above the limit */
export function tooLongSentence(count) {
  return interpolate(ngettext("%(count)s character too long", "%(count)s characters too long", count), {count});
}
