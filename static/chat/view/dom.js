/**
 * Finding what the templates promise: a missing element is our own mistake, and says so at once.
 */

/**
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} root
 * @returns {T}
 */
export function find(selector, kind, root = document) {
  const element = root.querySelector(selector);
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${selector}.`);
}

/** A fresh copy of the one element inside a <template>. @param {string} selector @returns {HTMLElement} */
export function cloneTemplate(selector) {
  const {content} = find(selector, HTMLTemplateElement);
  const element = content.firstElementChild?.cloneNode(true);
  if (element instanceof HTMLElement) return element;
  throw new Error(`${selector} is empty.`);
}
