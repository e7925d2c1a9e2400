/**
 * The frames that the client sends, as text: one function per frame.
 */

/** A command that is stored and answered. @param {Command} command @param {string} clientId */
export function commandFrame(command, clientId) {
  return encode({...command, client_id: clientId});
}

/** Asks for events before an id. @param {number} before @param {number} limit */
export function historyBeforeFrame(before, limit) {
  return encode({type: "history", before, limit});
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
