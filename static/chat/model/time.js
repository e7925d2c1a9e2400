/**
 * Times in the reader's zone and locale, and which messages belong under one heading.
 */

const TOGETHER = 5 * 60 * 1000; // 5 min
const DAY = 24 * 60 * 60 * 1000;

const CLOCK = new Intl.DateTimeFormat(undefined, {hour: "numeric", minute: "2-digit"});
const FULL = new Intl.DateTimeFormat(undefined, {dateStyle: "full", timeStyle: "medium"});
const THIS_YEAR = new Intl.DateTimeFormat(undefined, {weekday: "long", day: "numeric", month: "long"});
const OTHER_YEAR = new Intl.DateTimeFormat(undefined, {dateStyle: "long"});

/** @typedef {{author: string, username: string, timestamp: string}} Said */

/** When it was said. What is no time at all, in a file that its owner edited, is long ago. @param {string} timestamp */
export function momentOf(timestamp) {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** "12:54" @param {Date} date */
export function clockTime(date) {
  return CLOCK.format(date);
}

/** The whole of it, with the seconds. @param {Date} date */
export function fullTime(date) {
  return FULL.format(date);
}

/** "Today", "Yesterday", or the date. @param {Date} date @param {Date} now */
export function dayName(date, now) {
  // Rounded, for a day may have 23 or 25 hours.
  const days = Math.round((midnight(now) - midnight(date)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? THIS_YEAR : OTHER_YEAR).format(date);
}

/** Whether a new day begins with this message, for this reader. @param {Said | undefined} above @param {Said} message */
export function beginsDay(above, message) {
  return !above || midnight(momentOf(above.timestamp)) !== midnight(momentOf(message.timestamp));
}

/** Whether it goes on under the heading of the one above. @param {Said | undefined} above @param {Said} message */
export function continues(above, message) {
  if (!above || beginsDay(above, message)) return false;
  const samePerson = above.author === message.author && above.username === message.username;
  return samePerson && Math.abs(momentOf(message.timestamp).getTime() - momentOf(above.timestamp).getTime()) < TOGETHER;
}

/** @param {Date} date @returns {number} the beginning of its day, in the reader's zone */
function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
