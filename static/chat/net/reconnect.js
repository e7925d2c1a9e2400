/**
 * The delay before the next attempt to connect: exponential backoff with jitter.
 */

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30 * 1000;

/**
 * The delay doubles with each failed attempt. Half of it is random, so that the clients of a restarted server do not
 * all connect at the same moment.
 * @param {number} failures attempts that failed since the last good connection
 * @param {() => number} random between 0 and 1
 * @returns {number} milliseconds
 */
export function reconnectDelayMs(failures, random = Math.random) {
  const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return delayMs / 2 + (delayMs / 2) * random();
}
