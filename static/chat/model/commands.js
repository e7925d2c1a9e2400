/**
 * Commands of the outbox: which of them replaces an earlier one, and how they are read from the browser's storage. Pure.
 */

/**
 * What a command sets. Of two unsent commands with the same key only the later one is worth sending; a message has no
 * key.
 * @param {Command} command
 */
function keyOf(command) {
  if (command.type === "message") return null;
  return `${command.type} ${command.id} ${command.type === "react" ? command.emoji : ""}`;
}

/** Whether an unsent command needs not be sent if another one follows. @param {Command} earlier @param {Command} later */
export function isReplaced(earlier, later) {
  if (later.type === "delete" && "id" in earlier) return earlier.id === later.id;
  return keyOf(earlier) !== null && keyOf(earlier) === keyOf(later);
}

/** Whether a command takes an earlier one back, so that none of them is sent. @param {Command} earlier @param {Command} later */
export function isOpposite(earlier, later) {
  return earlier.type === "react" && later.type === "react" && earlier.on !== later.on;
}

/**
 * The command of a stored value; null for any other value. Earlier versions stored the text of a message only.
 * @param {Record<string, unknown>} value @returns {Command | null}
 */
export function readCommand({command, message}) {
  if (typeof message === "string") return {type: "message", message};
  const fields = /** @type {Record<string, unknown>} */ (command ?? {});
  const read =
    Object.hasOwn(READERS, String(fields.type)) && READERS[/** @type {Command["type"]} */ (fields.type)](fields);
  return read || null;
}

/** @type {Record<Command["type"], (fields: Record<string, unknown>) => Command | false>} */
const READERS = {
  message: ({message, reply_to}) => isText(message) && {type: "message", message, ...(isId(reply_to) && {reply_to})},
  edit: ({id, message}) => isTarget(id) && isText(message) && {type: "edit", id, message},
  delete: ({id}) => isTarget(id) && {type: "delete", id},
  react: ({id, emoji, on}) =>
    isTarget(id) && isText(emoji) && typeof on === "boolean" && {type: "react", id, emoji, on},
};

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === "string";
}

/** @param {unknown} value @returns {value is number} */
function isId(value) {
  return Number.isSafeInteger(value);
}

/** @param {unknown} value @returns {value is Target} */
export function isTarget(value) {
  return isId(value) || isText(value);
}
