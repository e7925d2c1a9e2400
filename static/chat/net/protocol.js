/**
 * Constants of the wire protocol. docs/protocol.md describes it; chat/wire/protocol.py is the server's side.
 */

export const PROTOCOL_VERSION = 1;

/** The codes with which the server closes a connection. The names are those of the server. */
export const CloseCode = Object.freeze({
  GOING_AWAY: 4000,
  TOO_MANY_BAD_FRAMES: 4002,
  SLOW_READER: 4008,
  RATE_LIMITED: 4009,
  TOO_MANY_CONNECTIONS: 4010,
  JOIN_REFUSED: 4100,
  ROOM_UNAVAILABLE: 4101,
});

/** Whether the client must not reconnect after this close code. @param {number} code */
export function isFinal(code) {
  return code >= 4100 && code <= 4199;
}
