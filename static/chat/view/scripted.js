/**
 * Elements that only scripts can serve: templates, dialogs, buttons. The server sends them as JSON, because browsers
 * without scripts would show them. See chat/views/scripted.py.
 */

import {find} from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {[name: string, attributes: Record<string, string>, ...children: (Tree | string)[]]} Tree */

/**
 * Puts the elements into the page: each before the element whose id its `data-before` names, at the end of the one that
 * `data-parent` names, or at the end of the body. Removes what is there for browsers without scripts.
 */
export function addScriptedElements() {
  /** @type {Tree[]} */
  const trees = JSON.parse(find("#scripted-elements", HTMLScriptElement).text);
  for (const tree of trees) place(createElement(tree, null));
  for (const element of document.querySelectorAll(".without-scripts")) element.remove();
}

/** @param {Element} element */
function place(element) {
  const before = element.getAttribute("data-before");
  const parent = element.getAttribute("data-parent");
  element.removeAttribute("data-before");
  element.removeAttribute("data-parent");
  if (before) find(`#${before}`, Element).before(element);
  else (parent ? find(`#${parent}`, Element) : document.body).append(element);
}

/** @param {Tree} tree @param {string | null} namespace of the parent, if it is not HTML @returns {Element} */
function createElement([name, attributes, ...children], namespace) {
  const inner = name === "svg" ? SVG : namespace;
  const element = inner ? document.createElementNS(inner, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  const content = element instanceof HTMLTemplateElement ? element.content : element;
  content.append(...children.map((child) => (typeof child === "string" ? child : createElement(child, inner))));
  return element;
}
