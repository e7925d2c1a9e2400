import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

import {isSameName, mentionOf, mentions} from "../../../static/chat/model/mentions.js";

const FIXTURE = JSON.parse(readFileSync(new URL("../../fixtures/mentions.json", import.meta.url), "utf8"));

test("a mention is written as the server recognises it", () => {
  for (const [username, text] of Object.entries(FIXTURE.written)) assert.equal(mentionOf(username), text);
  assert.equal(mentionOf('" ” “ »'), '" ” “ »', "no quotes are left");
});

test("names are the same in any case and with any blanks, and others are not", () => {
  for (const [a, b] of FIXTURE.same) assert.ok(isSameName(a, b), `${a} ${b}`);
  for (const [a, b] of FIXTURE.different) assert.ok(!isSameName(a, b), `${a} ${b}`);
});

test("a message mentions those whom its HTML names, and not those whose name stands in the text", () => {
  const html =
    '<p dir="auto">ada, <span class="mention" data-username="Bob">@Bob</span> and ' +
    '<span class="mention" data-username="&lt;a&gt; &amp; &quot;b&quot;">@„&lt;a&gt; &amp; "b"“</span></p>';
  for (const username of ["bob", '<a> & "b"', '<A>  & "B"']) assert.ok(mentions(html, username), username);
  for (const username of ["ada", "bo", "bobby", ""]) assert.ok(!mentions(html, username), username);
  const written = '<p dir="auto">&lt;span class="mention" data-username="ada"&gt;</p>';
  assert.ok(!mentions(written, "ada"));
});
