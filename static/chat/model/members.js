/**
 * Who is in the room, as the server tells it. Pure.
 */

export class People {
  /** @type {Map<string, Wire.Member>} by author */
  #members = new Map();
  #count = 0;

  /** In the order of their names. */
  get members() {
    return [...this.#members.values()].sort((a, b) => a.username.localeCompare(b.username));
  }

  /** How many are here, also those whose names were not sent. */
  get count() {
    return this.#count;
  }

  /** @param {Wire.Member[]} members @param {number} count */
  replace(members, count) {
    this.#members = new Map(members.map((person) => [person.author, person]));
    this.#count = count;
  }

  /**
   * Applies the change and returns what a person would say about it ("" for nothing).
   * @param {Wire.Presence} presence
   */
  update({joined = [], left = [], members, count}) {
    for (const person of left) this.#members.delete(person.author);
    for (const person of joined) this.#members.set(person.author, person);
    if (members) this.replace(members, count);
    this.#count = count;
    return changeSentence(joined, left);
  }
}

/** @param {Wire.Member[]} joined @param {Wire.Member[]} left */
function changeSentence(joined, left) {
  const [came] = joined;
  const [went] = left;
  if (came && went?.author === came.author) return `${went.username} is now ${came.username}`;
  if (came) return `${names(joined)} joined`;
  if (went) return `${names(left)} left`;
  return "";
}

/** @param {Wire.Member[]} people */
function names(people) {
  const [first, ...others] = people;
  return others.length === 0 ? first.username : `${first.username} and ${others.length} more`;
}
