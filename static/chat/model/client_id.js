/**
 * Names for messages that the server has not numbered yet.
 */

/** 128 random bits in hexadecimal digits. crypto.randomUUID() is not there on plain http in a home network. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
