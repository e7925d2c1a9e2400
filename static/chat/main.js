/**
 * Creates the objects of the page, connects them and starts them. No other module acts when it is loaded.
 *
 * The server has rendered the newest messages into the page. They are taken over unchanged, and the connection resumes
 * after the last of them.
 */

import {newClientId} from "./model/client_id.js";
import {CurrentUser} from "./model/current_user.js";
import {HeldDeletes} from "./model/held_deletes.js";
import {LeasedRecords} from "./model/leased_records.js";
import {Members} from "./model/members.js";
import {MentionCounts} from "./model/mention_counts.js";
import {mentionOf} from "./model/mentions.js";
import {MessageAddress} from "./model/message_address.js";
import {Outbox} from "./model/outbox.js";
import {RecentEmoji} from "./model/recent_emoji.js";
import {RoomList} from "./model/room_list.js";
import {RoomTitle} from "./model/room_title.js";
import {SafeStorage} from "./model/safe_storage.js";
import {SeenCounts} from "./model/seen_counts.js";
import {storedSettings} from "./model/settings.js";
import {SpokenConnection} from "./model/spoken_connection.js";
import {SpokenDelivery} from "./model/spoken_delivery.js";
import {Timeline} from "./model/timeline.js";
import {TypingThrottle} from "./model/typing_throttle.js";
import {Unread} from "./model/unread.js";
import {renameFrame, typingFrame} from "./net/client_frames.js";
import {Delivery} from "./net/delivery.js";
import {FrameHandlers} from "./net/frame_handlers.js";
import {HistoryLoader} from "./net/history_loader.js";
import {HttpClient} from "./net/http.js";
import {parsePageConfig} from "./net/page_config.js";
import {reconnectDelayMs} from "./net/reconnect.js";
import {Socket} from "./net/socket.js";
import {Announcer} from "./view/announcer.js";
import {AppShell} from "./view/app_shell.js";
import {followAppearance} from "./view/appearance.js";
import {Attention} from "./view/attention.js";
import {followClock} from "./view/clock.js";
import {ConnectionStatus} from "./view/connection_status.js";
import {Conversation} from "./view/conversation.js";
import {CurrentUserButton} from "./view/current_user_button.js";
import {find} from "./view/dom.js";
import {ElsewhereView} from "./view/elsewhere_view.js";
import {followLanguage} from "./view/language.js";
import {MembersView} from "./view/members_view.js";
import {MentionMarks} from "./view/mention_marks.js";
import {MessageLinks} from "./view/message_links.js";
import {MessageListController} from "./view/message_list_controller.js";
import {MessageListView} from "./view/message_list_view.js";
import {NameNotice} from "./view/name_notice.js";
import {Naming} from "./view/naming.js";
import {NoticeLines} from "./view/notice_lines.js";
import {createNotifier} from "./view/notifying.js";
import {OfflineCopy} from "./view/offline_copy.js";
import {OnDemand} from "./view/on_demand.js";
import {usePageLanguage} from "./view/page_language.js";
import {PageTitle} from "./view/page_title.js";
import {PeoplePanel} from "./view/people_panel.js";
import {RecordKeeper} from "./view/record_keeper.js";
import {RoomAbout} from "./view/room_about.js";
import {RoomsView} from "./view/rooms_view.js";
import {addScriptedElements} from "./view/scripted.js";
import {Tabs} from "./view/tabs.js";
import {TypingIndicator} from "./view/typing_indicator.js";
import {WritingStarter} from "./view/writing_starter.js";

usePageLanguage();
addScriptedElements();
const config = parsePageConfig(JSON.parse(find("#chat-config", HTMLScriptElement).text));
const settings = storedSettings(() => localStorage);
followAppearance(settings, config.site);
followLanguage(settings, config.site);
followClock(settings);
const http = new HttpClient(find("[name=csrfmiddlewaretoken]", HTMLInputElement).value);
const send = (/** @type {string} */ text) => socket.send(text);

const currentUserButton = new CurrentUserButton(askForName);
const currentUser = new CurrentUser(config.you, currentUserChanged);
const pageTitle = new PageTitle(config.badge_url);
const announcer = new Announcer();
const attention = new Attention(attentionChanged);
const tabs = new Tabs(config.site, config.room);
tabs.setLooking(attention.isLooking);
const urlOf = (/** @type {string} */ room) => config.any_room_url.replace("{room}", room);
const notifier = createNotifier({settings, tabs, http, config, currentUser, onFetched});
const spokenConnection = new SpokenConnection(announcer);
const peoplePanel = new PeoplePanel(settings);
const status = new ConnectionStatus({
  waits: () => ({
    pingSentAt: socket.pingSentAt,
    messageSentAt: outbox.unansweredSince,
    lastFrameAt: socket.lastFrameAt,
  }),
  onTryNow: () => socket.wake(),
  onProbe: () => socket.wake(),
  onNews: (news) => spokenConnection.show(news),
});

const messageAddress = new MessageAddress(config.room_url);
const messageListView = new MessageListView();
const {last_id: lastId, complete: hasOldest} = config;
const isMine = (/** @type {string} */ author) => currentUser.isAuthor(author);
const timeline = new Timeline({messages: messageListView.hydrate(config.you.username), lastId, hasOldest, isMine});
const mentionMarks = new MentionMarks(find("#message-list", HTMLElement), currentUser);
const title = new RoomTitle({name: config.name, topic: config.topic, lastId, onChange: titleChanged});
const roomAbout = new RoomAbout(http);
const noticeLines = new NoticeLines({announcer, currentUser});
const seen = new SeenCounts(
  (room) => new SafeStorage(() => localStorage, `${config.site}seen:${room}`),
  new SafeStorage(() => localStorage, `${config.site}visited`),
);
const unread = new Unread({timeline, seen, numbers: config.numbers, onChange: () => roomsView.renderSoon()});
const mentionStorage = new SafeStorage(() => localStorage, `${config.site}mentions`);
const unseenHere = {room: config.room, unseen: () => unread.unseen};
const mentionCounts = new MentionCounts({storage: mentionStorage, seen, current: unseenHere, currentUser});
const historyLoader = new HistoryLoader({
  timeline,
  send,
  maxPageEvents: config.limits.history,
  onTimeout: () => messageList.renderSoon(),
});
const [draftRecords, outboxRecords] = ["draft", "outbox"].map(leasedRecords);
const outbox = new Outbox(outboxRecords, config.epoch);
const held = new HeldDeletes((command, clientId) => delivery.submit(command, clientId));
const messageList = new MessageListController({
  timeline,
  outbox,
  held,
  view: messageListView,
  historyLoader,
  unread,
  attention,
  currentUser,
  title,
  notices: noticeLines,
  onMissing: (id) => messageLinks.openPage(id),
  onRender: () => conversation.rendered(),
});
const messageLinks = new MessageLinks({
  address: messageAddress,
  timeline,
  currentUser,
  reveal: (id) => messageList.reveal(id),
});
const delivery = new Delivery(
  outbox,
  send,
  () => messageList.renderSoon(),
  new SpokenDelivery(announcer),
  () => socket.wake(),
);
const typingThrottle = new TypingThrottle(() => send(typingFrame()));

const nameNotice = new NameNotice();
const members = new Members();
const onDemand = new OnDemand(config.on_demand_css_url, (sentence) => nameNotice.say(sentence));
const recentEmoji = new RecentEmoji(new SafeStorage(() => localStorage, `${config.site}emoji`));
const aidsNeed = {http, config, settings, members, timeline, currentUser, recent: recentEmoji};
const emojiPicker = new WritingStarter(onDemand, aidsNeed);
const elsewhereView = new ElsewhereView({http, url: config.people_url});
const rooms = new RoomList({current: () => unread.numbers, seen, urlOf, mentions: mentionCounts});
const roomsView = new RoomsView({
  rooms,
  http,
  url: config.rooms_url,
  onRefresh: roomsRefreshed,
  onRender: (count) => pageTitle.showUnread(count),
});
const frameHandlers = new FrameHandlers({
  timeline,
  title,
  members,
  currentUser,
  historyLoader,
  delivery,
  views: {
    messageList,
    members: new MembersView(peoplePanel, elsewhereView),
    typing: new TypingIndicator(),
    status,
    nameNotice,
    announcer,
    rooms: roomsView,
    notifier,
    notices: noticeLines,
  },
  epoch: config.epoch,
  onWelcome: welcomed,
  onGap: () => socket.reconnect(),
});
const socket = new Socket({
  url: socketUrl,
  reconnectDelayMs,
  onState: connectionStateChanged,
  onText: (text) => frameHandlers.receive(text),
});

const conversation = new Conversation({
  config,
  http,
  models: {timeline, outbox, held, unread, currentUser, recentEmoji, draft: draftRecords},
  delivery,
  address: messageAddress,
  links: messageLinks,
  view: messageListView,
  messageList,
  announcer,
  emojiPicker,
  onDemand,
  onSubmit: submit,
  onTyping: () => typingThrottle.typed(Date.now()),
});
const {composer} = conversation;
const naming = new Naming({
  http,
  config,
  currentUser,
  onEnter: enterNamed,
  onRename: askRoomForName,
  onClose: () => composer.focus(),
});
new RecordKeeper([draftRecords, outboxRecords], (graceMs) => delivery.takeOver(graceMs));
const shell = new AppShell({
  onDemand,
  config,
  http,
  settings,
  members,
  elsewhere: elsewhereView,
  currentUser,
  onMention: (username) => composer.insert(`${mentionOf(username)} `),
  onNewest: goToNewest,
});
const offlineCopy = new OfflineCopy({workerUrl: config.worker_url, site: config.site, lastId: () => timeline.lastId});

addEventListeners();
currentUserButton.render(currentUser.member);
roomsView.start(currentUser.member.username !== "");
acknowledgeStored();
messageList.render();
offlineCopy.start();
messageLinks.follow();
if (currentUser.member.username) enterRoom();
else naming.askFirst();

function addEventListeners() {
  for (const name of ["online", "offline", "pageshow"]) window.addEventListener(name, () => socket.wake());
  window.addEventListener("storage", () => settings.reload());
  window.addEventListener("storage", ({key}) => key?.includes(`${config.site}seen:`) && seenInOtherTab());
  window.addEventListener("pagehide", () => unread.leave(outbox.sentCount));
  window.addEventListener("pageshow", ({persisted}) => persisted && settings.reload());
  document.addEventListener("visibilitychange", visibilityChanged);
}

/** @param {string} kind */
function leasedRecords(kind) {
  const name = `${config.site}${kind}:${config.room}`;
  return new LeasedRecords({getArea: () => localStorage, name, pageId: newClientId(), now: Date.now});
}

/** Removes messages from the outbox that were sent just before a reload and are part of the page. */
function acknowledgeStored() {
  for (const {id, author, client_id} of timeline.messages) {
    if (client_id && currentUser.isAuthor(author)) outbox.acknowledge(client_id, id);
  }
}

/** Connects and shows the composer, for a user with a name. */
function enterRoom() {
  composer.show();
  roomAbout.allow();
  socket.start();
  elsewhereView.start();
}

/** The user has just got a name. */
function enterNamed() {
  offlineCopy.renew();
  enterRoom();
}

function askForName() {
  shell.closeDrawer();
  const load = async () => naming; // with the style sheet of dialogs
  onDemand.open(load, (form) => form.ask());
}

/** The name is shown when the room says who has it. @param {Wire.Member} member */
function askRoomForName({username}) {
  send(renameFrame(username));
  offlineCopy.renew();
}

/** Escape: back from an answered message, or to the newest one, with the cursor where one answers. */
function goToNewest() {
  if (conversation.goBack()) return;
  messageList.scrollToEnd();
  if (currentUser.member.username) composer.focus();
}

function seenInOtherTab() {
  unread.storageChanged();
  messageList.renderSoon(); // for the number on the button
}

/** What the composer wrote. @param {Command[]} commands */
function submit(commands) {
  const isPost = commands.some(({type}) => type === "message");
  if (isPost) {
    typingThrottle.messageSent();
    unread.messageSent();
    nameNotice.hide();
  }
  for (const command of commands) delivery.submit(command, newClientId());
  messageList.render(); // not in the next animation frame: the message appears immediately
  if (isPost) messageList.scrollToEnd();
}

/** @param {Wire.Member} member */
function currentUserChanged(member) {
  currentUserButton.render(member);
  mentionMarks.update();
}

function titleChanged() {
  roomAbout.render(title);
  pageTitle.rename(title.name);
  unread.renamed(title.name);
}

function socketUrl() {
  const url = new URL(config.socket, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.search = new URLSearchParams(frameHandlers.resumeQuery).toString();
  return url.href;
}

/** @param {ConnectionState} state */
function connectionStateChanged(state) {
  status.show(state);
  messageList.connectionChanged(state.name === "connected");
  if (state.name !== "connected") frameHandlers.disconnected();
  if (state.name === "stopped") composer.hide();
}

/** @param {boolean} isReset the page begins anew @param {string} epoch of the history */
function welcomed(isReset, epoch) {
  socket.welcomed();
  conversation.enter(epoch);
  if (isReset) {
    held.flush();
    unread.reset();
    messageList.enterAnew();
  }
  roomsView.refresh(); // what happened while there was no connection
}

/** @param {string} room @param {Wire.MessageEvent[]} arrived @param {number} count of messages in the room */
function onFetched(room, arrived, count) {
  mentionCounts.add(room, arrived, count);
  roomsView.renderSoon();
}

/** @param {Wire.RoomNumbers[]} listed */
function roomsRefreshed(listed) {
  notifier.roomsChanged(listed);
  const numbers = listed.find(({room}) => room === config.room);
  if (!numbers) return;
  unread.update(numbers);
  messageList.renderSoon();
}

function attentionChanged() {
  tabs.setLooking(attention.isLooking);
  messageList.attentionChanged();
}

function visibilityChanged() {
  messageList.renderSoon(); // "Today" may have become "Yesterday"
  if (document.hidden) return;
  socket.wake();
  roomsView.refresh();
}
