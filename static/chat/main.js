/**
 * Puts the parts together and starts them: the only module that acts when it is loaded.
 *
 * The page already shows the newest messages. They are taken over as they are, and the connection goes on exactly
 * where they end.
 */

import {randomId} from "./model/client_id.js";
import {People} from "./model/members.js";
import {Outbox} from "./model/outbox.js";
import {RoomList} from "./model/room_list.js";
import {SafeStorage} from "./model/safe_storage.js";
import {Timeline} from "./model/timeline.js";
import {TypingNotice, Typists, typingSentence} from "./model/typing.js";
import {Unread} from "./model/unread.js";
import {renameFrame, typingFrame} from "./net/client_frames.js";
import {Delivery} from "./net/delivery.js";
import {Pages} from "./net/history_loader.js";
import {HttpClient} from "./net/http.js";
import {parsePageConfig} from "./net/page_config.js";
import {reconnectDelay} from "./net/reconnect.js";
import {Session} from "./net/session.js";
import {Socket} from "./net/socket.js";
import {Composer} from "./view/composer.js";
import {Status} from "./view/connection_status.js";
import {Me} from "./view/current_user_button.js";
import {find} from "./view/dom.js";
import {Drawer} from "./view/drawer.js";
import {PeopleView} from "./view/members_view.js";
import {Log} from "./view/message_list_controller.js";
import {TimelineView} from "./view/message_list_view.js";
import {NameForm} from "./view/name_form.js";
import {NewRoomForm} from "./view/new_room_form.js";
import {RoomsView} from "./view/rooms_view.js";

const config = parsePageConfig(JSON.parse(find("#chat-config", HTMLScriptElement).text));
const http = new HttpClient(find("[name=csrfmiddlewaretoken]", HTMLInputElement).value);
const send = (/** @type {string} */ text) => socket.send(text);

const me = new Me(config.you);
const unread = new Unread();
const status = new Status(
  {
    root: find("#status", HTMLElement),
    text: find("#status-text", HTMLElement),
    countdown: find("#status-countdown", HTMLElement),
    button: find("#status-button", HTMLElement),
  },
  () => socket.wake(),
);

const view = new TimelineView(find("#message-list", HTMLElement));
const timeline = new Timeline({messages: view.hydrate(), lastId: config.last_id, complete: config.complete});
const pages = new Pages({timeline, send, longest: config.limits.history, onLost: () => log.drawSoon()});
const outbox = new Outbox(new SafeStorage(() => sessionStorage, `outbox:${config.room}`));
const log = new Log({timeline, outbox, view, pages, unread, me, name: config.name});
const delivery = new Delivery(outbox, send, () => log.drawSoon());

const typingLine = find("#typing", HTMLElement);
const typists = new Typists((names) => {
  typingLine.textContent = typingSentence(names);
});
const typingNotice = new TypingNotice(() => send(typingFrame()));

const people = new People();
const peopleView = new PeopleView();
const parts = {timeline, pages, log, delivery, people, peopleView, typists, status, me};
const session = new Session(parts, config.epoch, () => socket.welcomed());
const socket = new Socket({
  url: socketUrl,
  delay: reconnectDelay,
  onState: connectionChanged,
  onText: (text) => session.receive(text),
});

const composer = new Composer({
  longest: config.limits.message,
  draft: new SafeStorage(() => localStorage, `draft:${config.room}`),
  onSend: post,
  onTyping: () => typingNotice.typed(Date.now()),
});
const joinForm = new NameForm({
  form: find("#join-form", HTMLFormElement),
  url: config.name_url,
  http,
  onNamed: joined,
});
const nameForm = new NameForm({
  form: find("#name-form", HTMLFormElement),
  url: config.name_url,
  http,
  onNamed: renamed,
});
const nameDialog = find("#name-dialog", HTMLDialogElement);
const currentRoom = {room: config.room, name: config.name, last_id: config.last_id, url: location.pathname};
const rooms = new RoomList(currentRoom, new SafeStorage(() => localStorage, "seen"));
const roomsView = new RoomsView({rooms, http, url: config.rooms_url});
new NewRoomForm({http, url: config.create_url});
const drawer = new Drawer({
  sidebar: find("#sidebar", HTMLElement),
  covered: [find("#timeline", HTMLElement), find("#foot", HTMLElement)],
  opener: find("#menu-button", HTMLElement),
  closer: find("#menu-close", HTMLElement),
});

listen();
roomsView.start();
forgetWhatArrived();
log.draw();
log.toEnd();
if (me.person.username) enter();
else joinForm.show();

function listen() {
  me.onClick(askForName);
  find("#name-cancel", HTMLElement).addEventListener("click", () => nameDialog.close());
  find("#message-list", HTMLElement).addEventListener("click", decideOnFailed);
  for (const name of ["online", "offline", "pageshow"]) window.addEventListener(name, () => socket.wake());
  document.addEventListener("visibilitychange", visibilityChanged);
}

/** A message sent just before the reload may be in the page already. */
function forgetWhatArrived() {
  for (const {author, client_id} of timeline.messages) {
    if (client_id && author === me.person.author) outbox.acknowledge(client_id);
  }
}

function enter() {
  joinForm.hide();
  composer.show();
  socket.start();
}

/** @param {Wire.Member} you */
function joined(you) {
  me.become(you);
  enter();
}

function askForName() {
  drawer.close();
  nameDialog.showModal();
  nameForm.fill(me.person.username);
}

/** @param {Wire.Member} you */
function renamed(you) {
  me.become(you);
  nameDialog.close();
  composer.focus();
  send(renameFrame(you.username));
}

/** @param {string} text */
function post(text) {
  typingNotice.sent();
  unread.answered();
  delivery.post(text, randomId());
  log.draw(); // in the very frame in which Enter was pressed
  log.toEnd();
}

/** @param {MouseEvent} event */
function decideOnFailed({target}) {
  const action = target instanceof HTMLElement ? target.dataset.action : undefined;
  const clientId = target instanceof HTMLElement ? target.closest("li")?.dataset.clientId : undefined;
  if (!action || !clientId) return;
  const words = delivery.withdraw(clientId);
  if (action === "edit") composer.takeBack(words);
}

function socketUrl() {
  const url = new URL(config.socket, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.search = new URLSearchParams(session.position).toString();
  return url.href;
}

/** @param {ConnectionState} state */
function connectionChanged(state) {
  status.show(state);
  if (state.name !== "connected") session.disconnected();
  if (state.name === "stopped") composer.hide();
}

function visibilityChanged() {
  unread.visibilityChanged();
  log.drawSoon(); // "Today" may have become "Yesterday"
  if (document.hidden) return;
  socket.wake();
  roomsView.refresh();
}
