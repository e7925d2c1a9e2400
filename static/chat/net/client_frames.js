/**
 * The frames that the client sends, as text: one function per frame.
 */

/** @param {string} message @param {string} clientId */
export function messageFrame(message, clientId) {
  return encode({type: "message", message, client_id: clientId});
}

/** @param {number} id of an own message @param {string} message @param {string} clientId */
export function editFrame(id, message, clientId) {
  return encode({type: "edit", id, message, client_id: clientId});
}

/** @param {number} id of an own message @param {string} clientId */
export function deleteFrame(id, clientId) {
  return encode({type: "delete", id, client_id: clientId});
}

/** @param {number} id @param {string} emoji @param {boolean} on @param {string} clientId */
export function reactFrame(id, emoji, on, clientId) {
  return encode({type: "react", id, emoji, on, client_id: clientId});
}

/** @param {string} topic @param {string} clientId */
export function topicFrame(topic, clientId) {
  return encode({type: "topic", topic, client_id: clientId});
}

/** @param {string} name of the room @param {string} clientId */
export function roomNameFrame(name, clientId) {
  return encode({type: "room_name", name, client_id: clientId});
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
