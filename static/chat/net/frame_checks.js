/**
 * The fields of the frames that the server sends. Each check throws a ValidationError for a wrong field.
 */

import {
  optional,
  requireArray,
  requireBoolean,
  requireInteger,
  requireObject,
  requireSeconds,
  requireString,
} from "./validation.js";

/** A frame whose fields are not checked yet. @typedef {Record<string, unknown>} RawFrame */

/** @param {RawFrame} frame */
export function checkWelcomeFrame(frame) {
  requireInteger(frame.protocol, "protocol");
  for (const name of ["name", "epoch"]) requireString(frame[name], name);
  optional(frame.topic, requireString, "topic");
  requireYou(frame.you);
  requireInteger(frame.last_id, "last_id");
  requireMembers(frame.members, "members");
  requireInteger(frame.count, "count");
  const limits = requireObject(frame.limits, "limits");
  for (const name of ["message", "username", "history"]) requireInteger(limits[name], `limits.${name}`);
  optional(frame.reset, requireBoolean, "reset");
}

/** @param {RawFrame} frame */
export function checkMessageEvent(frame) {
  checkPersonalEvent(frame);
  for (const name of ["message", "html"]) requireString(frame[name], name);
  for (const name of ["reply_to", "rev"]) optional(frame[name], requireInteger, name);
  optional(frame.edited, requireString, "edited");
  optional(frame.reactions, requireReactions, "reactions");
  optional(frame.reply, requireReply, "reply");
}

/** Of a delete, and what the other amendments have too. @param {RawFrame} frame */
export function checkAmendment(frame) {
  checkPersonalEvent(frame);
  requireInteger(frame.target, "target");
}

/** @param {RawFrame} frame */
export function checkEditEvent(frame) {
  checkAmendment(frame);
  for (const name of ["message", "html"]) requireString(frame[name], name);
}

/** @param {RawFrame} frame */
export function checkReactionEvent(frame) {
  checkAmendment(frame);
  requireString(frame.emoji, "emoji");
  requireBoolean(frame.on, "on");
}

/** @param {RawFrame} frame */
export function checkTopicEvent(frame) {
  checkPersonalEvent(frame);
  requireString(frame.topic, "topic");
}

/** @param {RawFrame} frame */
export function checkRoomNameEvent(frame) {
  checkPersonalEvent(frame);
  requireString(frame.name, "name");
}

/** @param {RawFrame} frame */
export function checkClearEvent(frame) {
  requireInteger(frame.target, "target");
}

/** @param {RawFrame} frame */
export function checkHistoryFrame(frame) {
  requireArray(frame.events, "events");
  optional(frame.before, requireInteger, "before");
  optional(frame.after, requireInteger, "after");
  requireBoolean(frame.complete, "complete");
}

/** @param {RawFrame} frame */
export function checkPresenceFrame(frame) {
  for (const name of ["joined", "left", "members"]) optional(frame[name], requireMembers, name);
  requireInteger(frame.count, "count");
}

/** @param {RawFrame} frame */
export function checkRenamedFrame(frame) {
  requireYou(frame.you);
}

/** @param {RawFrame} frame */
export function checkRoomsFrame(frame) {
  for (const value of requireArray(frame.rooms, "rooms")) requireRoomNumbers(value);
}

/** @param {unknown} value @returns {Wire.RoomNumbers} as the server tells them, in a frame or in the list of rooms */
export function requireRoomNumbers(value) {
  const room = requireObject(value, "a room");
  for (const name of ["room", "name"]) requireString(room[name], name);
  for (const name of ["last_id", "messages"]) requireInteger(room[name], name);
  optional(room.cleared, requireInteger, "cleared");
  return /** @type {Wire.RoomNumbers} */ (/** @type {unknown} */ (room));
}

/** @param {RawFrame} frame */
export function checkTypingFrame(frame) {
  requireString(frame.username, "username");
}

/** @param {RawFrame} frame */
export function checkErrorFrame(frame) {
  for (const name of ["code", "detail"]) requireString(frame[name], name);
  requireBoolean(frame.retry, "retry");
  optional(frame.retry_after, requireSeconds, "retry_after");
  optional(frame.client_id, requireString, "client_id");
}

/** @param {unknown} value @param {string} name */
function requireMembers(value, name) {
  requireArray(value, name).forEach(requireMember);
}

/** @param {unknown} value */
function requireYou(value) {
  optional(requireMember(value).asked, requireString, "asked");
}

/** @param {unknown} value */
function requireMember(value) {
  const member = requireObject(value, "a member");
  requireString(member.username, "username");
  requireString(member.author, "author");
  return member;
}

/** @param {RawFrame} frame */
function checkPersonalEvent(frame) {
  for (const name of ["author", "username", "timestamp"]) requireString(frame[name], name);
  optional(frame.client_id, requireString, "client_id");
}

/** @param {unknown} value @param {string} name */
function requireReactions(value, name) {
  for (const each of requireArray(value, name)) {
    const reaction = requireObject(each, "a reaction");
    requireString(reaction.emoji, "emoji");
    requireInteger(reaction.count, "count");
    for (const username of requireArray(reaction.people, "people")) requireString(username, "one of the people");
    optional(reaction.mine, requireBoolean, "mine");
  }
}

/** @param {unknown} value @param {string} name */
function requireReply(value, name) {
  const reply = requireObject(value, name);
  requireInteger(reply.id, "reply.id");
  for (const field of ["username", "excerpt"]) optional(reply[field], requireString, `reply.${field}`);
  optional(reply.deleted, requireBoolean, "reply.deleted");
}
