import assert from "node:assert/strict";
import test from "node:test";
import {parsePageConfig} from "../../../static/chat/net/page_config.js";
import {ValidationError} from "../../../static/chat/net/validation.js";

const CONFIG = {
  protocol: 1,
  room: "lobby",
  name: "Lobby",
  topic: "",
  epoch: "5f3c9a1b",
  last_id: 18,
  complete: false,
  you: {username: "", author: "a1"},
  site: "",
  socket: "/ws/chat/lobby/",
  room_url: "/chat/lobby/",
  name_url: "/name/",
  rooms_url: "/api/rooms/",
  all_rooms_url: "/api/rooms/",
  people_url: "/api/people/?room=lobby",
  worker_url: "/service-worker.js",
  on_demand_css_url: "/static/chat/css/on-demand.css",
  create_url: "/chat/",
  any_room_url: "/chat/{room}/",
  messages_url: "/api/rooms/{room}/messages",
  emoji_url: "/static/chat/emoji/en.json",
  badge_url: "/icon-{count}.svg",
  numbers: {room: "lobby", name: "Lobby", last_id: 18, messages: 17},
  limits: {message: 4000, username: 32, history: 200},
};

test("the configuration that the server puts into the page is accepted unchanged", () => {
  assert.deepEqual(parsePageConfig(CONFIG), CONFIG);
});

test("a path, position or epoch that is missing is an error that names it", () => {
  for (const name of [
    "room",
    "name",
    "topic",
    "epoch",
    "last_id",
    "complete",
    "site",
    "socket",
    "room_url",
    "name_url",
    "rooms_url",
    "all_rooms_url",
    "people_url",
    "worker_url",
    "create_url",
    "any_room_url",
    "messages_url",
    "emoji_url",
    "badge_url",
  ]) {
    const {[name]: _, ...rest} = CONFIG;
    assert.throws(() => parsePageConfig(rest), {constructor: ValidationError, message: new RegExp(`^${name} is not`)});
  }
  assert.throws(() => parsePageConfig(null), ValidationError);
});

test("a page of another protocol version is an error", () => {
  assert.throws(() => parsePageConfig({...CONFIG, protocol: 2}), /protocol version 2/);
});
