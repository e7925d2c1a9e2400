/**
 * How long to wait before the next try to connect.
 */

const FIRST = 1000; // 1 s
const LONGEST = 30 * 1000; // 30 s

/**
 * Doubles with each try that failed; the random half keeps a thousand clients of a restarted server apart.
 * @param {number} tries how many tries have failed since the last good connection, from 0
 * @param {() => number} random between 0 and 1
 * @returns {number} milliseconds
 */
export function reconnectDelay(tries, random = Math.random) {
  const bound = Math.min(LONGEST, FIRST * 2 ** tries);
  return bound / 2 + (bound / 2) * random();
}
