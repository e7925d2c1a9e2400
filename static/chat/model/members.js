/**
 * The members of the room that are connected, as the server reports them. Pure.
 */

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
  if (newcomer && leaver?.author === newcomer.author) return `${leaver.username} is now ${newcomer.username}`;
  if (newcomer) return `${listNames(joined)} joined`;
  if (leaver) return `${listNames(left)} left`;
  return "";
}

/** @param {Wire.Member[]} members */
function listNames(members) {
  const [first, ...others] = members;
  return others.length === 0 ? first.username : `${first.username} and ${others.length} more`;
}
