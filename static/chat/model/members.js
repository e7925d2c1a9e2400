/**
 * The members of the room that are connected, as the server reports them. Pure.
 */

import {gettext, interpolate, ngettext} from "./translate.js";

const MAX_NOTED = 20; // people in a room where it is worth a line that one comes or goes

export class Members {
  /** By author id. @type {Map<string, Wire.Member>} */
  #members = new Map();
  #count = 0;

  /** The members that the server named, sorted by username. */
  get named() {
    return [...this.#members.values()].sort((a, b) => a.username.localeCompare(b.username));
  }

  /** The same, the user first: also in a room with more people than the server names. @param {Wire.Member} user */
  listFor(user) {
    return [user, ...this.named.filter(({author}) => author !== user.author)];
  }

  /** The number of members, including those that the server did not name. */
  get count() {
    return this.#count;
  }

  /** @param {Wire.Member[]} members @param {number} count */
  replace(members, count) {
    this.#members = new Map(members.map((member) => [member.author, member]));
    this.#count = count;
  }

  /**
   * Applies the change and returns a sentence about it, or "".
   * @param {Wire.PresenceFrame} presence
   */
  update({joined = [], left = [], members, count}) {
    for (const {author} of left) this.#members.delete(author);
    for (const member of joined) this.#members.set(member.author, member);
    if (members) this.replace(members, count);
    this.#count = count;
    const isRename = joined[0]?.author === left[0]?.author;
    return count <= MAX_NOTED || isRename ? changeSentence(joined, left) : "";
  }
}

/** A member in both lists was renamed. @param {Wire.Member[]} joined @param {Wire.Member[]} left */
function changeSentence(joined, left) {
  const [newcomer] = joined;
  const [leaver] = left;
  if (newcomer && leaver?.author === newcomer.author) {
    return interpolate(gettext("%(old)s is now %(new)s"), {old: leaver.username, new: newcomer.username});
  }
  if (newcomer) return joinedSentence(newcomer.username, joined.length - 1);
  return leaver ? leftSentence(leaver.username, left.length - 1) : "";
}

/** @param {string} name @param {number} count of the others */
function joinedSentence(name, count) {
  if (count === 0) return interpolate(gettext("%(name)s joined"), {name});
  const sentence = ngettext("%(name)s and %(count)s more joined", "%(name)s and %(count)s more joined", count);
  return interpolate(sentence, {name, count});
}

/** @param {string} name @param {number} count of the others */
function leftSentence(name, count) {
  if (count === 0) return interpolate(gettext("%(name)s left"), {name});
  const sentence = ngettext("%(name)s and %(count)s more left", "%(name)s and %(count)s more left", count);
  return interpolate(sentence, {name, count});
}
