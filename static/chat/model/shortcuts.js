/**
 * Which key does what. Pure.
 */

/** @typedef {"switcher" | "previousRoom" | "nextRoom" | "previousUnread" | "nextUnread" | "newest" | "help" | "search"} Shortcut */
/** @typedef {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing">} Keys */

/**
 * @param {Keys} event
 * @param {boolean} isTyping whether a field has the focus: there "?" and "/" are letters
 * @returns {Shortcut | null}
 */
export function shortcutOf({key, ctrlKey, metaKey, altKey, shiftKey, isComposing}, isTyping) {
  if (isComposing) return null; // Escape and the arrows belong to the input method
  const isCommand = ctrlKey !== metaKey;
  if (isCommand && !altKey && shiftKey) return key.toLowerCase() === "f" ? "search" : null;
  if (isCommand && !altKey && !shiftKey) return key.toLowerCase() === "k" ? "switcher" : null;
  if (ctrlKey || metaKey) return null;
  if (altKey && key === "ArrowUp") return shiftKey ? "previousUnread" : "previousRoom";
  if (altKey && key === "ArrowDown") return shiftKey ? "nextUnread" : "nextRoom";
  if (altKey) return null;
  if (key === "Escape" && !shiftKey) return "newest";
  if (isTyping) return null;
  return key === "?" ? "help" : key === "/" ? "search" : null;
}

/**
 * The room before or after the current one in a list that may not have it.
 * @template {{isCurrent: boolean, isUnread: boolean}} Item
 * @param {Item[]} items in the order of the list
 * @param {Shortcut} shortcut
 * @returns {Item | undefined} for unread rooms also from the other end of the list
 */
export function roomFor(items, shortcut) {
  const current = items.findIndex(({isCurrent}) => isCurrent);
  if (shortcut === "previousRoom") return items[current - 1];
  if (shortcut === "nextRoom") return items[current + 1];
  const after = [...items.slice(current + 1), ...items.slice(0, Math.max(current, 0))].filter(({isUnread}) => isUnread);
  return after.at(shortcut === "nextUnread" ? 0 : -1);
}
