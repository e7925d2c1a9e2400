/**
 * One message as a list item: filled from a stored message, or from an entry of the outbox.
 */

import {isFewEmoji, paragraphs} from "../model/message_text.js";
import {clockTime, dayName, fullTime, parseTimestamp} from "../model/time.js";
import {gettext, interpolate} from "../model/translate.js";
import {adoptAvatar, showAvatar} from "./avatar_view.js";
import {addCopyButtons} from "./code_blocks.js";
import {cloneTemplate, find, setText} from "./dom.js";
import {setHtml} from "./html.js";
import {articleOf, setTabStop} from "./tab_stops.js";
import {watchWideBlocks} from "./wide_blocks.js";

/** @typedef {import("../model/time.js").Heading} Heading */

/** @returns {HTMLElement} */
export function createItem() {
  return cloneTemplate("#message-template");
}

/**
 * The message of an item that the server rendered. The text as written is not on the page.
 * @param {HTMLElement} item
 * @returns {Wire.MessageEvent}
 */
export function readItem(item) {
  const {id, author = "", username = "", timestamp = "", clientId} = item.dataset;
  const message = {id: Number(id), author, username, timestamp, client_id: clientId || undefined};
  return {type: "message", message: "", html: bodyOf(item).innerHTML, ...message};
}

/**
 * Completes an item that the server rendered with what only the browser knows, such as the reader's time zone.
 * @param {HTMLElement} item
 * @param {Wire.MessageEvent} message
 */
export function hydrateItem(item, message) {
  adoptAvatar(item, message.username);
  fillHeading(item, message);
  complete(item, String(message.id));
}

/** @param {HTMLElement} item @param {Wire.MessageEvent} message */
export function fillStored(item, message) {
  item.id = `message-${message.id}`;
  item.dataset.id = String(message.id);
  item.dataset.clientId = message.client_id ?? "";
  setState(item, "", "");
  fillHeading(item, message);
  setHtml(bodyOf(item), message.html);
  delete bodyOf(item).dataset.fold; // it is to be measured anew
  complete(item, String(message.id));
}

/**
 * @param {HTMLElement} item
 * @param {PendingMessage} entry
 * @param {Wire.Member} currentUser
 */
export function fillPending(item, entry, currentUser) {
  item.dataset.clientId = entry.clientId;
  fillHeading(item, {...currentUser, timestamp: entry.timestamp});
  bodyOf(item).replaceChildren(...createParagraphs(entry.message));
  complete(item, entry.clientId);
}

/**
 * Paragraphs as the server makes them, so that a message without markup stays where it is when it is stored.
 * @param {string} text
 */
function createParagraphs(text) {
  if (!isFewEmoji(text)) return paragraphs(text).map(createParagraph);
  const large = createParagraph(text);
  large.className = "emoji";
  return [large];
}

/** @param {string} text */
function createParagraph(text) {
  const element = document.createElement("p");
  element.dir = "auto";
  element.textContent = text;
  return element;
}

/** @param {HTMLElement} item @param {"" | "pending" | "failed"} state @param {string} problem why the message failed */
export function setState(item, state, problem) {
  if ((item.dataset.state ?? "") === state) return;
  if (state) item.dataset.state = state;
  else delete item.dataset.state;
  item.querySelector(".message__failure")?.remove();
  articleOf(item).removeAttribute("aria-describedby");
  if (state === "failed") showFailure(item, problem);
}

/** @param {HTMLElement} item @param {string} problem */
function showFailure(item, problem) {
  const problemId = `problem-${item.dataset.clientId}`;
  bodyOf(item).after(createFailure(problem, problemId));
  articleOf(item).setAttribute("aria-describedby", problemId);
  setTabStop(item, false);
}

/**
 * Shows or hides the heading of the message and the heading of the day above it.
 * @param {HTMLElement} item
 * @param {{isContinued: boolean, day: Date | null}} options
 */
export function setHeadings(item, {isContinued, day}) {
  item.toggleAttribute("data-continued", isContinued);
  const dayHeading = find(".message__day", HTMLElement, item);
  const name = day ? dayName(day, new Date()) : "";
  dayHeading.hidden = !name;
  dayHeading.dataset.local = "";
  setText(dayHeading, name);
}

/** @param {string} problem @param {string} id of the element with the problem */
function createFailure(problem, id) {
  const element = cloneTemplate("#failure-template");
  const textContent = interpolate(gettext("Not sent. %(reason)s"), {reason: problem});
  Object.assign(find(".message__problem", HTMLElement, element), {id, textContent});
  return element;
}

/** @param {HTMLElement} item @param {Heading} heading */
function fillHeading(item, {author, username, timestamp}) {
  Object.assign(item.dataset, {author, username, timestamp});
  showAvatar(item, username);
  find(".message__author", HTMLElement, item).textContent = username;
  const time = find(".message__time", HTMLTimeElement, item);
  const date = parseTimestamp(timestamp);
  time.dateTime = timestamp;
  time.dataset.local = "";
  time.textContent = clockTime(date);
}

/**
 * Handles a pointer over a message. The full date is not in the title before, because a screen reader would read it with
 * each message instead of the short time.
 * @param {Event} event
 */
export function showFullTime({target}) {
  const time = target instanceof Element && target.closest("time");
  if (time) time.title = fullTime(parseTimestamp(time.dateTime));
}

/**
 * Makes a filled item one for the keyboard and the screen reader. Its name is who wrote it, when, and the text.
 * @param {HTMLElement} item
 * @param {string} key part of the ids of its elements
 */
function complete(item, key) {
  const [head, body] = [find(".message__head", HTMLElement, item), bodyOf(item)];
  head.id = `head-${key}`;
  body.id = `body-${key}`;
  articleOf(item).setAttribute("aria-labelledby", `${head.id} ${body.id}`);
  addCopyButtons(body);
  setTabStop(item, false);
  watchWideBlocks(body);
}

/** @param {HTMLElement} item */
function bodyOf(item) {
  return find(".message__body", HTMLElement, item);
}
