/**
 * The frames that the client sends, as text: one function per frame.
 */

/** @param {string} message @param {string} clientId */
export function messageFrame(message, clientId) {
  return encode({type: "message", message, client_id: clientId});
}

/** Asks for events before an id. @param {number} before @param {number} limit */
export function historyBeforeFrame(before, limit) {
  return encode({type: "history", before, limit});
}

/** Asks for events after an id. @param {number} after @param {number} limit */
export function historyAfterFrame(after, limit) {
  return encode({type: "history", after, limit});
}

/** @param {string} username */
export function renameFrame(username) {
  return encode({type: "rename", username});
}

export function typingFrame() {
  return encode({type: "typing"});
}

export function pingFrame() {
  return encode({type: "ping"});
}

/** @param {Wire.ClientFrame} frame */
function encode(frame) {
  return JSON.stringify(frame);
}
