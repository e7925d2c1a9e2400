/**
 * The text of a message as its author wrote it. Messages that the server rendered into the page came without it.
 */

/**
 * @param {{getJson(url: string): Promise<any>}} http
 * @param {string} messagesUrl of the room
 * @param {Wire.MessageEvent} message
 * @returns {Promise<string | null>} null if the server does not answer, or does not have the message any more
 */
export async function writtenText(http, messagesUrl, {id, message}) {
  if (message) return message;
  const page = await http.getJson(`${messagesUrl}?before=${id + 1}&limit=1`).catch(() => null);
  const found = Array.isArray(page?.events)
    ? page.events.find((/** @type {{id: unknown}} */ event) => event.id === id)
    : null;
  return typeof found?.message === "string" ? found.message : null;
}
