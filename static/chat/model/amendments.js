/**
 * What edits, deletes and reactions make of messages: the same that the server makes of them for a page (folding). A
 * message never changes; an amendment makes another object. Pure.
 */

import {plainText} from "./plain_text.js";

const MAX_EXCERPT_CHARACTERS = 200; // as chat/storage/folding.py
const MAX_PEOPLE = 20; // names that a page has of those who reacted

/** The id of the last event that is part of a message. @param {Wire.MessageEvent} message */
export function revOf({id, rev}) {
  return rev ?? id;
}

/**
 * The messages after an amendment. One that is part of its message already is ignored, also if the page does not hold
 * the message. Replies show the new text of what they answer, or that it is gone.
 * @param {readonly Wire.MessageEvent[]} messages
 * @param {Wire.Amendment} amendment
 * @param {boolean} isMine it was made by the current user
 */
export function amendMessages(messages, amendment, isMine) {
  const amended = [];
  for (const message of messages) {
    const next = message.id === amendment.target ? amend(message, amendment, isMine) : amendReply(message, amendment);
    if (next) amended.push(next);
  }
  return amended;
}

/** @param {Wire.MessageEvent} message that is a reply to a message that is gone */
export function withoutAnswered(message) {
  return message.reply ? {...message, reply: {id: message.reply.id, deleted: true}} : message;
}

/** What a reply shows of a message. @param {Wire.MessageEvent} message @returns {Wire.Reply} */
export function replyTo({id, username, html}) {
  return {id, username, excerpt: plainText(html, MAX_EXCERPT_CHARACTERS)};
}

/**
 * @param {Wire.MessageEvent} message @param {Wire.Amendment} amendment of it @param {boolean} isMine
 * @returns {Wire.MessageEvent | null} null if it is deleted
 */
function amend(message, amendment, isMine) {
  if (amendment.id <= revOf(message)) return message;
  const rev = amendment.id;
  switch (amendment.type) {
    case "edit":
      return {...message, message: amendment.message, html: amendment.html, edited: amendment.timestamp, rev};
    case "delete":
      return null;
    case "reaction":
      return {...message, reactions: react(message.reactions ?? [], amendment, isMine), rev};
    default:
      return /** @satisfies {never} */ (amendment);
  }
}

/** @param {Wire.MessageEvent} message @param {Wire.Amendment} amendment of another one */
function amendReply(message, amendment) {
  const {reply} = message;
  if (reply?.id !== amendment.target || reply.deleted) return message;
  if (amendment.type === "delete") return withoutAnswered(message);
  if (amendment.type === "edit") {
    // One that waits has no HTML yet.
    const excerpt = amendment.html ? plainText(amendment.html, MAX_EXCERPT_CHARACTERS) : amendment.message;
    return {...message, reply: {...reply, excerpt}};
  }
  return message;
}

/**
 * @param {Wire.Reaction[]} reactions in the order in which their emoji were used first
 * @param {Wire.ReactionEvent} event @param {boolean} isMine
 */
function react(reactions, {emoji, on, username}, isMine) {
  const before = reactions.find((reaction) => reaction.emoji === emoji);
  if (!before) return on ? [...reactions, {emoji, count: 1, people: [username], mine: isMine}] : reactions;
  const after = on ? withPerson(before, username) : withoutPerson(before, username);
  if (isMine) after.mine = on;
  return reactions.flatMap((reaction) => (reaction !== before ? [reaction] : after.count > 0 ? [after] : []));
}

/** @param {Wire.Reaction} reaction @param {string} username @returns {Wire.Reaction} */
function withPerson(reaction, username) {
  const people = [...reaction.people, username].slice(0, MAX_PEOPLE);
  return {...reaction, count: reaction.count + 1, people};
}

/**
 * A name after the twentieth takes no place that gets free: only the server knows it.
 * @param {Wire.Reaction} reaction @param {string} username @returns {Wire.Reaction}
 */
function withoutPerson(reaction, username) {
  const count = reaction.count - 1;
  const index = reaction.people.indexOf(username);
  const people = reaction.people.filter((_, other) => other !== index).slice(0, Math.max(0, count));
  return {...reaction, count, people};
}
