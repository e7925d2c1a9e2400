/**
 * The state of a message: something of it waits in the outbox, or failed, or it is being deleted.
 */

import {gettext, interpolate} from "../model/translate.js";
import {cloneTemplate, element, find} from "./dom.js";
import {articleOf, setTabStop} from "./tab_stops.js";

/**
 * `command` is what waits or failed; `failedId` its client id.
 * @typedef {object} State
 * @property {"" | "pending" | "failed" | "deleted"} name
 * @property {string} [problem]
 * @property {string} [failedId]
 * @property {Command["type"]} [command]
 */

/** @param {ShownMessage} message @returns {State} */
export function stateOf({pending, problem, failedId, failed, deletion}) {
  if (deletion) return {name: "deleted", failedId: deletion};
  if (problem) return {name: "failed", problem, failedId, command: failed};
  return {name: pending ? "pending" : ""};
}

/** @param {HTMLElement} item @param {State} state */
export function setState(item, state) {
  const key = JSON.stringify(state);
  if ((item.dataset.shownState ?? '{"name":""}') === key) return;
  item.dataset.shownState = key;
  if (state.name === "pending" || state.name === "failed") item.dataset.state = state.name;
  else delete item.dataset.state;
  item.toggleAttribute("data-deleted", state.name === "deleted");
  for (const old of item.querySelectorAll(".message__failure, .message__deleted")) old.remove();
  articleOf(item).removeAttribute("aria-describedby");
  if (state.name === "pending") addWaitingSigns(item);
  if (state.name === "failed") showFailure(item, state);
  if (state.name === "deleted") showDeleted(item, state);
}

/** Those that the server rendered have none. @param {HTMLElement} item */
function addWaitingSigns(item) {
  if (item.querySelector(".message__clock")) return;
  const signs = cloneTemplate("#message-template").querySelectorAll(".message__clock, .message__waiting");
  articleOf(item).append(...signs);
}

/** @param {HTMLElement} item @param {State} state */
function showFailure(item, {problem = "", failedId = "", command = "message"}) {
  const failure = cloneTemplate("#failure-template");
  const id = `problem-${failedId}`;
  const isText = command === "message" || command === "edit";
  Object.assign(find(".message__problem", HTMLElement, failure), {id, textContent: sentenceOf(command, problem)});
  find(`[data-action="${isText ? "retry" : "edit"}"]`, HTMLElement, failure).remove();
  failure.dataset.failedId = failedId;
  articleOf(item).append(failure);
  articleOf(item).setAttribute("aria-describedby", id);
  setTabStop(item, articleOf(item).tabIndex === 0);
}

/** @param {Command["type"]} command @param {string} reason */
function sentenceOf(command, reason) {
  const sentences = {
    edit: gettext("Not changed. %(reason)s"),
    delete: gettext("Not deleted. %(reason)s"),
    react: gettext("The reaction was not sent. %(reason)s"),
  };
  return interpolate(
    Object.entries(sentences).find(([type]) => type === command)?.[1] ?? gettext("Not sent. %(reason)s"),
    {reason},
  );
}

/** @param {HTMLElement} item @param {State} state */
function showDeleted(item, {failedId = ""}) {
  const undo = element(
    "button",
    {type: "button", className: "link-button", dataset: {action: "undo"}},
    gettext("Undo"),
  );
  const line = element(
    "p",
    {className: "message__deleted", dataset: {failedId}},
    gettext("Message deleted."),
    " ",
    undo,
  );
  articleOf(item).append(line);
  setTabStop(item, articleOf(item).tabIndex === 0);
}
