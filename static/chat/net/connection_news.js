/**
 * What people must know about the connection, and when: nothing as long as all is well. Pure.
 */

import {clockTime} from "../model/time.js";
import {gettext, interpolate} from "../model/translate.js";
import {CloseCode} from "./protocol.js";

export const PATIENCE_MS = 3000; // an interruption, or a wait for an answer, is news after this time

/**
 * Times are in ms, as of Date.now(). Those of what did not happen are null.
 * @typedef {object} Facts
 * @property {ConnectionState} state
 * @property {string} detail of the server's last error that does not refer to a message; "" without one
 * @property {boolean} isOnline what the browser thinks; a server on this machine answers without a network too
 * @property {number | null} interruptedAt since when the connection is not open
 * @property {number | null} pingSentAt when the oldest unanswered ping was sent
 * @property {number | null} messageSentAt when the oldest unanswered message was sent
 * @property {number} lastFrameAt when the server was last heard of; 0 for never
 *
 * `slow`: the server answers, but does not store. The people in the room are known only then.
 * @typedef {{kind: "offline" | "interrupted" | "silent" | "slow" | "stopped", sentence: string}} News
 */

/** @param {Facts} facts @param {number} now @returns {News | null} */
export function connectionNews(facts, now) {
  const {state, detail, isOnline, interruptedAt, pingSentAt, messageSentAt, lastFrameAt} = facts;
  if (state.name === "stopped") return {kind: "stopped", sentence: detail || finalSentence(state.code)};
  const since = interruptedAt ?? pingSentAt;
  if (!isOnline && since !== null) return {kind: "offline", sentence: offlineSentence(since)};
  if (interruptedAt !== null) {
    if (now - interruptedAt < PATIENCE_MS) return null;
    return {kind: "interrupted", sentence: interruptionSentence(state, interruptedAt, now)};
  }
  if (isOverdue(pingSentAt, now)) return {kind: "silent", sentence: silenceSentence(pingSentAt, now)};
  if (!isOverdue(messageSentAt, now)) return null;
  if (lastFrameAt <= messageSentAt) return {kind: "silent", sentence: silenceSentence(messageSentAt, now)};
  return {kind: "slow", sentence: slownessSentence(messageSentAt, now)};
}

/** @param {number | null} since @param {number} now @returns {since is number} */
function isOverdue(since, now) {
  return since !== null && now - since >= PATIENCE_MS;
}

/** Why the page does not reconnect. @param {number} code */
function finalSentence(code) {
  if (code === CloseCode.JOIN_REFUSED) return gettext("The server does not let you into this room.");
  if (code === CloseCode.ROOM_UNAVAILABLE) return gettext("This room is not available.");
  return gettext("The server ended the connection.");
}

/** @param {number} since */
function offlineSentence(since) {
  const sentence = gettext("You are offline since %(time)s. What you write is kept and sent when you are back.");
  return interpolate(sentence, {time: clockTime(new Date(since))});
}

/** @param {ConnectionState} state @param {number} since @param {number} now */
function interruptionSentence(state, since, now) {
  const time = clockTime(new Date(since));
  if (!("retryAt" in state)) return interpolate(gettext("No connection since %(time)s. Trying now…"), {time});
  return interpolate(retrySentence(state.code), {time, seconds: secondsUntil(state.retryAt, now)});
}

/** @param {number} code */
function retrySentence(code) {
  if (code === CloseCode.RATE_LIMITED) return gettext("That was too fast for the server. Next try in %(seconds)s s.");
  if (code === CloseCode.TOO_MANY_CONNECTIONS) {
    return gettext("Too many people of your network are here. Next try in %(seconds)s s.");
  }
  return gettext("No connection since %(time)s. Next try in %(seconds)s s.");
}

/** @param {number} since @param {number} now */
function silenceSentence(since, now) {
  const sentence = gettext("The server has not answered for %(seconds)s s. What you write is kept.");
  return interpolate(sentence, {seconds: secondsSince(since, now)});
}

/** @param {number} since @param {number} now */
function slownessSentence(since, now) {
  const sentence = gettext(
    "The server answers, but has not stored your message for %(seconds)s s. It is sent once only.",
  );
  return interpolate(sentence, {seconds: secondsSince(since, now)});
}

/** Whole seconds until the next attempt, for a countdown that ends at 1. @param {number} retryAt @param {number} now */
function secondsUntil(retryAt, now) {
  return Math.max(1, Math.ceil((retryAt - now) / 1000));
}

/** @param {number} since @param {number} now */
function secondsSince(since, now) {
  return Math.floor((now - since) / 1000);
}
