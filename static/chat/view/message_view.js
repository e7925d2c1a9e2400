/**
 * One message as an element: filled from what the server said, or from what was typed here and is on its way.
 */

import {hueOf, initialOf} from "../model/avatar.js";
import {clockTime, dayName, fullTime, momentOf} from "../model/time.js";
import {cloneTemplate, find} from "./dom.js";
import {setHtml} from "./html.js";

/** @returns {HTMLElement} */
export function createMessage() {
  return cloneTemplate("#message-template");
}

/** The message that an element of the server's page stands for. @param {HTMLElement} item @returns {Wire.MessageEvent} */
export function readMessage(item) {
  const {id, author = "", username = "", timestamp = "", clientId} = item.dataset;
  const message = {id: Number(id), author, username, timestamp, client_id: clientId || undefined};
  return {type: "message", message: "", html: "", ...message};
}

/** Adds what only the browser knows, such as the reader's time. @param {HTMLElement} item @param {Wire.MessageEvent} message */
export function adoptMessage(item, message) {
  fillHead(item, message);
  openCodeToKeys(item);
}

/** @param {HTMLElement} item @param {Wire.MessageEvent} message */
export function fillStored(item, message) {
  item.dataset.id = String(message.id);
  item.dataset.clientId = message.client_id ?? "";
  setState(item, "", "");
  fillHead(item, message);
  setHtml(body(item), message.html);
  openCodeToKeys(item);
}

/**
 * @param {HTMLElement} item
 * @param {Unsent} entry
 * @param {Wire.Member} you
 */
export function fillPending(item, entry, you) {
  item.dataset.clientId = entry.clientId;
  item.setAttribute("aria-live", "off"); // nobody needs their own words read out
  fillHead(item, {...you, timestamp: entry.timestamp});
  body(item).textContent = entry.message;
}

/** @param {HTMLElement} item @param {"" | "pending" | "failed"} state @param {string} problem why it failed */
export function setState(item, state, problem) {
  if ((item.dataset.state ?? "") === state) return;
  if (state) item.dataset.state = state;
  else delete item.dataset.state;
  item.querySelector(".message__failure")?.remove();
  if (state === "failed") body(item).after(failure(problem));
}

/** Where it stands among the others. @param {HTMLElement} item @param {{continued: boolean, day: Date | null}} place */
export function setPlace(item, {continued, day}) {
  item.toggleAttribute("data-continued", continued);
  const heading = find(".message__day", HTMLElement, item);
  const name = day ? dayName(day, new Date()) : "";
  heading.hidden = !name;
  if (heading.textContent !== name) heading.textContent = name;
}

/** @param {string} problem */
function failure(problem) {
  const element = cloneTemplate("#failure-template");
  find(".message__problem", HTMLElement, element).textContent = `Not sent. ${problem}`;
  return element;
}

/** @param {HTMLElement} item @param {{author: string, username: string, timestamp: string}} said */
function fillHead(item, {author, username, timestamp}) {
  const hue = hueOf(username);
  Object.assign(item.dataset, {author, username, timestamp, hue});
  find(".avatar", HTMLElement, item).textContent = initialOf(username);
  find(".message__author", HTMLElement, item).textContent = username;
  const time = find(".message__time", HTMLTimeElement, item);
  const date = momentOf(timestamp);
  time.dateTime = timestamp;
  time.textContent = clockTime(date);
  time.title = fullTime(date);
}

/** Long lines of code scroll, which has to work without a mouse. @param {HTMLElement} item */
function openCodeToKeys(item) {
  for (const block of body(item).querySelectorAll("pre")) block.tabIndex = 0;
}

/** @param {HTMLElement} item */
function body(item) {
  return find(".message__body", HTMLElement, item);
}
