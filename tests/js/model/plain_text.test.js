import assert from "node:assert/strict";
import test from "node:test";
import {plainText} from "../../../static/chat/model/plain_text.js";

/** Description, HTML, text. */
const CASES = [
  ["words", "<p>Hello Sue</p>", "Hello Sue"],
  ["marks inside of a word", '<p dir="auto">un<strong>belie</strong>vable <em>x</em></p>', "unbelievable x"],
  ["paragraphs, lines and items are separate words", "<p>a</p><p>b<br>c</p><ul><li>d</li><li>e</li></ul>", "a b c d e"],
  ["a link is its text", '<p><a href="https://a.example/?b&amp;c" title="&gt;">there</a></p>', "there"],
  ["escaped characters", "<p>1 &lt; 2 &amp;&amp; &quot;x&quot; &#x27;y&#39; &amp;lt;</p>", `1 < 2 && "x" 'y' &lt;`],
  ["what is no character stays", "<p>&#x110000;</p>", "&#x110000;"],
  ["code keeps its words", "<pre><code>if a:\n    b</code></pre>", "if a: b"],
];

for (const [description, html, text] of CASES) {
  test(`plain text: ${description}`, () => assert.equal(plainText(html, 100), text));
}

test("a long text is cut between characters", () => {
  assert.equal(plainText("<p>12345</p>", 5), "12345");
  assert.equal(plainText("<p>🌍🌍🌍</p>", 2), "🌍…");
});
