/**
 * Where a box stands beside what it belongs to, inside the window. Pure.
 */

const GAP_PX = 8;

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box in pixels */

/**
 * Above the anchor if there is room, else below it, else as far up as it fits; its right end at that of the anchor.
 * @param {Box} anchor
 * @param {{width: number, height: number}} size of the box
 * @param {{width: number, height: number}} viewport
 */
export function placeBeside(anchor, size, viewport) {
  const above = anchor.top - GAP_PX - size.height;
  const top = above >= GAP_PX ? above : anchor.bottom + GAP_PX;
  return {
    left: within(anchor.right - size.width, viewport.width - size.width),
    top: within(top, viewport.height - size.height),
  };
}

/** @param {number} start @param {number} space that is left beside the box */
function within(start, space) {
  return Math.max(Math.min(start, space - GAP_PX), Math.min(GAP_PX, space / 2), 0);
}
