/**
 * Decides which messages become notifications. One tab of the browser does it for all of them: it hears of its own room
 * by messages, of the others by their numbers, and then asks the server for what is new there.
 */

import {isWanted, levelOf} from "../model/notifications.js";
import {parseFrame} from "./server_frames.js";

const MAX_FETCHED = 100; // messages of another room, at a time

/** @typedef {{room: string, name: string}} RoomName */
/** @typedef {{lastId: number, messages: number}} Looked */

export class Notifier {
  #settings;
  #tabs;
  #http;
  #messagesUrl;
  #currentRoom;
  #currentUser;
  #show;
  #onFetched;
  /** By slug, up to which event each room was looked through, and how many messages it had. @type {Map<string, Looked>} */
  #looked = new Map();
  /** The rooms whose new messages are being fetched, by slug. @type {Set<string>} */
  #fetching = new Set();

  /**
   * @param {object} options
   * @param {Settings} options.settings
   * @param {{isLeader: boolean, isLookedAt(room: string): Promise<boolean>}} options.tabs
   * @param {{getJson(url: string): Promise<any>}} options.http
   * @param {(room: string) => string} options.messagesUrl
   * @param {RoomName} options.currentRoom
   * @param {CurrentUser} options.currentUser
   * @param {(room: RoomName, message: Wire.MessageEvent) => void} options.show
   * @param {(room: string, arrived: Wire.MessageEvent[], count: number) => void} options.onFetched new messages of
   *   another room, which has this many messages with them
   */
  constructor({settings, tabs, http, messagesUrl, currentRoom, currentUser, show, onFetched}) {
    this.#settings = settings;
    this.#tabs = tabs;
    this.#http = http;
    this.#messagesUrl = messagesUrl;
    this.#currentRoom = currentRoom;
    this.#currentUser = currentUser;
    this.#show = show;
    this.#onFetched = onFetched;
  }

  /** In the room of this page. @param {Wire.MessageEvent} message */
  messageArrived(message) {
    this.#consider(this.#currentRoom, [message]);
  }

  /** Of any rooms. @param {Wire.RoomNumbers[]} rooms */
  roomsChanged(rooms) {
    for (const numbers of rooms) if (numbers.room !== this.#currentRoom.room) this.#roomChanged(numbers);
  }

  /** Edits, reactions and the like bring no message. @param {Wire.RoomNumbers} numbers */
  #roomChanged({room, name, last_id, messages}) {
    if (this.#fetching.has(room)) return; // the next change, or the next look at the list, brings the rest
    const now = {lastId: last_id, messages};
    const before = this.#looked.get(room) ?? now; // what was there when the page was opened is not new
    this.#looked.set(room, now);
    const isWorthwhile = before.messages < messages && this.#tabs.isLeader && this.#levelOf(room) !== "off";
    if (isWorthwhile) this.#fetch({room, name}, before.lastId, messages);
  }

  /** @param {RoomName} room @param {number} after @param {number} count of messages in the room */
  async #fetch(room, after, count) {
    this.#fetching.add(room.room);
    const events = await this.#eventsAfter(room.room, after);
    this.#fetching.delete(room.room);
    const looked = this.#looked.get(room.room);
    if (looked) looked.lastId = Math.max(looked.lastId, events.at(-1)?.id ?? 0);
    const arrived = /** @type {Wire.MessageEvent[]} */ (events.filter(({type}) => type === "message"));
    this.#onFetched(room.room, arrived, count);
    await this.#consider(room, arrived);
  }

  /** None if there is no answer, or one that makes no sense. @param {string} room @param {number} after */
  async #eventsAfter(room, after) {
    try {
      const {events} = await this.#http.getJson(`${this.#messagesUrl(room)}?after=${after}&limit=${MAX_FETCHED}`);
      const page = parseFrame(JSON.stringify({type: "history", events, complete: true}));
      return page.type === "history" ? page.events : [];
    } catch {
      return [];
    }
  }

  /** @param {RoomName} room @param {Wire.MessageEvent[]} messages */
  async #consider(room, messages) {
    if (!this.#tabs.isLeader) return;
    const {username} = this.#currentUser.member;
    const level = this.#levelOf(room.room);
    const wanted = messages.filter(
      ({author, html}) => !this.#currentUser.isAuthor(author) && isWanted(level, html, username),
    );
    const newest = wanted.at(-1);
    if (newest && !(await this.#tabs.isLookedAt(room.room))) this.#show(room, newest);
  }

  /** @param {string} room */
  #levelOf(room) {
    return levelOf(this.#settings.get("notifications"), room);
  }
}
