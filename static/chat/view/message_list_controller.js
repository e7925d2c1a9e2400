/**
 * Renders the timeline and the outbox as a list, and keeps the reader's position. In a burst of messages it renders ten
 * times a second, so that the browser has time for everything else.
 */

import {MessageWindow} from "../model/message_window.js";
import {gettext, interpolate, ngettext} from "../model/translate.js";
import {find} from "./dom.js";
import {MessageFocus} from "./message_focus.js";
import {showFullTime} from "./message_view.js";
import {ScrollPosition} from "./scroll_position.js";

const MAX_MESSAGES_AT_END = 400; // older messages leave the timeline of a reader who is at the end
const RENDER_INTERVAL_MS = 100;

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
  #window = new MessageWindow();
  #isScheduled = false;
  #renderedAt = 0;
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
    const isComplete = () => this.#window.followsEnd;
    const onScroll = () => this.#positionChanged();
    this.#position = new ScrollPosition(find("#messages", HTMLElement), list, isComplete, onScroll);
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

  /** Renders in the next animation frame, or in a later one if the last time was just now. */
  renderSoon() {
    this.#schedule(this.#renderedAt + RENDER_INTERVAL_MS - performance.now());
  }

  /** Further calls until then have no effect. @param {number} delayMs */
  #schedule(delayMs) {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const inNextFrame = () => requestAnimationFrame(() => this.#isScheduled && this.render());
    if (delayMs > 0) setTimeout(inNextFrame, delayMs);
    else inNextFrame();
  }

  render() {
    this.#isScheduled = false;
    this.#renderedAt = performance.now();
    this.#position.preserve(() => this.#renderList());
    this.#positionChanged();
  }

  scrollToEnd() {
    if (!this.#window.followsEnd) {
      this.#window.showEnd(this.#timeline.messages);
      this.render();
    }
    this.#position.scrollToEnd();
    this.#positionChanged();
  }

  #renderList() {
    const {messages} = this.#timeline;
    const shown = this.#window.slice(messages, this.#position.isAtEnd);
    const above = this.#window.above(messages);
    const entries = this.#window.followsEnd ? this.#outbox.entries : [];
    this.#view.render({above, messages: shown, entries}, this.#currentUser.member, this.#unread.afterId);
    this.#empty.hidden = messages.length + entries.length > 0;
    this.#focus.update();
  }

  #positionChanged() {
    const {isAtEnd, isNearStart, isNearListEnd} = this.#position;
    if (isAtEnd) this.#newBelowCount = 0;
    this.#jumpButton.hidden = isAtEnd;
    setText(this.#jumpLabel, jumpText(this.#newBelowCount));
    if (this.#isScheduled) return this.#showStartText(); // the window has changed, and the list not yet
    if (isNearStart) this.#showOlder();
    else if (isNearListEnd && !this.#window.followsEnd) this.#showNewer();
    this.#showStartText();
  }

  #showOlder() {
    const {messages} = this.#timeline;
    if (!this.#window.above(messages)) return this.#historyLoader.loadOlder();
    this.#window.extendUp(messages);
    this.#schedule(0);
  }

  #showNewer() {
    this.#window.extendDown(this.#timeline.messages);
    this.#schedule(0);
  }

  #showStartText() {
    setText(this.#start, this.#startText());
  }

  #startText() {
    if (this.#historyLoader.isLoadingOlder) return gettext("Loading earlier messages…");
    const hasOldest = this.#timeline.hasOldest && !this.#window.above(this.#timeline.messages);
    if (!hasOldest || !this.#empty.hidden) return "";
    return interpolate(gettext("This is where %(name)s begins."), {name: this.#roomName});
  }
}

/** Changes the text only if it differs. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} count of new messages */
function jumpText(count) {
  if (count === 0) return gettext("Newest messages");
  return interpolate(ngettext("%(count)s new message", "%(count)s new messages", count), {count});
}
