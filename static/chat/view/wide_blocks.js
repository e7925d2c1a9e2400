/**
 * Code and tables that are wider than the message scroll sideways. Focus makes that possible with the keyboard.
 */

// Called after the layout, so measuring costs nothing; and again at another width.
const observer = new ResizeObserver((entries) => {
  for (const {target} of entries) updateTabIndex(target);
});

/** @param {HTMLElement} body of a message */
export function watchWideBlocks(body) {
  for (const block of body.querySelectorAll("pre, table")) observer.observe(block);
}

/** @param {Element} block */
function updateTabIndex(block) {
  if (block.scrollWidth > block.clientWidth) block.setAttribute("tabindex", "0");
  else block.removeAttribute("tabindex");
}
