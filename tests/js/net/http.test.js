import assert from "node:assert/strict";
import test from "node:test";
import {HttpClient, RequestError} from "../../../static/chat/net/http.js";

/** A client whose requests are recorded and get this response; without one, they fail as without a network. */
function client(t, response) {
  const requests = [];
  t.mock.method(globalThis, "fetch", async (url, init) => {
    requests.push({url, ...init});
    if (!response) throw new TypeError("Failed to fetch");
    return response;
  });
  return {http: new HttpClient("token"), requests};
}

const json = (body, status = 200) => new Response(JSON.stringify(body), {status});

test("a form is posted with the CSRF token", async (t) => {
  const {http, requests} = client(t, json({username: "ada"}));
  assert.deepEqual(await http.postForm("/name/", {username: "ada"}), {username: "ada"});
  const [{url, method, headers, body}] = requests;
  assert.deepEqual([url, method, String(body)], ["/name/", "POST", "username=ada"]);
  assert.deepEqual(headers, {Accept: "application/json", "X-CSRFToken": "token"});
});

test("JSON is requested without the CSRF token", async (t) => {
  const {http, requests} = client(t, json({rooms: []}));
  assert.deepEqual(await http.getJson("/api/rooms/"), {rooms: []});
  assert.deepEqual(requests, [{url: "/api/rooms/", headers: {Accept: "application/json"}, signal: null}]);
});

test("a refused request throws the server's sentence, with all that the answer says", async (t) => {
  const answer = {error: {code: "address_taken", detail: "It is taken."}, free: "c-2"};
  const {http} = client(t, json(answer, 409));
  await assert.rejects(http.postForm("/chat/", {}), new RequestError("It is taken.", answer));
});

test("an error without a sentence names its status", async (t) => {
  const {http} = client(t, new Response("<h1>Bad gateway</h1>", {status: 502}));
  await assert.rejects(http.getJson("/api/rooms/"), new RequestError("The server answered with an error (502)."));
});

test("a success that is not JSON is an error too", async (t) => {
  const {http} = client(t, new Response("<html>", {status: 200}));
  await assert.rejects(http.getJson("/api/rooms/"), RequestError);
});

test("an unreachable server is an error with a sentence of its own", async (t) => {
  const {http} = client(t, null);
  await assert.rejects(http.getJson("/api/rooms/"), /The server cannot be reached/);
});
