// Talk in a room: node examples/client.mjs http://127.0.0.1:8000 lobby ada "Hello" (Node 22 or newer)

const [site, room, username, message] = process.argv.slice(2);
const page = await fetch(`${site}/chat/${room}/`);
const cookies = page.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
const headers = {cookie: cookies.join("; ")}; // one author, also after a reconnect
const post = JSON.stringify({type: "message", message, client_id: crypto.randomUUID()});
let place = {username};

function hear(frame, socket) {
  if (frame.type === "welcome") {
    place = {since: frame.last_id, ...place, epoch: frame.epoch};
    if (frame.reset) place.since = 0;
    socket.send(post); // however often it is sent, it is stored once
  }
  for (const event of frame.events ?? [frame]) {
    if (event.id > place.since) {
      place.since = event.id;
      console.log(`${event.username}: ${event.message}`);
    }
  }
}

(function connect() {
  const address = `${site.replace("http", "ws")}/ws/chat/${room}/?${new URLSearchParams(place)}`;
  const socket = new WebSocket(address, {headers});
  socket.onmessage = ({data}) => hear(JSON.parse(data), socket);
  socket.onclose = ({code}) => (code >= 4100 && code < 4200) || setTimeout(connect, 2000);
})();
