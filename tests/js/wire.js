/**
 * The frames of tests/fixtures/wire.json.
 */

import {readFileSync} from "node:fs";

/** By name: `{direction: "client" | "server", frame}`. */
export const wire = JSON.parse(readFileSync(new URL("../fixtures/wire.json", import.meta.url), "utf8"));

/** `[name, frame]` of each frame that the server sends. */
export const serverFrames = framesOf("server");

/** `[name, frame]` of each frame that a client sends. */
export const clientFrames = framesOf("client");

function framesOf(side) {
  return Object.entries(wire).flatMap(([name, {direction, frame}]) => (direction === side ? [[name, frame]] : []));
}
