/**
 * The quiet lines between the messages that say who changed the topic, or the room's name. Each stands in the item of a
 * message, so that the list holds nothing but messages.
 */

import {Notices, sentenceOf} from "../model/notices.js";
import {element, find} from "./dom.js";

/** @typedef {import("../model/notices.js").Notice} Notice */

export class NoticeLines {
  #notices = new Notices();
  #list = find("#message-list", HTMLElement);
  #announcer;
  #currentUser;

  /** @param {{announcer: {say(text: string): void}, currentUser: CurrentUser}} options */
  constructor({announcer, currentUser}) {
    this.#announcer = announcer;
    this.#currentUser = currentUser;
    for (const line of /** @type {Iterable<HTMLElement>} */ (this.#list.querySelectorAll(".message__notice"))) {
      this.#notices.add(readNotice(line));
    }
  }

  /** Takes what was set lately, and says it. @param {Notice} notice */
  arrived(notice) {
    if (this.#notices.add(notice) && !this.#currentUser.isAuthor(notice.author)) {
      this.#announcer.say(sentenceOf(notice));
    }
  }

  /** @param {readonly {type: string}[]} events of a page of history */
  addPage(events) {
    for (const event of events) {
      if (event.type === "topic" || event.type === "room_name") this.#notices.add(/** @type {Notice} */ (event));
    }
  }

  /** @param {number} [target] up to which the history was cleared; without one, the page begins anew */
  clear(target) {
    this.#notices.clear(target);
  }

  /** @param {readonly {id: number}[]} messages on the page @param {boolean} isStart no message is older than these */
  render(messages, isStart) {
    const placed = this.#notices.placed(messages, isStart);
    for (const item of /** @type {Iterable<HTMLElement>} */ (this.#list.children)) {
      const lines = placed.get(Number(item.dataset.id || Number.NaN));
      const wanted = lines ? [...lines.before, ...lines.after].map(({id}) => String(id)) : [];
      const shown = /** @type {HTMLElement[]} */ ([...item.querySelectorAll(".message__notice")]);
      if (wanted.join() === shown.map(({dataset}) => dataset.notice).join()) continue;
      for (const group of item.querySelectorAll(":scope > .message__notices")) group.remove();
      if (lines?.before.length) item.prepend(createGroup(lines.before, {leading: ""}));
      if (lines?.after.length) item.append(createGroup(lines.after, {}));
    }
  }
}

/** @param {Notice[]} notices @param {Record<string, string>} dataset */
function createGroup(notices, dataset) {
  return element("div", {className: "message__notices", dataset}, ...notices.map(createLine));
}

/** @param {Notice} notice */
function createLine(notice) {
  const text = notice.type === "topic" ? notice.topic : notice.name;
  const dataset = {notice: String(notice.id), type: notice.type, username: notice.username, text};
  return element("p", {className: "message__notice", dataset, textContent: sentenceOf(notice)});
}

/** A line that the server rendered. @param {HTMLElement} line @returns {Notice} */
function readNotice({dataset: {notice, type, username = "", text = ""}}) {
  const common = {id: Number(notice), author: "", username, timestamp: ""};
  if (type === "topic") return {...common, type, topic: text};
  return {...common, type: "room_name", name: text};
}
