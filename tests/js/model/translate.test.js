import assert from "node:assert/strict";
import {globSync, readFileSync} from "node:fs";
import test, {afterEach} from "node:test";
import {gettext, interpolate, locale, ngettext, useLanguage} from "../../../static/chat/model/translate.js";

const GERMAN = {Yesterday: "Gestern", "%(count)s message": ["%(count)s Nachricht", "%(count)s Nachrichten"]};

afterEach(() => useLanguage("en", {}));

test("without translations a text is the English one of the source", () => {
  assert.equal(gettext("Yesterday"), "Yesterday");
  assert.equal(ngettext("%(count)s message", "%(count)s messages", 1), "%(count)s message");
  assert.equal(ngettext("%(count)s message", "%(count)s messages", 0), "%(count)s messages");
  assert.equal(gettext("constructor"), "constructor");
});

test("a text is looked up, and has the plural form of its count", () => {
  useLanguage("de", GERMAN);
  assert.equal(gettext("Yesterday"), "Gestern");
  const forms = [0, 1, 2].map((count) => ngettext("%(count)s message", "%(count)s messages", count));
  assert.deepEqual(forms, ["%(count)s Nachrichten", "%(count)s Nachricht", "%(count)s Nachrichten"]);
});

test("a text that is not translated stays English, with the English plural", () => {
  useLanguage("de", GERMAN);
  assert.equal(gettext("Tomorrow"), "Tomorrow");
  assert.equal(ngettext("one", "many", 2), "many");
});

test("placeholders are replaced by values: numbers as in the language, texts as they are", () => {
  assert.equal(interpolate("%(count)s of %(name)s", {count: 12345, name: "%(count)s"}), "12,345 of %(count)s");
  useLanguage("de", GERMAN);
  assert.equal(interpolate("%(count)s, %(missing)s", {count: 12345}), "12.345, %(missing)s");
});

test("dates are written as in the browser's locale if that has the language of the page", () => {
  assert.equal(locale(), "en");
  useLanguage("de", {}, ["fr", "de-AT", "de"]);
  assert.equal(locale(), "de-AT");
  useLanguage("en", {}, ["fr"]);
  assert.equal(locale(), "en");
});

for (const path of globSync("chat/locale/*/LC_MESSAGES/djangojs.po")) {
  test(`${path}: the plural forms are those that the browser chooses`, () => {
    const language = path.split("/")[2] ?? "";
    const [, total, rule] = /nplurals=(\d+); plural=([^;]+);/.exec(readFileSync(path, "utf8")) ?? [];
    const pluralForm = new Function("n", `return Number(${rule})`);
    const forms = Array.from({length: Number(total)}, (_, form) => String(form));
    useLanguage(language, {singular: forms});
    for (let count = 0; count <= 200; count += 1) {
      assert.equal(ngettext("singular", "plural", count), String(pluralForm(count)), `${count}`);
    }
  });
}
