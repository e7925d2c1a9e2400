import assert from "node:assert/strict";
import test from "node:test";
import {SafeStorage} from "../../../static/chat/model/safe_storage.js";

/** A storage area as in the browser, with a limit of characters per value. */
function storageArea(limit = Number.POSITIVE_INFINITY) {
  const values = new Map();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => {
      if (value.length > limit) throw new Error("QuotaExceededError");
      values.set(key, value);
    },
  };
}

test("a value is read as it was written, by its own key only", () => {
  const local = storageArea();
  new SafeStorage(() => local, "draft:lobby").write({text: "hello"});
  assert.deepEqual(new SafeStorage(() => local, "draft:lobby").read(), {text: "hello"});
  assert.equal(new SafeStorage(() => local, "draft:tea").read(), null);
  assert.equal(local.getItem("chatsite:draft:lobby"), '{"text":"hello"}');
});

test("storage that may not be used, or is full, holds nothing and throws nothing", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  for (const open of [forbidden, () => storageArea(1)]) {
    const storage = new SafeStorage(open, "draft:lobby");
    storage.write("words");
    assert.equal(storage.read(), null);
  }
});

test("text that is not JSON is no value", () => {
  const local = storageArea();
  local.setItem("chatsite:draft:lobby", "{");
  assert.equal(new SafeStorage(() => local, "draft:lobby").read(), null);
});
