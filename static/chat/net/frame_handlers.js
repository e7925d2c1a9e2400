/**
 * What each server frame does to the models and to the views: one handler per frame type.
 */

import {SpokenEvents} from "../model/spoken_events.js";
import {frameDispatcher, parseFrame, SERVER_FRAMES} from "./server_frames.js";
import {ValidationError} from "./validation.js";

/**
 * One handler per frame type.
 * @typedef {{[Type in Wire.ServerFrame["type"]]: (frame: Extract<Wire.ServerFrame, {type: Type}>) => void}} Handlers
 */

/** @typedef {import("../model/spoken_events.js").AnnouncerCalls} AnnouncerCalls */

/**
 * The methods of the views that the handlers call.
 * @typedef {object} Views
 * @property {MessageListCalls} messageList
 * @property {{render(members: Members, currentUser: Wire.Member): void, announce(sentence: string): void}} members
 * @property {{add(username: string): void, remove(username: string): void, clear(): void}} typing
 * @property {{setDetail(detail: string): void}} status
 * @property {NameNoticeCalls} nameNotice
 * @property {AnnouncerCalls & {presenceChanged(sentence: string, count: number): void}} announcer
 * @property {{messageArrived(message: Wire.MessageEvent): void}} notifier
 * @property {NoticeCalls} notices
 * @property {{update(rooms: Wire.RoomNumbers[]): void, refresh(): void}} rooms
 *
 * @typedef {{update(you: Wire.You): void, show(you: Wire.You): void, say(sentence: string): void}} NameNoticeCalls
 *
 * @typedef {object} MessageListCalls
 * @property {(message: Wire.MessageEvent) => void} messageArrived
 * @property {() => void} messagesDeleted
 * @property {() => void} renderSoon
 *
 * @typedef {object} NoticeCalls
 * @property {(notice: Wire.TopicEvent | Wire.RoomNameEvent) => void} arrived
 * @property {(events: Wire.HistoryFrame["events"]) => void} addPage
 * @property {(target?: number) => void} clear
 */

export class FrameHandlers {
  #timeline;
  #members;
  #currentUser;
  #historyLoader;
  #delivery;
  #views;
  #epoch;
  #onWelcome;
  #title;
  #onGap;
  #spoken;
  #dispatch;
  /** @type {Handlers} */
  #handlers = {
    welcome: (frame) => this.#onWelcomeFrame(frame),
    message: (event) => this.#onMessageEvent(event),
    edit: (event) => this.#onAmendment(event),
    delete: (event) => this.#onDeleteEvent(event),
    reaction: (event) => this.#onReactionEvent(event),
    topic: (event) => this.#onTitleEvent(event),
    room_name: (event) => this.#onTitleEvent(event),
    clear: (event) => this.#onClearEvent(event),
    history: (frame) => this.#onHistoryFrame(frame),
    presence: (frame) => this.#onPresenceFrame(frame),
    renamed: ({you}) => this.#onRenamedFrame(you),
    rooms: ({rooms}) => this.#views.rooms.update(rooms),
    typing: ({username}) => this.#views.typing.add(username),
    error: (frame) => this.#onErrorFrame(frame),
    pong: () => {},
    unknown: (frame) => this.#onUnknownFrame(frame),
  };

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {RoomTitle} options.title
   * @param {Members} options.members
   * @param {CurrentUser} options.currentUser
   * @param {HistoryLoader} options.historyLoader
   * @param {Delivery} options.delivery
   * @param {Views} options.views
   * @param {string} options.epoch of the history that the page shows
   * @param {(isReset: boolean, epoch: string) => void} options.onWelcome gets whether the page begins anew
   * @param {() => void} options.onGap events are missing that only a new connection brings
   */
  constructor({timeline, title, members, currentUser, historyLoader, delivery, views, epoch, onWelcome, onGap}) {
    this.#timeline = timeline;
    this.#title = title;
    this.#members = members;
    this.#currentUser = currentUser;
    this.#historyLoader = historyLoader;
    this.#delivery = delivery;
    this.#views = views;
    this.#spoken = new SpokenEvents(views.announcer, timeline, currentUser);
    this.#epoch = epoch;
    this.#onWelcome = onWelcome;
    this.#onGap = onGap;
    this.#dispatch = frameDispatcher(SERVER_FRAMES, this.#handlers);
  }

  /** The query parameters that make a new connection resume after the last event received. */
  get resumeQuery() {
    return {since: String(this.#timeline.lastId), epoch: this.#epoch};
  }

  /** @param {string} text of a frame */
  receive(text) {
    try {
      this.#dispatch(parseFrame(text));
      if (this.#timeline.hasGap) this.#onGap();
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      console.error("The server sent a frame that breaks the protocol:", error.message);
    }
  }

  /** The connection is closed: requests in flight get no reply any more. */
  disconnected() {
    this.#delivery.disconnected();
    this.#historyLoader.cancel();
    this.#views.typing.clear();
  }

  /** @param {Wire.WelcomeFrame} welcome */
  #onWelcomeFrame(welcome) {
    const {epoch, you, last_id, reset, members, count} = welcome;
    this.#epoch = epoch;
    this.#spoken.connected(last_id);
    this.#historyLoader.cancel();
    // A reset renders nothing: the newest page follows immediately, and an empty list in between would flicker.
    if (reset) this.#views.notices.clear();
    if (reset) this.#timeline.reset(last_id);
    else this.#timeline.resume(last_id);
    this.#title.welcome(welcome);
    this.#currentUser.update(you);
    this.#views.nameNotice.update(you);
    this.#members.replace(members, count);
    this.#renderMembers();
    this.#onWelcome(reset === true, epoch);
    this.#delivery.connected(epoch);
  }

  /** @param {Wire.You} you */
  #onRenamedFrame(you) {
    this.#currentUser.update(you);
    this.#views.nameNotice.show(you);
  }

  /** @param {Wire.MessageEvent} message */
  #onMessageEvent(message) {
    this.#views.typing.remove(message.username);
    const isNew = this.#timeline.receive(message);
    this.#acknowledge(message, message.id);
    if (isNew) this.#views.messageList.messageArrived(message);
    if (isNew) this.#views.notifier.messageArrived(message);
    if (isNew) this.#spoken.messageArrived(message);
  }

  /** @param {Wire.Amendment} amendment */
  #onAmendment(amendment) {
    this.#timeline.receive(amendment);
    this.#acknowledge(amendment, amendment.target);
    this.#views.messageList.renderSoon();
  }

  /** @param {Wire.DeleteEvent} deletion */
  #onDeleteEvent(deletion) {
    const isHeld = this.#timeline.find(deletion.target) !== undefined;
    this.#onAmendment(deletion);
    if (isHeld) this.#views.messageList.messagesDeleted();
  }

  /** @param {Wire.ReactionEvent} reaction */
  #onReactionEvent(reaction) {
    const isNew = reaction.id > this.#timeline.lastId;
    this.#onAmendment(reaction);
    if (isNew) this.#spoken.reactionArrived(reaction);
  }

  /** @param {Wire.TopicEvent | Wire.RoomNameEvent} event */
  #onTitleEvent(event) {
    this.#timeline.receive(event);
    this.#title.receive(event);
    this.#views.notices.arrived(event);
    this.#views.messageList.renderSoon();
  }

  /**
   * Every client sees the client_id. It identifies an entry of the outbox only if the author is the current user.
   * @param {Wire.PersonalEvent} event that answers a command @param {number} messageId that it made or amended
   */
  #acknowledge({client_id, author}, messageId) {
    if (client_id && this.#currentUser.isAuthor(author)) this.#delivery.acknowledge(client_id, messageId);
  }

  /** @param {Wire.ClearEvent} clear */
  #onClearEvent(clear) {
    this.#timeline.receive(clear);
    this.#views.notices.clear(clear.target);
    this.#views.messageList.renderSoon();
    this.#views.rooms.refresh(); // only the server knows how many messages were removed
  }

  /** @param {Wire.HistoryFrame} page */
  #onHistoryFrame(page) {
    this.#historyLoader.receive(page);
    this.#views.notices.addPage(page.events);
    // After a reset the page is the only frame that acknowledges messages of the current user.
    for (const event of page.events) if (event.type === "message") this.#acknowledge(event, event.id);
    this.#views.messageList.renderSoon();
  }

  /** @param {Wire.PresenceFrame} presence */
  #onPresenceFrame(presence) {
    const sentence = this.#members.update(presence);
    const currentUser = presence.joined?.find(({author}) => this.#currentUser.isAuthor(author));
    if (currentUser) this.#currentUser.update(currentUser);
    for (const {username} of presence.left ?? []) this.#views.typing.remove(username);
    this.#renderMembers();
    if (sentence && !currentUser) this.#announcePresence(sentence);
  }

  /** @param {string} sentence */
  #announcePresence(sentence) {
    this.#views.members.announce(sentence);
    this.#views.announcer.presenceChanged(sentence, this.#members.count);
  }

  #renderMembers() {
    this.#views.members.render(this.#members, this.#currentUser.member);
  }

  /** @param {Wire.ErrorFrame} error */
  #onErrorFrame(error) {
    if (error.client_id) this.#delivery.refused(error, error.client_id);
    else if (error.code === "room_removed") this.#views.nameNotice.say(error.detail);
    else this.#views.status.setDetail(error.detail);
  }

  /**
   * Nothing is shown. If the frame is a stored event, its id advances the timeline.
   * @param {Wire.UnknownEvent | Wire.UnknownFrame} frame
   */
  #onUnknownFrame(frame) {
    console.warn("A frame of a type that this page does not know:", frame.name);
    this.#timeline.receive(frame);
  }
}
