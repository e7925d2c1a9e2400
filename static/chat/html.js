/**
 * The one place that puts HTML into the page: the `html` field of a message, made safe by chat/markup.py.
 *
 * The content security policy demands Trusted Types and knows one policy, this one; whatever else writes HTML throws.
 */

/** @typedef {{createHTML(html: string): string}} Policy */

const {trustedTypes} = /** @type {{trustedTypes?: {createPolicy(name: string, rules: Policy): Policy}}} */ (
  /** @type {unknown} */ (globalThis)
);
/** @type {Policy} */
const policy = {createHTML: (html) => html};
const trusted = trustedTypes?.createPolicy("chat-html", policy) ?? policy;

/** @param {Element} element @param {string} html safe, from the server */
export function setHtml(element, html) {
  element.innerHTML = trusted.createHTML(html);
}
