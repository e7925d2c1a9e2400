/**
 * The user of this page, as a member of the room. The server assigns the author id, and decides on the name. Pure.
 */

export class CurrentUser {
  /** @type {Wire.Member} */
  #member;
  #onChange;

  /** @param {Wire.Member} member @param {(member: Wire.Member) => void} onChange */
  constructor(member, onChange) {
    this.#member = member;
    this.#onChange = onChange;
  }

  get member() {
    return this.#member;
  }

  /** @param {Wire.Member} member */
  update({username, author}) {
    this.#member = {username, author};
    this.#onChange(this.#member);
  }

  /** Whether an author id is that of this user. @param {string} author */
  isAuthor(author) {
    return author === this.#member.author;
  }
}
