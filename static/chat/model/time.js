/**
 * Times in the reader's time zone and locale, and which messages share a heading. Pure.
 */

import {gettext, locale} from "./translate.js";

const SAME_HEADING_WITHIN_MS = 5 * 60 * 1000; // as in chat/views/rows.py
const DAY_MS = 24 * 60 * 60 * 1000;

/** @typedef {Intl.DateTimeFormatOptions} Options */
/** @type {Record<"locale" | "24h", {clock: Options, full: Options}>} */
const CLOCKS = {
  locale: {
    clock: {hour: "numeric", minute: "2-digit"},
    full: {dateStyle: "full", timeStyle: "medium"},
  },
  "24h": {
    clock: {hour: "2-digit", minute: "2-digit", hourCycle: "h23"},
    full: {dateStyle: "full", timeStyle: "medium", hourCycle: "h23"},
  },
};
let options = CLOCKS.locale; // the page has one clock: see setClock
/** @type {Options} */
const DAY_OF_THIS_YEAR = {weekday: "long", day: "numeric", month: "long"};
/** @type {Options} */
const DAY_OF_OTHER_YEARS = {dateStyle: "long"};
/** @type {Options} */
const SHORT_DAY = {dateStyle: "medium"};
/** Making a format takes longer than using it. @type {Map<Options, {locale: string, format: Intl.DateTimeFormat}>} */
const formats = new Map();

/**
 * What the heading of a message shows.
 * @typedef {{author: string, username: string, timestamp: string, edited?: string, reply?: Wire.Reply}} Heading
 */

/** An invalid timestamp, which a file edited by its owner may contain, gives 1970. @param {string} timestamp */
export function parseTimestamp(timestamp) {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** From now on times are as the reader's locale has them, or always of 24 hours. @param {"locale" | "24h"} clock */
export function setClock(clock) {
  options = CLOCKS[clock];
}

/** "12:54" @param {Date} date */
export function clockTime(date) {
  return format(date, options.clock);
}

/** Date and time with seconds. @param {Date} date */
export function fullTime(date) {
  return format(date, options.full);
}

/** "23 Nov 2026, 12:54" @param {Date} date */
export function shortTime(date) {
  return `${format(date, SHORT_DAY)}, ${clockTime(date)}`;
}

/** "Today", "Yesterday", or the date. @param {Date} date @param {Date} now */
export function dayName(date, now) {
  // Rounded, because a day may have 23 or 25 hours.
  const days = Math.round((midnight(now) - midnight(date)) / DAY_MS);
  if (days === 0) return gettext("Today");
  if (days === 1) return gettext("Yesterday");
  return format(date, date.getFullYear() === now.getFullYear() ? DAY_OF_THIS_YEAR : DAY_OF_OTHER_YEARS);
}

/** The start of a day such as "2026-11-23" where the reader is; null if it is none. @param {string} day */
export function dayStart(day) {
  const start = new Date(`${day}T00:00:00`);
  return Number.isNaN(start.getTime()) ? null : start;
}

/** Whether the message is the first of its day. @param {Heading | undefined} above @param {Heading} message */
export function beginsDay(above, message) {
  return !above || midnight(parseTimestamp(above.timestamp)) !== midnight(parseTimestamp(message.timestamp));
}

/**
 * Whether the message shares the heading of the message above it. An answer, and a message that was edited, have one of
 * their own, which says so.
 * @param {Heading | undefined} above
 * @param {Heading} message
 */
export function isContinued(above, message) {
  if (!above || beginsDay(above, message) || message.edited || message.reply) return false;
  const isSamePerson = above.author === message.author && above.username === message.username;
  const distanceMs = parseTimestamp(message.timestamp).getTime() - parseTimestamp(above.timestamp).getTime();
  return isSamePerson && Math.abs(distanceMs) < SAME_HEADING_WITHIN_MS;
}

/** @param {Date} date @param {Options} options */
function format(date, options) {
  let made = formats.get(options);
  if (made?.locale !== locale()) {
    made = {locale: locale(), format: new Intl.DateTimeFormat(locale(), options)};
    formats.set(options, made);
  }
  return made.format.format(date);
}

/** The start of the date's day in the reader's time zone, in milliseconds. @param {Date} date @returns {number} */
function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
