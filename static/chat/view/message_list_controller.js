/**
 * Renders the timeline and the outbox as a list, and keeps the reader's position. In a burst of messages it renders ten
 * times a second, so that the browser has time for everything else.
 */

import {MessageWindow} from "../model/message_window.js";
import {pendingMessages, shownMessages} from "../model/optimistic.js";
import {gettext, interpolate} from "../model/translate.js";
import {find, setText} from "./dom.js";
import {Folding} from "./folding.js";
import {MessageFocus} from "./message_focus.js";
import {showFullTime} from "./message_view.js";
import {Reading} from "./reading.js";
import {ScrollPosition} from "./scroll_position.js";
import {StickyDay} from "./sticky_day.js";

const MAX_MESSAGES_AT_END = 400; // older messages leave the timeline of a reader who is at the end
const MAX_SEARCHED_MESSAGES = 5000; // for a link to an older message
const RENDER_INTERVAL_MS = 100;

export class MessageListController {
  #timeline;
  #outbox;
  #held;
  #view;
  #calls;
  #historyLoader;
  #unread;
  #currentUser;
  #title;
  #notices;
  #position;
  #reading;
  #window = new MessageWindow();
  #isScheduled = false;
  #renderedAt = 0;
  #focus = new MessageFocus();
  #stickyDay = new StickyDay();
  #folding = new Folding((item, change) => this.#position.keepInPlace(item, change));
  #list = find("#message-list", HTMLElement);
  /** What the reader wants to see, until it is on the page. @type {{id: number, focuses: boolean} | null} */
  #wanted = null;
  #empty = find("#timeline-empty", HTMLElement);
  #start = find("#timeline-start", HTMLElement);

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {Outbox} options.outbox
   * @param {{entries: OutboxEntry[]}} options.held deletes that can still be undone
   * @param {MessageListView} options.view
   * @param {HistoryLoader} options.historyLoader
   * @param {Unread} options.unread
   * @param {{isLooking: boolean}} options.attention
   * @param {CurrentUser} options.currentUser
   * @param {{name: string}} options.title of the room
   * @param {import("./notice_lines.js").NoticeLines} options.notices
   * @param {(id: number) => void} options.onMissing a message that was to be revealed is not there
   * @param {() => void} options.onRender
   */
  constructor({timeline, outbox, held, view, historyLoader, unread, attention, currentUser, title, notices, ...calls}) {
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#held = held;
    this.#calls = calls;
    this.#view = view;
    this.#historyLoader = historyLoader;
    this.#unread = unread;
    this.#currentUser = currentUser;
    this.#title = title;
    this.#notices = notices;
    const isComplete = () => this.#window.followsEnd;
    const onChange = () => this.#positionChanged();
    this.#list.addEventListener("pointerover", showFullTime);
    const scroller = find("#messages", HTMLElement);
    const list = this.#list;
    const position = new ScrollPosition(scroller, list, isComplete, onChange);
    this.#position = position;
    const showAround = (/** @type {number} */ id) => this.#showAround(id);
    const scrollToEnd = () => this.scrollToEnd();
    this.#reading = new Reading({unread, position, attention, list, scroller, showAround, scrollToEnd});
  }

  /** @param {Wire.MessageEvent} message that was not in the timeline before */
  messageArrived({id, author}) {
    this.#unread.messageArrived(id, this.#currentUser.isAuthor(author) || this.#reading.isWatched);
    if (this.#position.isAtEnd) this.#timeline.trim(MAX_MESSAGES_AT_END);
    this.renderSoon();
  }

  /** Messages that were in the timeline were deleted. */
  messagesDeleted() {
    this.#unread.messagesDeleted();
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
    this.#unread.resolve();
    this.#position.preserve(() => this.#renderList());
    this.#reading.enter();
    if (this.#wanted) this.#goTo(this.#wanted);
    this.#positionChanged();
  }

  /** The server has sent another newest page, which follows. */
  enterAnew() {
    this.#reading.enterAnew();
  }

  attentionChanged() {
    this.#reading.attentionChanged();
  }

  scrollToEnd() {
    this.#wanted = null;
    if (!this.#window.followsEnd) {
      this.#window.showEnd(this.#timeline.messages);
      this.render();
    }
    this.#position.scrollToEnd();
    this.#positionChanged();
  }

  /**
   * Goes to a message. If it is older than the page, older pages are loaded until it is there.
   * @param {number} id
   * @param {{focuses?: boolean}} options whether the message gets the focus
   */
  reveal(id, {focuses = false} = {}) {
    this.#wanted = {id, focuses};
    this.#reading.skipEntering();
    this.#showAround(id);
  }

  /** Renders the part of the timeline around a message. @param {number} id */
  #showAround(id) {
    this.#window.showAround(this.#timeline.messages, id);
    this.render();
  }

  /** @param {boolean} isConnected */
  connectionChanged(isConnected) {
    this.#list.toggleAttribute("data-disconnected", !isConnected);
    if (isConnected) this.renderSoon();
  }

  #renderList() {
    const {messages} = this.#timeline;
    const shown = this.#window.slice(messages, this.#position.isAtEnd);
    const above = this.#window.above(messages);
    const entries = this.#window.followsEnd ? pendingMessages(this.#outbox.entries, messages) : [];
    const {member} = this.#currentUser;
    const amended = shownMessages(shown, [...this.#outbox.entries, ...this.#held.entries], member);
    this.#view.render({above, messages: amended, entries}, member, this.#unread.lineAfterId);
    this.#notices.render(shown, this.#timeline.hasOldest && !above);
    this.#empty.hidden = messages.length + entries.length > 0;
    this.#folding.update();
    this.#focus.update();
    this.#calls.onRender();
  }

  #positionChanged() {
    this.#stickyDay.show(this.#position.firstVisible());
    const {isNearStart, isNearListEnd} = this.#position;
    this.#reading.positionChanged();
    if (this.#isScheduled) return this.#showStartText(); // the window has changed, and the list not yet
    if (isNearStart) this.#showOlder();
    else if (isNearListEnd && !this.#window.followsEnd) this.#showNewer();
    this.#showStartText();
  }

  /** @param {{id: number, focuses: boolean}} wanted */
  #goTo({id, focuses}) {
    const {messages, hasOldest} = this.#timeline;
    if (messages.length > 0 && messages[0].id > id && !hasOldest && messages.length < MAX_SEARCHED_MESSAGES) {
      this.#position.scrollToStart(); // from there on older pages are loaded
      return;
    }
    this.#wanted = null;
    this.#window.showAround(messages, id);
    this.#position.preserve(() => this.#renderList());
    if (!this.#view.highlight(id)) this.#calls.onMissing(id);
    else if (focuses) this.#focus.focus(id);
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
    return interpolate(gettext("This is where %(name)s begins."), {name: this.#title.name});
  }
}
