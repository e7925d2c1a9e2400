import assert from "node:assert/strict";
import test from "node:test";
import {newClientId} from "../../../static/chat/model/client_id.js";
import {wire} from "../wire.js";

test("client ids differ, and are short enough for the server", () => {
  const ids = Array.from({length: 1000}, () => newClientId());
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.ok(/^[0-9a-f]{32}$/.test(id) && id.length <= wire.welcome.frame.limits.client_id, id);
});
