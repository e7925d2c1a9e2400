/**
 * The one place that puts HTML into the page: the `html` field of a message, made safe by chat/text/markup.py.
 *
 * The content security policy demands Trusted Types and knows one policy, this one; whatever else writes HTML throws.
 * The policy believes nobody either: it passes what chat/text/markup.py can make, and the rest is shown as text.
 */

/** @typedef {{createHTML(html: string): string}} Policy */

const TAGS = [
  "/?(?:br|strong|em|del|code|pre|ul|ol)",
  "/(?:p|blockquote|li|a)",
  '(?:p|li|blockquote) dir="auto"',
  'ol start="[0-9]{1,3}"',
  'code class="language-[a-z0-9_+#.-]{1,20}"',
  'a(?: (?:href="(?:https?://|mailto:)[^"]*"|rel="noopener noreferrer nofollow"|target="_blank")){3}',
];
const NO_TAG_OF_OURS = new RegExp(`<(?!(?:${TAGS.join("|")})>)`, "gi");

/** @type {Policy} */
const policy = {createHTML: onlyMarkup};
const {trustedTypes} = /** @type {{trustedTypes?: {createPolicy(name: string, rules: Policy): Policy}}} */ (
  /** @type {unknown} */ (globalThis)
);
const trusted = trustedTypes?.createPolicy("chat-html", policy) ?? policy;

/** @param {Element} element @param {string} html of a message */
export function setHtml(element, html) {
  element.innerHTML = trusted.createHTML(html);
}

/**
 * The same HTML, but every < that begins none of our tags is text. What is left are whole tags of known attributes with
 * text in between, which every parser reads alike.
 * @param {string} html
 */
export function onlyMarkup(html) {
  return html.replace(NO_TAG_OF_OURS, "&lt;");
}
