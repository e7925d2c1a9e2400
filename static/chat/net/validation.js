/**
 * What a field may be: each check passes its value on, or throws a sentence that names the field.
 */

/** A frame, or a configuration, that is not what was agreed. */
export class FrameError extends Error {}

/** @param {unknown} value @param {(value: unknown, name: string) => unknown} check @param {string} name */
export function optional(value, check, name) {
  if (value !== undefined && value !== null) check(value, name);
}

/** @param {unknown} value @param {string} name @returns {Record<string, unknown>} */
export function record(value, name) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return /** @type {Record<string, unknown>} */ (value);
  }
  throw new FrameError(`${name} is not an object.`);
}

/** @param {unknown} value @param {string} name @returns {unknown[]} */
export function list(value, name) {
  if (Array.isArray(value)) return value;
  throw new FrameError(`${name} is not a list.`);
}

/** @param {unknown} value @param {string} name @returns {string} */
export function text(value, name) {
  if (typeof value === "string") return value;
  throw new FrameError(`${name} is not a text.`);
}

/** @param {unknown} value @param {string} name */
export function integer(value, name) {
  if (!Number.isSafeInteger(value)) throw new FrameError(`${name} is not a whole number.`);
}

/** @param {unknown} value @param {string} name */
export function seconds(value, name) {
  if (typeof value !== "number" || !(value >= 0)) throw new FrameError(`${name} is not a number of seconds.`);
}

/** @param {unknown} value @param {string} name */
export function boolean(value, name) {
  if (typeof value !== "boolean") throw new FrameError(`${name} is neither true nor false.`);
}
