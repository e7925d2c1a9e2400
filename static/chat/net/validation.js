/**
 * Checks of values that the server sends. Each check throws an error that names the field.
 */

/** A value does not have the agreed shape. */
export class ValidationError extends Error {}

/**
 * Applies a check to a field that may be absent or null.
 * @param {unknown} value @param {(value: unknown, name: string) => unknown} check @param {string} name
 */
export function optional(value, check, name) {
  if (value !== undefined && value !== null) check(value, name);
}

/** @param {unknown} value @param {string} name @returns {Record<string, unknown>} */
export function requireObject(value, name) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return /** @type {Record<string, unknown>} */ (value);
  }
  throw new ValidationError(`${name} is not an object.`);
}

/** @param {unknown} value @param {string} name @returns {unknown[]} */
export function requireArray(value, name) {
  if (Array.isArray(value)) return value;
  throw new ValidationError(`${name} is not an array.`);
}

/** @param {unknown} value @param {string} name @returns {string} */
export function requireString(value, name) {
  if (typeof value === "string") return value;
  throw new ValidationError(`${name} is not a string.`);
}

/** @param {unknown} value @param {string} name */
export function requireInteger(value, name) {
  if (!Number.isSafeInteger(value)) throw new ValidationError(`${name} is not an integer.`);
}

/** @param {unknown} value @param {string} name */
export function requireSeconds(value, name) {
  if (typeof value !== "number" || !(value >= 0)) throw new ValidationError(`${name} is not a number of seconds.`);
}

/** @param {unknown} value @param {string} name */
export function requireBoolean(value, name) {
  if (typeof value !== "boolean") throw new ValidationError(`${name} is not a boolean.`);
}
