// A chat with Node's `ws`, as its documentation recommends: each message goes to all clients; nothing is stored.
//
//     node ws.mjs PORT

import WebSocket, { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
let id = 0;

server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const { message } = JSON.parse(data);
    const text = JSON.stringify({ id: ++id, message, timestamp: new Date().toISOString() });
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(text);
    }
  });
});
