/**
 * The frames that the server sends: text is parsed, and every field that the client uses is checked.
 *
 * SERVER_FRAMES is the list of frame types that the other lists are checked against. A new type needs a row here, an
 * interface in types.d.ts and a handler in frame_handlers.js. A stored type also needs a case in model/timeline.js. The
 * type checker reports what is missing.
 */

import {
  checkAmendment,
  checkClearEvent,
  checkEditEvent,
  checkErrorFrame,
  checkHistoryFrame,
  checkMessageEvent,
  checkPresenceFrame,
  checkReactionEvent,
  checkRenamedFrame,
  checkRoomNameEvent,
  checkRoomsFrame,
  checkTopicEvent,
  checkTypingFrame,
  checkWelcomeFrame,
} from "./frame_checks.js";
import {requireArray, requireInteger, requireObject, requireString, ValidationError} from "./validation.js";

/** @typedef {import("./frame_checks.js").RawFrame} RawFrame */
/** Parses a stored event inside another frame. @typedef {(value: unknown) => unknown} ParseStored */

/**
 * One row per frame type. A stored frame is an event of the room's log: it has an `id`, and history pages contain it. A
 * frame that is not stored is valid only by itself. `check` throws a ValidationError for a wrong field. `parse` is for
 * a frame that contains stored events: it returns a copy with these events parsed.
 * @typedef {object} FrameRow
 * @property {boolean} stored
 * @property {(frame: RawFrame) => void} check
 * @property {(frame: RawFrame, parseStored: ParseStored) => RawFrame} [parse]
 *
 * @typedef {Record<string, FrameRow>} FrameTable
 */

/** @typedef {Exclude<Wire.ServerFrame["type"], "unknown">} KnownType */
/** @typedef {Wire.StoredEvent["type"]} StoredType */

/** @type {{[Type in KnownType]: FrameRow & {stored: Type extends StoredType ? true : false}}} */
export const SERVER_FRAMES = {
  welcome: {stored: false, check: checkWelcomeFrame},
  message: {stored: true, check: checkMessageEvent},
  edit: {stored: true, check: checkEditEvent},
  delete: {stored: true, check: checkAmendment},
  reaction: {stored: true, check: checkReactionEvent},
  topic: {stored: true, check: checkTopicEvent},
  room_name: {stored: true, check: checkRoomNameEvent},
  clear: {stored: true, check: checkClearEvent},
  history: {stored: false, check: checkHistoryFrame, parse: parseHistoryFrame},
  presence: {stored: false, check: checkPresenceFrame},
  renamed: {stored: false, check: checkRenamedFrame},
  rooms: {stored: false, check: checkRoomsFrame},
  typing: {stored: false, check: checkTypingFrame},
  error: {stored: false, check: checkErrorFrame},
  pong: {stored: false, check: () => {}},
};

/** @type {(text: string) => Wire.ServerFrame} */
export const parseFrame = frameParser(SERVER_FRAMES);

/**
 * A function that parses the text of one frame. It throws a ValidationError for a frame that breaks the protocol.
 * A type without a row in the table becomes the type `unknown`, alone and in a history page: newer servers may send it.
 * @param {FrameTable} table
 * @returns {(text: string) => Wire.ServerFrame}
 */
export function frameParser(table) {
  const parseStored = (/** @type {unknown} */ value) => parseObject(value, true);
  return (text) => parseObject(parseJson(text), false);

  /** @param {unknown} value @param {boolean} inPage @returns {Wire.ServerFrame} */
  function parseObject(value, inPage) {
    const frame = requireObject(value, "the frame");
    const type = requireString(frame.type, "type");
    if (!Object.hasOwn(table, type)) return parseUnknown(type, frame.id);
    const {stored, check, parse} = table[type];
    if (inPage && !stored) throw new ValidationError(`A history page contains a ${type} frame, which is not stored.`);
    if (stored) requireInteger(frame.id, "id");
    check(frame);
    const parsed = /** @type {unknown} */ (parse ? parse(frame, parseStored) : frame);
    return /** @type {Wire.ServerFrame} */ (parsed);
  }
}

/**
 * A function that calls the handler of a frame's type.
 * @param {FrameTable} table
 * @param {Record<string, (frame: any) => void>} handlers by frame type
 * @returns {(frame: Wire.ServerFrame) => void}
 * @throws {Error} when a type of the table has no handler, or a handler has no type in the table
 */
export function frameDispatcher(table, handlers) {
  const types = new Set([...Object.keys(table), "unknown"]);
  const missing = [...types].filter((type) => !Object.hasOwn(handlers, type));
  const extra = Object.keys(handlers).filter((type) => !types.has(type));
  if (missing.length > 0) throw new Error(`Frame types without a handler: ${missing.join(", ")}.`);
  if (extra.length > 0) throw new Error(`Handlers without a frame type: ${extra.join(", ")}.`);
  return (frame) => handlers[frame.type](frame);
}

/** @param {string} text @returns {unknown} */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValidationError("The frame is not JSON.");
  }
}

/**
 * Only a stored event has an id.
 * @param {string} name @param {unknown} id @returns {Wire.UnknownEvent | Wire.UnknownFrame}
 */
function parseUnknown(name, id) {
  return Number.isSafeInteger(id) ? {type: "unknown", name, id: Number(id)} : {type: "unknown", name};
}

/** @param {RawFrame} frame @param {ParseStored} parseStored */
function parseHistoryFrame(frame, parseStored) {
  return {...frame, events: requireArray(frame.events, "events").map(parseStored)};
}
