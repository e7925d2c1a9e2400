/**
 * The sentences about the connection. Pure.
 */

import {CloseCode} from "../net/protocol.js";

/** Why the page does not reconnect. @type {Record<number, string>} */
const FINAL_SENTENCES = {
  [CloseCode.JOIN_REFUSED]: "The server does not let you into this room.",
  [CloseCode.ROOM_UNAVAILABLE]: "This room is not available.",
};

/** Why the page waits before it reconnects, for the codes with a special reason. @type {Record<number, string>} */
const RETRY_SENTENCES = {
  [CloseCode.RATE_LIMITED]: "That was too fast for the server. Reconnecting",
  [CloseCode.TOO_MANY_CONNECTIONS]: "Too many people of your network are here. Trying again",
};

/**
 * @param {ConnectionState} state
 * @param {string} detail of the server's last error that does not refer to a message; "" without one
 */
export function connectionSentence(state, detail) {
  switch (state.name) {
    case "connected":
      return "Connected";
    case "connecting":
      return "Connecting…";
    case "offline":
      return "Offline. What you write is kept.";
    case "waiting":
      return RETRY_SENTENCES[state.code] ?? "Reconnecting";
    case "stopped":
      return detail || (FINAL_SENTENCES[state.code] ?? "The server ended the connection.");
  }
}

/** Whole seconds until the next attempt, for a countdown that ends at 1. @param {number} retryAt @param {number} now */
export function secondsUntil(retryAt, now) {
  return Math.max(1, Math.ceil((retryAt - now) / 1000));
}
