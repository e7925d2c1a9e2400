/**
 * The ids that a client gives to its messages, so that the server recognizes a message that is sent again.
 */

/** 128 random bits as hexadecimal digits. crypto.randomUUID() would be missing on a page without HTTPS. */
export function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
