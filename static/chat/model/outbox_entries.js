/**
 * Single entries of the outbox: how they are read from the browser's storage, and which message they amend. Pure.
 */

import {readCommand} from "./commands.js";
import {gettext} from "./translate.js";

/**
 * @param {OutboxEntry} entry @param {string} clientId of a message
 * @param {number} id of that message @param {string} epoch @returns {OutboxEntry}
 */
export function withTarget(entry, clientId, id, epoch) {
  const {command} = entry;
  return "id" in command && command.id === clientId ? {...entry, epoch, command: {...command, id}} : entry;
}

/** The entry in a history; null if it cannot be sent there. @param {OutboxEntry} entry @param {string} epoch @returns {OutboxEntry | null} */
export function inEpoch(entry, epoch) {
  const {command, problem} = entry;
  if (entry.epoch === undefined || entry.epoch === epoch) return entry;
  if (command.type === "message") return {...entry, epoch, command: {type: "message", message: command.message}};
  if (!("id" in command) || typeof command.id === "string") return {...entry, epoch};
  if (command.type !== "edit") return null;
  return {...entry, epoch, problem: problem || gettext("The history of this room was replaced.")};
}

/** Without entries that amend a message of the outbox that is not in front of them. @param {OutboxEntry[]} entries */
export function withTargets(entries) {
  const seen = new Set();
  return entries.filter(({clientId, command}) => {
    seen.add(clientId);
    return !("id" in command) || typeof command.id === "number" || seen.has(command.id);
  });
}

/**
 * The stored value may come from another version, or be edited. Failures that have no text are not kept: the user heard
 * of them.
 * @param {unknown} value @returns {OutboxEntry[]}
 */
export function readEntries(value) {
  const entries = Array.isArray(value) ? value.map(readEntry) : [];
  return entries.flatMap((entry) => (entry && !(entry.problem && !("message" in entry.command)) ? [entry] : []));
}

/** @param {unknown} value @returns {OutboxEntry | null} */
function readEntry(value) {
  const fields = /** @type {Record<string, unknown>} */ (value ?? {});
  const {clientId, timestamp, problem, sent, epoch} = fields;
  const command = readCommand(fields);
  if (!command || typeof clientId !== "string" || typeof timestamp !== "string" || typeof problem !== "string")
    return null;
  return {
    clientId,
    command,
    timestamp,
    problem,
    ...(sent === true && {sent}),
    ...(typeof epoch === "string" && {epoch}),
  };
}
