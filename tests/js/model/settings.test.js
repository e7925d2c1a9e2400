import assert from "node:assert/strict";
import test from "node:test";
import {Settings, storedSettings} from "../../../static/chat/model/settings.js";
import {MemoryStorage} from "../doubles.js";

test("without anything stored every setting has its initial value", () => {
  const settings = new Settings(new MemoryStorage());
  assert.equal(settings.get("theme"), "system");
  assert.equal(settings.get("density"), "comfortable");
  assert.equal(settings.get("clock"), "locale");
});

test("what is set is kept, beside the fields that others set or that this version does not know", () => {
  const storage = new MemoryStorage({density: "compact", future: {a: 1}});
  const settings = new Settings(storage);
  storage.write({...storage.value, clock: "24h"}); // another tab, whose event has not arrived yet
  settings.set("theme", "dark");
  assert.deepEqual(storage.value, {density: "compact", future: {a: 1}, clock: "24h", theme: "dark"});
  assert.equal(settings.get("clock"), "24h");
  assert.equal(new Settings(storage).get("theme"), "dark");
});

test("content of any other kind counts as nothing, and is replaced by the next choice", () => {
  for (const bad of [null, 7, "dark", ["dark"], {theme: "x-mark"}, {theme: {}}, {theme: null}, {people: true}]) {
    const storage = new MemoryStorage(bad);
    const settings = new Settings(storage);
    assert.equal(settings.get("theme"), "system");
    assert.equal(settings.get("people"), "open");
    settings.set("theme", "light");
    assert.equal(new Settings(storage).get("theme"), "light");
  }
});

test("a value that a setting does not have is a mistake of the caller", () => {
  const settings = new Settings(new MemoryStorage());
  assert.throws(() => settings.set("theme", /** @type {any} */ ("x-mark")), TypeError);
});

test("a listener gets the value now and after each change, from this tab and from others, once", () => {
  const storage = new MemoryStorage();
  const [here, there] = [new Settings(storage), new Settings(storage)];
  /** @type {string[]} */
  const seen = [];
  there.watch("theme", (theme) => seen.push(theme));
  here.set("theme", "dark");
  there.reload();
  there.reload();
  there.set("density", "compact");
  there.set("theme", "light");
  storage.write(null); // the browser's data were deleted
  there.reload();
  assert.deepEqual(seen, ["system", "dark", "light", "system"]);
});

test("in a browser that stores nothing a choice holds as long as the page", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  const settings = storedSettings(forbidden);
  settings.set("theme", "dark");
  settings.set("density", "compact");
  assert.equal(settings.get("theme"), "dark");
});

test("the key in the browser's storage is chatsite.settings", () => {
  const values = new Map();
  const area = {getItem: (key) => values.get(key) ?? null, setItem: (key, value) => values.set(key, value)};
  storedSettings(() => /** @type {any} */ (area)).set("theme", "dark");
  assert.deepEqual([...values], [["chatsite.settings", '{"theme":"dark"}']]);
});
