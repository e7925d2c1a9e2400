// Talk in a room: node client.mjs http://127.0.0.1:8000 lobby ada "Hello"
// Node 22 or newer, and no library.

const [site, room, username, message] = process.argv.slice(2);
if (!globalThis.WebSocket) end(`client.mjs needs Node 22 or newer; this is ${process.version}.`);
if (!message) end('Usage: node client.mjs http://127.0.0.1:8000 lobby ada "Hello"');
const page = await fetch(site).catch((error) => end(`${site} cannot be reached: ${error.cause?.code ?? error.message}`));
const cookies = page.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
const headers = {cookie: cookies.join("; ")}; // one author, also after a reconnect
const post = JSON.stringify({type: "message", message, client_id: crypto.randomUUID()});
let place = {username};

function end(sentence) {
  console.error(sentence);
  process.exit(1);
}

function hear(frame, socket) {
  if (frame.type === "error") console.error(`${frame.code}: ${frame.detail}`);
  if (frame.type === "welcome") {
    place = {since: frame.last_id, ...place, epoch: frame.epoch};
    if (frame.reset) place.since = 0;
    socket.send(post); // however often it is sent, it is stored once
  }
  for (const event of frame.events ?? [frame]) {
    if (event.id > place.since) {
      place.since = event.id;
      console.log(`${event.username ?? ""}: ${event.message ?? ""}`);
    }
  }
}

function closed(code) {
  if (code >= 4100 && code < 4200) process.exit(1); // final; the error frame says why
  console.error(`connecting again: closed with ${code}`);
  setTimeout(connect, 2000);
}

function connect() {
  const path = `/ws/chat/${encodeURIComponent(room)}/?${new URLSearchParams(place)}`;
  const socket = new WebSocket(site.replace(/\/$/, "").replace("http", "ws") + path, {headers});
  socket.onmessage = ({data}) => hear(JSON.parse(data), socket);
  socket.onclose = ({code}) => closed(code);
}

connect();
