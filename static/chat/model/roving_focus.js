/**
 * Keys in a list of which one item at a time is in the tab order (roving tabindex). Pure.
 */

/**
 * The index of the item that gets the focus; null if the key moves nothing.
 * @param {string} key of the event
 * @param {number} index of the item that has the focus
 * @param {number} count of items
 */
export function nextFocusIndex(key, index, count) {
  const target = {ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: count - 1}[key] ?? index;
  return target === index || target < 0 || target >= count ? null : target;
}
