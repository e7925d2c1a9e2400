/**
 * The HTML sanitizer of the page, behind that of the server: tags that the server's markup cannot produce become text.
 *
 * Attack: a fault in the server's markup lets through HTML with scripts or event handlers.
 */

const ALLOWED_TAGS = [
  "/?(?:br|strong|em|del|code|pre|ul|ol|table|thead|tbody|tr|th|td)",
  "/(?:p|blockquote|li|a|span)",
  '(?:p(?: class="emoji")?|li(?: class="task")?|blockquote) dir="auto"',
  '(?:th|td) align="(?:left|center|right)"',
  'span class="mention" data-username="[^"<>]*"',
  'ol start="[0-9]{1,3}"',
  'code class="language-[a-z0-9_+#.-]{1,20}"',
  'pre data-language="[a-z0-9_+#.-]{1,20}"',
  'a(?: (?:href="(?:https?://|mailto:)[^"]*"|title="[^"]*"|rel="noopener noreferrer nofollow"|target="_blank")){3,4}',
];
const START_OF_OTHER_TAG = new RegExp(`<(?!(?:${ALLOWED_TAGS.join("|")})>)`, "gi");

/**
 * Escapes each < that does not begin an allowed tag. The result consists of complete tags with known attributes and of
 * text, so every HTML parser reads it alike.
 * @param {string} html
 */
export function sanitize(html) {
  return html.replace(START_OF_OTHER_TAG, "&lt;");
}
