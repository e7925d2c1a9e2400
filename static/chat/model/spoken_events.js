/**
 * What a screen reader is told about what others do in the room: their messages, and their reactions to messages of the
 * current user. Edits and deletes are not worth a word: they are read in the list. Pure.
 */

/**
 * The methods of view/announcer.js.
 * @typedef {object} AnnouncerCalls
 * @property {(message: Wire.MessageEvent, isAnswer: boolean) => void} messageArrived
 * @property {() => void} messageMissed
 * @property {(reaction: Wire.ReactionEvent) => void} reactionArrived
 */

export class SpokenEvents {
  #announcer;
  #timeline;
  #currentUser;
  #wasConnected = false;
  #missedUntilId = 0; // up to this id events were stored while there was no connection

  /** @param {AnnouncerCalls} announcer @param {Timeline} timeline @param {CurrentUser} currentUser */
  constructor(announcer, timeline, currentUser) {
    this.#announcer = announcer;
    this.#timeline = timeline;
    this.#currentUser = currentUser;
  }

  /** What follows up to this id was missed, except by a page that connects for the first time. @param {number} lastId */
  connected(lastId) {
    this.#missedUntilId = this.#wasConnected ? lastId : 0;
    this.#wasConnected = true;
  }

  /** @param {Wire.MessageEvent} message that is new */
  messageArrived(message) {
    const {id, author, reply} = message;
    if (this.#currentUser.isAuthor(author)) return;
    const isAnswer = this.#isMine(reply?.id ?? 0) || reply?.username === this.#currentUser.member.username;
    if (id > this.#missedUntilId) this.#announcer.messageArrived(message, isAnswer);
    else this.#announcer.messageMissed();
  }

  /** @param {Wire.ReactionEvent} reaction that is new */
  reactionArrived(reaction) {
    const {id, author, target, on} = reaction;
    if (!on || id <= this.#missedUntilId || this.#currentUser.isAuthor(author)) return;
    if (this.#isMine(target)) this.#announcer.reactionArrived(reaction);
  }

  /** Whether the page holds a message of the current user with this id. @param {number} id */
  #isMine(id) {
    const message = this.#timeline.find(id);
    return message !== undefined && this.#currentUser.isAuthor(message.author);
  }
}
