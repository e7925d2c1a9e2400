/**
 * On a phone the sidebar is a drawer. While it is open, log and composer cannot be reached; the header stays.
 */

const PHONE = "(max-width: 45rem)"; // as in layout.css

export class Drawer {
  #sidebar;
  #covered;
  #opener;
  #closer;

  /** @param {{sidebar: HTMLElement, covered: HTMLElement[], opener: HTMLElement, closer: HTMLElement}} elements */
  constructor({sidebar, covered, opener, closer}) {
    this.#sidebar = sidebar;
    this.#covered = covered;
    this.#opener = opener;
    this.#closer = closer;
    closer.addEventListener("click", () => this.close());
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", ({key}) => key === "Escape" && this.close());
    matchMedia(PHONE).addEventListener("change", () => this.close());
  }

  close() {
    if (!this.#isOpen) return;
    this.#toggle(false);
    this.#opener.focus();
  }

  get #isOpen() {
    return this.#sidebar.hasAttribute("data-open");
  }

  /** The button opens it, and a click beside it closes it. @param {MouseEvent} event */
  #clicked({target}) {
    if (!(target instanceof Node) || this.#sidebar.contains(target)) return;
    if (this.#isOpen) this.close();
    else if (this.#opener.contains(target)) this.#open();
  }

  #open() {
    this.#toggle(true);
    this.#closer.focus();
  }

  /** @param {boolean} open */
  #toggle(open) {
    this.#sidebar.toggleAttribute("data-open", open);
    for (const element of this.#covered) element.inert = open;
    this.#opener.setAttribute("aria-expanded", String(open));
  }
}
