/**
 * The list of found messages, and what is said about it. The rows are those that the server renders.
 */

import {parseTimestamp, shortTime} from "../model/time.js";
import {gettext, interpolate, ngettext} from "../model/translate.js";
import {adoptAvatar, showAvatar} from "./avatar_view.js";
import {cloneTemplate, element, find, setText} from "./dom.js";

export class SearchView {
  #announcer;
  #hits = find("#search-hits", HTMLOListElement);
  #note = find("#search-note", HTMLElement);
  #problem = find("#search-problem", HTMLElement);
  #notSearched = find("#search-not-searched", HTMLElement);
  #next = find("#search-next", HTMLAnchorElement);

  /** @param {{say: (text: string) => void, alert: (text: string) => void}} announcer */
  constructor(announcer) {
    this.#announcer = announcer;
    for (const row of this.#hits.children) {
      if (row instanceof HTMLElement) adoptAvatar(row, find(".hit__author", HTMLElement, row).textContent ?? "");
    }
    this.showTimes();
  }

  /** Times where the reader is, as on their clock. */
  showTimes() {
    for (const time of this.#hits.querySelectorAll("time")) time.textContent = shortTime(parseTimestamp(time.dateTime));
  }

  /** @param {import("../net/message_search.js").Found} found the first ones of a query */
  show(found) {
    this.#hits.replaceChildren();
    setText(this.#notSearched, "");
    this.add(found);
  }

  /** @param {import("../net/message_search.js").Found} found the next ones */
  add({hits, cursor, notSearched}) {
    const rows = hits.map(row);
    this.#hits.append(...rows);
    setText(this.#problem, "");
    this.#showEnd(cursor !== null);
    const failed = this.#addNotSearched(notSearched);
    this.#announcer.say([summary(hits.length, cursor !== null), failed].filter(Boolean).join(" "));
    return rows[0];
  }

  /** @param {string[]} names of rooms that could not be searched; those of earlier answers stay */
  #addNotSearched(names) {
    const element = this.#notSearched;
    const all = [...new Set([...[...element.querySelectorAll("bdi")].map((each) => each.textContent ?? ""), ...names])];
    if (all.length === 0) return "";
    const text = gettext("These rooms cannot be searched right now:");
    const list = all.flatMap((name, place) => [place ? ", " : " ", bdi(name)]);
    element.replaceChildren(text, ...list);
    return names.length > 0 ? `${text} ${names.join(", ")}` : "";
  }

  /** @param {boolean} isMore */
  #showEnd(isMore) {
    const isEmpty = this.#hits.childElementCount === 0;
    const atEnd = isEmpty ? gettext("No message was found.") : gettext("These are all.");
    setText(this.#note, isMore ? (isEmpty ? gettext("Nothing was found so far.") : "") : atEnd);
    setText(this.#next, isEmpty ? gettext("Search on") : gettext("Older messages"));
    this.#next.hidden = !isMore;
  }

  clear() {
    this.#hits.replaceChildren();
    for (const each of [this.#note, this.#problem, this.#notSearched]) setText(each, "");
    this.#next.hidden = true;
  }

  /** @param {string} problem a sentence */
  fail(problem) {
    this.clear();
    setText(this.#problem, problem);
    this.#announcer.alert(problem);
  }
}

/** @param {string} textContent */
function bdi(textContent) {
  return element("bdi", {textContent});
}

/** @param {number} count @param {boolean} isMore */
function summary(count, isMore) {
  if (count === 0) return isMore ? gettext("Nothing was found so far.") : gettext("No message was found.");
  const format = isMore
    ? ngettext("%(count)s message, and there may be more.", "%(count)s messages, and there may be more.", count)
    : ngettext("%(count)s message.", "%(count)s messages.", count);
  return interpolate(format, {count});
}

/** @param {import("../net/message_search.js").Hit} hit */
function row(hit) {
  const created = cloneTemplate("#hit-template");
  find(".hit__link", HTMLAnchorElement, created).href = hit.url;
  find(".hit__author", HTMLElement, created).textContent = hit.username;
  find(".hit__room", HTMLElement, created).textContent = hit.room_name;
  const time = find(".hit__time", HTMLTimeElement, created);
  time.dateTime = hit.timestamp;
  time.textContent = shortTime(parseTimestamp(hit.timestamp));
  const parts = hit.excerpt.map(([text, isFound]) => (isFound ? element("mark", {textContent: text}) : text));
  find(".hit__text", HTMLElement, created).replaceChildren(...parts);
  showAvatar(created, hit.username);
  return created;
}
