/**
 * The emoji that the action bar offers: those used last, filled up with those that most people use. Pure.
 */

const COUNT = 3;
const COMMON = ["👍", "❤️", "😂"];

/** @param {readonly string[]} recent the newest first */
export function quickEmoji(recent) {
  return [...new Set([...recent, ...COMMON])].slice(0, COUNT);
}
