/**
 * Who reacted, in words: for the tooltip of a reaction, and for its accessible name. Pure.
 */

import {gettext, interpolate, ngettext} from "./translate.js";

/**
 * "Ada, Bob, you and 3 others". The server names the first twenty people; one's own name among them becomes "you".
 * @param {Wire.Reaction} reaction
 * @param {string} username of the current user
 */
export function reactionPeople({count, people, mine}, username) {
  const own = mine ? people.lastIndexOf(username) : -1; // somebody else may have had the name before
  const others = people.filter((_, index) => index !== own);
  const names = mine ? [...others, gettext("you")] : others;
  const unnamed = count - names.length;
  const list = names.join(", ");
  if (unnamed <= 0) return list;
  const sentence = ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", unnamed);
  return interpolate(sentence, {names: list, count: unnamed});
}

/** "👍, 3: Ada, Bob, you". A screen reader says the name of the emoji. @param {Wire.Reaction} reaction @param {string} username */
export function reactionName(reaction, username) {
  const {emoji, count} = reaction;
  return interpolate(gettext("%(emoji)s, %(count)s: %(people)s"), {
    emoji,
    count,
    people: reactionPeople(reaction, username),
  });
}
