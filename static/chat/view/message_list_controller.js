/**
 * Renders the timeline and the outbox as a list, at most once per animation frame, and keeps the reader's position.
 */

import {find} from "./dom.js";
import {MessageFocus} from "./message_focus.js";
import {showFullTime} from "./message_view.js";
import {ScrollPosition} from "./scroll_position.js";

const MAX_MESSAGES_AT_END = 400; // older messages leave the page of a reader who is at the end

export class MessageListController {
  #timeline;
  #outbox;
  #view;
  #historyLoader;
  #unread;
  #currentUser;
  #roomName;
  #position;
  #newBelowCount = 0; // messages that arrived while the reader was further up
  #animationFrame = 0;
  #focus = new MessageFocus();
  #empty = find("#timeline-empty", HTMLElement);
  #start = find("#timeline-start", HTMLElement);
  #jumpButton = find("#jump-button", HTMLButtonElement);
  #jumpLabel = find("#jump-label", HTMLElement);

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {Outbox} options.outbox
   * @param {MessageListView} options.view
   * @param {HistoryLoader} options.historyLoader
   * @param {Unread} options.unread
   * @param {CurrentUser} options.currentUser
   * @param {string} options.roomName
   */
  constructor({timeline, outbox, view, historyLoader, unread, currentUser, roomName}) {
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#view = view;
    this.#historyLoader = historyLoader;
    this.#unread = unread;
    this.#currentUser = currentUser;
    this.#roomName = roomName;
    const list = find("#message-list", HTMLElement);
    this.#position = new ScrollPosition(find("#messages", HTMLElement), list, () => this.#positionChanged());
    list.addEventListener("pointerover", showFullTime);
    this.#jumpButton.addEventListener("click", () => this.scrollToEnd());
  }

  /** @param {Wire.MessageEvent} message that was not in the timeline before */
  messageArrived({id, author}) {
    const isByCurrentUser = this.#currentUser.isAuthor(author);
    if (!isByCurrentUser) this.#unread.messageArrived(id, document.hidden);
    if (!isByCurrentUser && !this.#position.isAtEnd) this.#newBelowCount++;
    if (this.#position.isAtEnd) this.#timeline.trim(MAX_MESSAGES_AT_END);
    this.renderSoon();
  }

  /** Renders in the next animation frame; further calls until then have no effect. */
  renderSoon() {
    this.#animationFrame ||= requestAnimationFrame(() => this.render());
  }

  render() {
    cancelAnimationFrame(this.#animationFrame);
    this.#animationFrame = 0;
    this.#position.preserve(() => this.#renderList());
    this.#positionChanged();
  }

  scrollToEnd() {
    this.#position.scrollToEnd();
    this.#positionChanged();
  }

  #renderList() {
    const {messages} = this.#timeline;
    const {entries} = this.#outbox;
    this.#view.render(messages, entries, this.#currentUser.member, this.#unread.afterId);
    this.#empty.hidden = messages.length + entries.length > 0;
    this.#focus.update();
  }

  #positionChanged() {
    const {isAtEnd, isNearStart} = this.#position;
    if (isAtEnd) this.#newBelowCount = 0;
    this.#jumpButton.hidden = isAtEnd;
    setText(this.#jumpLabel, jumpText(this.#newBelowCount));
    if (isNearStart) this.#historyLoader.loadOlder();
    setText(this.#start, this.#startText());
  }

  #startText() {
    if (this.#historyLoader.isLoadingOlder) return "Loading earlier messages…";
    return this.#timeline.hasOldest && this.#empty.hidden ? `This is where ${this.#roomName} begins.` : "";
  }
}

/** Changes the text only if it differs. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} count of new messages */
function jumpText(count) {
  if (count === 0) return "Newest messages";
  return count === 1 ? "1 new message" : `${count} new messages`;
}
