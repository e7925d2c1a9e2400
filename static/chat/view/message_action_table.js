/**
 * What can be done with a message, and by which key. A new action is a row of ACTIONS.
 */

import {gettext, interpolate} from "../model/translate.js";
import {element, icon} from "./dom.js";

export const BUTTON_CLASS = "message-actions__button";

/**
 * What an action needs of the page.
 * @typedef {object} MessagePage
 * @property {(item: HTMLElement) => Wire.MessageEvent | undefined} messageOf the stored message of an item
 * @property {(item: HTMLElement, action: string) => void} amendWaiting does it to a message that is not stored yet, if it can
 * @property {() => boolean} canWrite whether the user has a name
 * @property {(message: Wire.MessageEvent) => boolean} isOwn
 * @property {(message: Wire.MessageEvent) => Promise<string | null>} textOf the text as written; null if it is not known
 * @property {(id: number) => string} linkTo the address of a message
 * @property {() => string[]} quickEmoji
 * @property {(message: Wire.MessageEvent, emoji: string) => void} react
 * @property {(message: Wire.MessageEvent, anchor: HTMLElement) => void} pickEmoji
 * @property {(message: Wire.MessageEvent) => void} reply
 * @property {(message: Wire.MessageEvent) => void} edit
 * @property {(message: Wire.MessageEvent) => void} remove
 * @property {(message: Wire.MessageEvent) => void} markUnread
 *
 * @typedef {object} MessageAction
 * @property {string} name
 * @property {string} icon
 * @property {() => string} label
 * @property {string} [key] does the same on the message that has the focus, as KeyboardEvent.key has it
 * @property {(message: Wire.MessageEvent, page: MessagePage) => boolean} isOffered
 * @property {(message: Wire.MessageEvent, page: MessagePage, anchor: HTMLElement) => void} run
 */

const isAlways = () => true;
/** @type {MessageAction["isOffered"]} */
const isWritable = (_, page) => page.canWrite();
/** @type {MessageAction["isOffered"]} */
const isOwn = (message, page) => page.canWrite() && page.isOwn(message);

/** @type {MessageAction[]} in the order of the buttons; those that copy follow */
export const ACTIONS = [
  {
    name: "react",
    icon: "react",
    label: () => gettext("Add a reaction"),
    key: "+",
    isOffered: isWritable,
    run: (message, page, anchor) => page.pickEmoji(message, anchor),
  },
  {
    name: "reply",
    icon: "reply",
    label: () => gettext("Reply"),
    key: "R",
    isOffered: isWritable,
    run: (message, page) => page.reply(message),
  },
  {
    name: "edit",
    icon: "pencil",
    label: () => gettext("Edit"),
    key: "E",
    isOffered: isOwn,
    run: (message, page) => page.edit(message),
  },
  {
    name: "delete",
    icon: "trash",
    label: () => gettext("Delete"),
    key: "Delete",
    isOffered: isOwn,
    run: (message, page) => page.remove(message),
  },
  {
    name: "mark-unread",
    icon: "unread",
    label: () => gettext("Mark as unread from here"),
    key: "U",
    isOffered: isAlways,
    run: (message, page) => page.markUnread(message),
  },
];

/** @param {MessageAction} action */
export function actionButton({name, icon: iconName, label, key}) {
  const text = element("span", {className: "message-actions__label"}, label());
  const button = element("button", {type: "button", className: BUTTON_CLASS, title: label(), dataset: {action: name}});
  button.append(icon(iconName), text);
  if (key) button.setAttribute("aria-keyshortcuts", key);
  return button;
}

/** @param {Wire.MessageEvent} message @param {string} emoji */
export function quickButton({reactions = []}, emoji) {
  const label = interpolate(gettext("React with %(emoji)s"), {emoji});
  const button = element(
    "button",
    {type: "button", className: `${BUTTON_CLASS} ${BUTTON_CLASS}--emoji`, title: label},
    emoji,
  );
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-pressed", String(reactions.some((reaction) => reaction.emoji === emoji && reaction.mine)));
  return button;
}
