/**
 * The arrow keys in a grid of several groups, each of which begins a new row. Pure.
 */

/**
 * The index of the cell that a key leads to; null if the key moves nothing.
 * @param {string} key of the event
 * @param {number} index of the cell that is active; -1 without one
 * @param {number[]} sizes of the groups, in cells
 * @param {number} columns
 */
export function nextCell(key, index, sizes, columns) {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const target = index < 0 ? firstCell(key, count) : cellFrom(key, index, sizes, columns, count);
  return target === null || target < 0 || target >= count || target === index ? null : target;
}

/** @param {string} key @param {number} count */
function firstCell(key, count) {
  return {ArrowDown: 0, ArrowRight: 0, Home: 0, End: count - 1}[key] ?? null;
}

/** @param {string} key @param {number} index @param {number[]} sizes @param {number} columns @param {number} count */
function cellFrom(key, index, sizes, columns, count) {
  if (key === "ArrowDown" || key === "ArrowUp")
    return cellInNextRow(key === "ArrowDown" ? 1 : -1, index, sizes, columns);
  return {ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: count - 1}[key] ?? null;
}

/** The cell above or below, or the last one of a shorter row. @param {1 | -1} step @param {number} index @param {number[]} sizes @param {number} columns */
function cellInNextRow(step, index, sizes, columns) {
  const rows = rowsOf(sizes, columns);
  const at = rows.findIndex(({start, length}) => index < start + length);
  const next = rows[at + step];
  return next ? next.start + Math.min(index - rows[at].start, next.length - 1) : null;
}

/** @param {number[]} sizes @param {number} columns */
function rowsOf(sizes, columns) {
  const rows = [];
  let start = 0;
  for (const size of sizes) {
    for (let left = size; left > 0; left -= columns) {
      const length = Math.min(left, columns);
      rows.push({start, length});
      start += length;
    }
  }
  return rows;
}
