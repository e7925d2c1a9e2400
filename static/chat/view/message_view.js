/**
 * One message as a list item: filled from a stored message, or from an entry of the outbox.
 */

import {isFewEmoji, paragraphs} from "../model/message_text.js";
import {clockTime, dayName, fullTime, parseTimestamp} from "../model/time.js";
import {adoptAvatar, showAvatar} from "./avatar_view.js";
import {cloneTemplate, find} from "./dom.js";
import {setHtml} from "./html.js";

/** @typedef {import("../model/time.js").Heading} Heading */

/** @returns {HTMLElement} */
export function createItem() {
  return cloneTemplate("#message-template");
}

/**
 * The message of an item that the server rendered. Its text and HTML are left out: they are on the page already.
 * @param {HTMLElement} item
 * @returns {Wire.MessageEvent}
 */
export function readItem(item) {
  const {id, author = "", username = "", timestamp = "", clientId} = item.dataset;
  const message = {id: Number(id), author, username, timestamp, client_id: clientId || undefined};
  return {type: "message", message: "", html: "", ...message};
}

/**
 * Completes an item that the server rendered with what only the browser knows, such as the reader's time zone.
 * @param {HTMLElement} item
 * @param {Wire.MessageEvent} message
 */
export function hydrateItem(item, message) {
  adoptAvatar(item, message.username);
  fillHeading(item, message);
  makeScrollersFocusable(item);
}

/** @param {HTMLElement} item @param {Wire.MessageEvent} message */
export function fillStored(item, message) {
  item.dataset.id = String(message.id);
  item.dataset.clientId = message.client_id ?? "";
  setState(item, "", "");
  fillHeading(item, message);
  setHtml(bodyOf(item), message.html);
  makeScrollersFocusable(item);
}

/**
 * @param {HTMLElement} item
 * @param {OutboxEntry} entry
 * @param {Wire.Member} currentUser
 */
export function fillPending(item, entry, currentUser) {
  item.dataset.clientId = entry.clientId;
  fillHeading(item, {...currentUser, timestamp: entry.timestamp});
  bodyOf(item).replaceChildren(...createParagraphs(entry.message));
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
  if (state === "failed") bodyOf(item).after(createFailure(problem));
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
  if (dayHeading.textContent !== name) dayHeading.textContent = name;
}

/** @param {string} problem */
function createFailure(problem) {
  const element = cloneTemplate("#failure-template");
  find(".message__problem", HTMLElement, element).textContent = `Not sent. ${problem}`;
  return element;
}

/** @param {HTMLElement} item @param {Heading} heading */
function fillHeading(item, {author, username, timestamp}) {
  Object.assign(item.dataset, {author, username, timestamp});
  showAvatar(item, username);
  find(".message__author", HTMLElement, item).textContent = username;
  const time = find(".message__time", HTMLTimeElement, item);
  time.dataset.local = "";
  const date = parseTimestamp(timestamp);
  time.dateTime = timestamp;
  time.textContent = clockTime(date);
  time.title = fullTime(date);
}

/** Long lines of code and wide tables scroll sideways. Focus makes that possible with the keyboard. @param {HTMLElement} item */
function makeScrollersFocusable(item) {
  for (const block of bodyOf(item).querySelectorAll("pre, table")) block.setAttribute("tabindex", "0");
}

/** @param {HTMLElement} item */
function bodyOf(item) {
  return find(".message__body", HTMLElement, item);
}
