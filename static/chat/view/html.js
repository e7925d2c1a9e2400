/**
 * The only function that puts HTML into the page: the `html` field of a message, which the server made.
 *
 * The content security policy requires Trusted Types and allows only the policy of this module. HTML from anywhere else
 * throws an error.
 */

import {sanitize} from "../model/sanitizer.js";

/** @typedef {{createHTML(html: string): string}} Policy */

/** @type {Policy} */
const policy = {createHTML: sanitize};
const {trustedTypes} = /** @type {{trustedTypes?: {createPolicy(name: string, rules: Policy): Policy}}} */ (
  /** @type {unknown} */ (globalThis)
);
const trustedPolicy = trustedTypes?.createPolicy("chat-html", policy) ?? policy;

/** @param {Element} element @param {string} html of a message */
export function setHtml(element, html) {
  element.innerHTML = trustedPolicy.createHTML(html);
}
