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
