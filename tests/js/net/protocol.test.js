import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import {CloseCode, isFinal, PROTOCOL_VERSION} from "../../../static/chat/net/protocol.js";
import {wire} from "../wire.js";

const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");

test("only close codes from 4100 to 4199 are final", () => {
  const codes = [1000, 1006, 1012, 4000, 4002, 4008, 4009, 4099, 4100, 4101, 4199, 4200];
  assert.deepEqual(codes.filter(isFinal), [4100, 4101, 4199]);
});

test("the close codes are those of the protocol page, final where a client must not reconnect", () => {
  const documented = [...page.matchAll(/^\| `?(4\d{3})`? \| (yes|no) \|/gm)];
  const expected = documented.map(([, code, mayReconnect]) => [Number(code), mayReconnect === "no"]);
  assert.ok(expected.length > 0);
  assert.deepEqual(
    Object.values(CloseCode).map((code) => [code, isFinal(code)]),
    expected,
  );
});

test("the protocol version is that of the server's welcome", () => {
  assert.equal(PROTOCOL_VERSION, wire.welcome.frame.protocol);
});
