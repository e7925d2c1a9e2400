/**
 * Access to the elements of the templates. A missing element is a bug, so it throws an error.
 */

/**
 * The first element for a selector.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type the expected class of the element
 * @param {ParentNode} root
 * @returns {T}
 */
export function find(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${selector}.`);
}

/** A copy of the single element inside a <template>. @param {string} selector @returns {HTMLElement} */
export function cloneTemplate(selector) {
  const {content} = find(selector, HTMLTemplateElement);
  const element = content.firstElementChild?.cloneNode(true);
  if (element instanceof HTMLElement) return element;
  throw new Error(`${selector} is empty.`);
}

/**
 * An element with properties (`className`, `textContent`, `type` ...), data attributes under `dataset`, and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<Omit<HTMLElementTagNameMap[Tag], "dataset">> & {dataset?: Record<string, string>}} properties
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, {dataset = {}, ...properties} = {}, ...children) {
  const created = document.createElement(tag);
  Object.assign(created, properties);
  Object.assign(created.dataset, dataset);
  created.append(...children);
  return created;
}

/** Changes the text only if it differs: the same text again is a change for a screen reader. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** An icon of templates/chat/_icons.html. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}
