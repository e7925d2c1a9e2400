/**
 * What the page shows while commands wait in the outbox: the messages as they will be when all are stored. Pure.
 *
 * The same input gives the same objects again, so that an element is filled again only if something changed.
 */

import {amendMessages, replyTo} from "./amendments.js";

/** An entry that amends a stored message. @typedef {OutboxEntry & {command: Amending & {id: number}}} AmendingEntry */
/** @typedef {{entries: AmendingEntry[], username: string, shown: ShownMessage}} Cached */

/** @type {WeakMap<Wire.MessageEvent, Cached>} */
const cache = new WeakMap();

/**
 * The stored messages as they will be. A message that is to be deleted stays, and says so, because that can be undone
 * until it is done. What failed changes nothing: the message says why.
 * @param {Wire.MessageEvent[]} messages
 * @param {OutboxEntry[]} entries
 * @param {Wire.Member} currentUser
 * @returns {ShownMessage[]}
 */
export function shownMessages(messages, entries, currentUser) {
  const amending = amendingEntries(entries);
  if (amending.length === 0) return messages;
  const ids = new Set(amending.map(({command}) => command.id));
  return messages.map((message) => {
    if (!ids.has(message.id) && !ids.has(message.reply?.id ?? 0)) return message;
    return cachedMessage(message, amending, currentUser);
  });
}

/**
 * The messages of the outbox as they will be, in order. An edit that failed and whose message is not on the page is
 * shown among them, so that its text is not lost.
 * @param {OutboxEntry[]} entries
 * @param {Wire.MessageEvent[]} messages that are stored
 * @returns {PendingMessage[]}
 */
export function pendingMessages(entries, messages) {
  const waiting = entries.filter(({command}) => "id" in command && typeof command.id === "string");
  return entries.flatMap((entry) => pendingMessage(entry, waiting, messages) ?? []);
}

/**
 * @param {OutboxEntry} entry @param {OutboxEntry[]} waiting those that amend messages of the outbox
 * @param {Wire.MessageEvent[]} messages
 * @returns {PendingMessage | null} null if it is not shown
 */
function pendingMessage({clientId, command, timestamp, problem}, waiting, messages) {
  if (command.type === "edit") {
    const isLost = problem !== "" && !messages.some(({id}) => id === command.id);
    return isLost ? {clientId, message: command.message, timestamp, problem} : null;
  }
  if (command.type !== "message") return null;
  let message = command.message;
  for (const {command: other} of waiting) {
    if (!("id" in other) || other.id !== clientId) continue;
    if (other.type === "delete") return null;
    if (other.type === "edit") message = other.message;
  }
  const {reply_to} = command;
  const answered = reply_to !== undefined && messages.find(({id}) => id === reply_to);
  return {clientId, message, timestamp, problem, ...(answered && {reply: replyTo(answered)})};
}

/** @param {OutboxEntry[]} entries @returns {AmendingEntry[]} */
function amendingEntries(entries) {
  const amending = entries.filter(({command}) => "id" in command && typeof command.id === "number");
  return /** @type {AmendingEntry[]} */ (amending);
}

/** @param {Wire.MessageEvent} message @param {AmendingEntry[]} amending @param {Wire.Member} currentUser */
function cachedMessage(message, amending, currentUser) {
  const entries = amending.filter(({command: {id}}) => id === message.id || id === message.reply?.id);
  const {username} = currentUser;
  const known = cache.get(message);
  if (known?.username === username && isSame(known.entries, entries)) return known.shown;
  const shown = entries.reduce((before, entry) => withEntry(before, entry, currentUser), asShown(message));
  cache.set(message, {entries, username, shown});
  return shown;
}

/** @param {ShownMessage} message */
function asShown(message) {
  return message;
}

/** @param {AmendingEntry[]} some @param {AmendingEntry[]} others */
function isSame(some, others) {
  return some.length === others.length && some.every((entry, index) => entry === others[index]);
}

/**
 * @param {ShownMessage} message @param {AmendingEntry} entry that amends it, or what it answers @param {Wire.Member} currentUser
 * @returns {ShownMessage}
 */
function withEntry(message, entry, currentUser) {
  const {command, clientId, problem} = entry;
  const isOwn = command.id === message.id;
  if (problem) return isOwn ? {...message, problem, failedId: clientId, failed: command.type} : message;
  if (isOwn && command.type === "delete") return {...message, deletion: clientId};
  const [amended] = isDone(message, command) ? [message] : amendMessages([message], asEvent(entry, currentUser), true);
  if (!isOwn) return amended;
  return {...amended, rev: message.rev, pending: true, ...(command.type === "edit" && {text: command.message})};
}

/** Whether the message has this reaction, or lacks it, already. @param {ShownMessage} message @param {Amending} command */
function isDone({reactions = []}, command) {
  if (command.type !== "react") return false;
  const {mine = false} = reactions.find(({emoji}) => emoji === command.emoji) ?? {};
  return mine === command.on;
}

/** The event that the command will make; it comes after all that are known. @param {AmendingEntry} entry @param {Wire.Member} currentUser @returns {Wire.Amendment} */
function asEvent({command, timestamp}, {author, username}) {
  const event = {id: Number.MAX_SAFE_INTEGER, target: command.id, author, username, timestamp};
  if (command.type === "edit") return {...event, type: "edit", message: command.message, html: ""};
  if (command.type === "delete") return {...event, type: "delete"};
  return {...event, type: "reaction", emoji: command.emoji, on: command.on};
}
