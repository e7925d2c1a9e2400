/**
 * One message as a list item: filled from a message as it is shown, or from one that waits in the outbox.
 */

import {isFewEmoji, paragraphs} from "../model/message_text.js";
import {clockTime, dayName, fullTime, parseTimestamp} from "../model/time.js";
import {adoptAvatar, showAvatar} from "./avatar_view.js";
import {addCopyButtons} from "./code_blocks.js";
import {cloneTemplate, find, setText} from "./dom.js";
import {setHtml} from "./html.js";
import {adoptExtras, readExtras, showExtras} from "./message_extras.js";
import {setState, stateOf} from "./message_state.js";
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
  const {id, author = "", username = "", timestamp = "", clientId, rev} = item.dataset;
  const message = {id: Number(id), author, username, timestamp, client_id: clientId || undefined};
  const html = bodyOf(item).innerHTML;
  return {type: "message", message: "", html, ...message, ...(rev && {rev: Number(rev)}), ...readExtras(item)};
}

/**
 * Completes an item that the server rendered with what only the browser knows, such as the reader's time zone.
 * @param {HTMLElement} item
 * @param {Wire.MessageEvent} message
 * @param {string | undefined} username of the current user; undefined: nothing can be done with the message
 */
export function hydrateItem(item, message, username) {
  adoptAvatar(item, message.username);
  fillHeading(item, message);
  adoptExtras(item);
  if (username !== undefined) showExtras(item, message, username);
  complete(item, String(message.id));
}

/**
 * @param {HTMLElement} item
 * @param {ShownMessage} message
 * @param {ShownMessage | undefined} before what the item shows now; undefined: everything is to be filled
 * @param {string} username of the current user
 */
export function fillStored(item, message, before, username) {
  item.id = `message-${message.id}`;
  item.dataset.id = String(message.id);
  item.dataset.clientId = message.client_id ?? "";
  fillHeading(item, message);
  if (!before || before.html !== message.html || before.text !== message.text) fillBody(item, message);
  showExtras(item, message, username);
  setState(item, stateOf(message));
  complete(item, String(message.id));
}

/**
 * @param {HTMLElement} item
 * @param {PendingMessage} message
 * @param {Wire.Member} currentUser
 */
export function fillPending(item, {clientId, message, timestamp, problem, reply}, currentUser) {
  item.dataset.clientId = clientId;
  fillHeading(item, {...currentUser, timestamp});
  fillBody(item, {html: "", text: message});
  showExtras(item, {reply}, currentUser.username);
  setState(item, {name: problem ? "failed" : "pending", problem, failedId: clientId, command: "message"});
  complete(item, clientId);
}

/** @param {HTMLElement} item @param {Pick<ShownMessage, "html" | "text">} message `text`: as long as there is no HTML of it */
function fillBody(item, {html, text}) {
  const body = bodyOf(item);
  if (text === undefined) setHtml(body, html);
  else body.replaceChildren(...createParagraphs(text));
  delete body.dataset.fold; // it is to be measured anew
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
 * Makes a filled item one for the keyboard and the screen reader. Its name is who wrote it, when, what it answers, the
 * text, and the reactions.
 * @param {HTMLElement} item
 * @param {string} key part of the ids of its elements
 */
function complete(item, key) {
  const text = item.dataset.deleted === undefined ? ["reply", "body", "reactions"] : ["deleted"];
  const parts = ["head", ...text].flatMap((name) => {
    const part = item.querySelector(name === "reactions" ? ".reactions" : `.message__${name}`);
    if (part) part.id = `${name}-${key}`;
    return part ? [part.id] : [];
  });
  articleOf(item).setAttribute("aria-labelledby", parts.join(" "));
  addCopyButtons(bodyOf(item));
  setTabStop(item, articleOf(item).tabIndex === 0);
  watchWideBlocks(bodyOf(item));
}

/** @param {HTMLElement} item */
function bodyOf(item) {
  return find(".message__body", HTMLElement, item);
}
