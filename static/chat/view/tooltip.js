/**
 * The text of an element's `data-tooltip`, shown while the pointer is over the element, while it has the focus, or after
 * a finger rested on it. Escape hides it. It repeats what the accessible name says, so screen readers skip it.
 */

import {element} from "./dom.js";

const LONG_PRESS_MS = 500;
const GAP_PX = 6;
const EDGE_PX = 8;

export class Tooltips {
  #root;
  #box = element("div", {className: "tooltip"});
  /** @type {HTMLElement | null} */
  #owner = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pressTimer;

  /** @param {HTMLElement} root whose elements have tooltips */
  constructor(root) {
    this.#root = root;
    this.#box.setAttribute("aria-hidden", "true");
    root.addEventListener("pointerover", ({target, pointerType}) => pointerType !== "touch" && this.#show(target));
    root.addEventListener(
      "focusin",
      ({target}) => target instanceof Element && target.matches(":focus-visible") && this.#show(target),
    );
    root.addEventListener(
      "focusout",
      ({target}) => target === this.#owner && !this.#owner?.matches(":hover") && this.#hide(),
    );
    root.addEventListener("pointerdown", (event) => this.#onPress(event));
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, () => clearTimeout(this.#pressTimer));
    }
    document.addEventListener("pointerover", ({target}) => this.#leave(target));
    document.addEventListener("scroll", () => this.#hide(), {capture: true, passive: true});
    document.addEventListener("keydown", (event) => this.#onKeydown(event), {capture: true});
  }

  /** Shows the changed text of an element whose tooltip is open. */
  update() {
    if (this.#owner?.isConnected && this.#owner.dataset.tooltip) this.#place(this.#owner);
    else this.#hide();
  }

  /** @param {EventTarget | null} target */
  #show(target) {
    const owner = target instanceof Element ? target.closest("[data-tooltip]") : null;
    if (owner instanceof HTMLElement && owner !== this.#owner) this.#place(owner);
  }

  /** Above the element, or below it where there is no room. @param {HTMLElement} owner */
  #place(owner) {
    this.#owner = owner;
    this.#box.textContent = owner.dataset.tooltip ?? "";
    document.body.append(this.#box);
    const [around, {width, height}] = [owner.getBoundingClientRect(), this.#box.getBoundingClientRect()];
    const left = around.left + around.width / 2 - width / 2;
    const top = around.top - height - GAP_PX;
    this.#box.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
    this.#box.style.top = `${top < EDGE_PX ? around.bottom + GAP_PX : top}px`;
  }

  #hide() {
    this.#owner = null;
    this.#box.remove();
  }

  /** The pointer may be over the tooltip itself, to read it. @param {EventTarget | null} target */
  #leave(target) {
    if (!this.#owner || !(target instanceof Node) || this.#owner.contains(target) || this.#box.contains(target)) return;
    if (this.#owner !== document.activeElement) this.#hide();
  }

  /** @param {KeyboardEvent} event */
  #onKeydown(event) {
    if (event.key !== "Escape" || !this.#owner) return;
    this.#hide();
    event.preventDefault();
    event.stopPropagation();
  }

  /** A finger that rests shows the tooltip instead of pressing. @param {PointerEvent} event */
  #onPress({target, pointerType}) {
    clearTimeout(this.#pressTimer);
    this.#root.removeEventListener("click", swallow, {capture: true}); // not every browser clicks after a long press
    if (pointerType !== "touch") return;
    this.#hide();
    this.#pressTimer = setTimeout(() => {
      this.#show(target);
      if (this.#owner) this.#root.addEventListener("click", swallow, {capture: true, once: true});
    }, LONG_PRESS_MS);
  }
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
