/**
 * Whether somebody looks at this page: it is visible, and its window has the focus.
 */

export class Attention {
  /** @param {() => void} onChange */
  constructor(onChange) {
    document.addEventListener("visibilitychange", onChange);
    for (const name of ["focus", "blur"]) window.addEventListener(name, onChange);
  }

  get isLooking() {
    return !document.hidden && document.hasFocus();
  }
}
