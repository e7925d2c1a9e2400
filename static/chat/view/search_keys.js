/**
 * The keys of the search page: the arrows go from the field through the found messages, Escape and "/" to the field.
 */

export class SearchKeys {
  #field;

  /** @param {HTMLInputElement} field */
  constructor(field) {
    this.#field = field;
    document.addEventListener("keydown", (event) => this.#onKeyDown(event));
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = this.#targetOf(event.key, event.target);
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (target === this.#field) this.#field.select();
  }

  /** @param {string} key @param {EventTarget | null} from @returns {HTMLElement | undefined} */
  #targetOf(key, from) {
    const links = /** @type {HTMLAnchorElement[]} */ (Array.from(document.querySelectorAll(".hit__link")));
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (from));
    const isInField = from === this.#field;
    if (key === "ArrowDown" && (isInField || at >= 0)) return links[at + 1];
    if (key === "ArrowUp" && at >= 0) return links[at - 1] ?? this.#field;
    const isElsewhere = !isInField && !(from instanceof HTMLSelectElement);
    return (key === "Escape" && at >= 0) || (key === "/" && isElsewhere) ? this.#field : undefined;
  }
}
