/**
 * What the user does in the room: writes, reacts, answers, edits, deletes, marks as unread, goes to what a message answers.
 */

import {newClientId} from "../model/client_id.js";
import {OwnMessages} from "../model/own_messages.js";
import {quickEmoji} from "../model/quick_emoji.js";
import {gettext} from "../model/translate.js";
import {UnreadChannel} from "../net/unread_channel.js";
import {writtenText} from "../net/written_text.js";
import {Deleting} from "./deleting.js";
import {find} from "./dom.js";
import {MessageActions} from "./message_actions.js";
import {MessageClicks} from "./message_clicks.js";
import {loadOnce} from "./on_demand.js";
import {ReplyTrail} from "./reply_trail.js";
import {articleOf, itemOf} from "./tab_stops.js";
import {Tooltips} from "./tooltip.js";
import {Writing} from "./writing.js";

/**
 * @typedef {object} Models
 * @property {Timeline} timeline
 * @property {Outbox} outbox
 * @property {import("../model/held_deletes.js").HeldDeletes} held
 * @property {Unread} unread
 * @property {CurrentUser} currentUser
 * @property {import("../model/recent_emoji.js").RecentEmoji} recentEmoji
 * @property {DraftRecords} draft
 *
 * What it needs of the page.
 * @typedef {object} Page
 * @property {{room_url: string, messages_url: string, room: string, epoch: string, limits: {message: number}}} config
 * @property {HttpClient} http
 * @property {Models} models
 * @property {Delivery} delivery
 * @property {import("../model/message_address.js").MessageAddress} address
 * @property {import("./message_links.js").MessageLinks} links
 * @property {MessageListView} view
 * @property {import("./message_list_controller.js").MessageListController} messageList
 * @property {import("./announcer.js").Announcer} announcer
 * @property {{open(anchor: Element, onChoose: (emoji: string) => void): void}} emojiPicker
 * @property {import("./on_demand.js").OnDemand} onDemand
 * @property {(commands: Command[]) => void} onSubmit texts that the composer wrote
 * @property {() => void} onTyping
 */

export class Conversation {
  #page;
  #models;
  #own;
  #messagesUrl;
  #deleting;
  #writing;
  #actions;
  #tooltips = new Tooltips(find("#message-list", HTMLElement));
  #trail = new ReplyTrail((id) => this.#page.messageList.reveal(id, {focuses: true}));
  #earlierTexts;
  #unreadChannel;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    this.#models = page.models;
    this.#own = new OwnMessages(page.models);
    this.#messagesUrl = page.config.messages_url.replace("{room}", page.config.room);
    this.#deleting = new Deleting(page.models.held, () => page.messageList.render(), page.announcer);
    this.#writing = this.#createWriting();
    this.#actions = this.#createActions();
    this.#earlierTexts = loadOnce(async () => {
      const {EarlierTexts} = await import("./earlier_texts.js");
      return new EarlierTexts(page.http, (id) => `${this.#messagesUrl}/${id}`);
    });
    this.#unreadChannel = new UnreadChannel(page.config.room_url, (id) => this.#markUnread(id));
    this.#watchClicks();
    const emojiButton = find("#emoji-button", HTMLElement);
    const insert = (/** @type {string} */ emoji) => this.composer.insert(emoji);
    emojiButton.addEventListener("click", () => page.emojiPicker.open(emojiButton, insert));
  }

  get composer() {
    return this.#writing.composer;
  }

  /** The list was rendered. */
  rendered() {
    this.#writing.update();
    this.#actions.update();
    this.#tooltips.update();
  }

  /** The history of the room is that of this epoch. @param {string} epoch */
  enter(epoch) {
    this.#writing.enter(epoch);
  }

  /** @returns {boolean} whether the reader had followed a reply */
  goBack() {
    return this.#trail.goBack();
  }

  #createWriting() {
    const {config, onSubmit, onTyping, announcer, onDemand} = this.#page;
    return new Writing({
      maxCharacters: config.limits.message,
      draft: this.#models.draft,
      epoch: config.epoch,
      onSubmit: (commands) => onSubmit(commands.map((command) => this.#withStoredTarget(command))),
      onDelete: (id) => this.#remove(id),
      onTyping,
      onRefused: (reason) => announcer.alert(reason),
      textOf: (message) => this.#textOf(message),
      lastOwn: () => this.#own.last,
      isGone: (id) => this.#own.isGone(id),
      onDemand,
    });
  }

  #createActions() {
    const {view, address, emojiPicker} = this.#page;
    const {currentUser, recentEmoji} = this.#models;
    return new MessageActions({
      messageOf: (item) => withoutDeleted(view.messageOf(item)),
      amendWaiting: (item, action) => this.#amendWaiting(item, action),
      canWrite: () => currentUser.member.username !== "",
      isOwn: ({author}) => currentUser.isAuthor(author),
      textOf: (message) => this.#textOf(message),
      linkTo: (id) => new URL(address.pathOf(id), location.href).href,
      quickEmoji: () => quickEmoji(recentEmoji.items),
      react: (message, emoji) => this.#react(message, emoji),
      pickEmoji: (message, anchor) => emojiPicker.open(anchor, (emoji) => this.#react(message, emoji)),
      reply: (message) => this.#writing.reply(message),
      edit: (message) => this.#writing.edit(message),
      remove: (message) => this.#deleting.delete(message.id),
      markUnread: ({id}) => this.#markUnreadEverywhere(id),
    });
  }

  #watchClicks() {
    const {view, emojiPicker} = this.#page;
    new MessageClicks((item) => view.messageOf(item), {
      ".reaction[data-emoji]": (message, {dataset}) => this.#react(message, dataset.emoji ?? ""),
      ".reaction--add": (message, chip) => emojiPicker.open(chip, (emoji) => this.#react(message, emoji)),
      ".message__edited": ({id}) => this.#page.onDemand.open(this.#earlierTexts, (dialog) => dialog.open(id)),
      "a.reply-link": ({id, reply}) => this.#follow(id, reply?.id ?? 0),
    });
    find("#message-list", HTMLElement).addEventListener("click", ({target}) => this.#onAction(target));
  }

  /** @param {number} from the answer @param {number} to @returns {boolean} whether the page gets there */
  #follow(from, to) {
    const canReveal = this.#page.links.canReveal(to);
    if (canReveal) this.#trail.follow(from, to);
    return canReveal;
  }

  /** A button of what is deleted, or failed. @param {EventTarget | null} target */
  #onAction(target) {
    const button = target instanceof Element ? target.closest("[data-action]") : null;
    const failedId = button?.closest("[data-failed-id]")?.getAttribute("data-failed-id");
    const item = itemOf(target);
    if (!(button instanceof HTMLElement) || !failedId || !item) return;
    if (button === document.activeElement) articleOf(item).focus(); // the button goes
    if (button.dataset.action === "undo") this.#undo(failedId);
    else this.#endFailure(button.dataset.action ?? "", failedId, item);
  }

  /** @param {string} clientId of a delete */
  #undo(clientId) {
    if (!this.#deleting.undo(clientId)) this.#page.delivery.withdraw(clientId);
  }

  /** @param {string} action @param {string} failedId @param {HTMLElement} item */
  #endFailure(action, failedId, item) {
    const {delivery, view} = this.#page;
    const command = this.#models.outbox.entries.find(({clientId}) => clientId === failedId)?.command;
    const text = delivery.withdraw(failedId);
    const message = view.messageOf(item);
    if (action === "retry" && command) delivery.submit(command, newClientId());
    else if (action === "edit" && command?.type === "edit" && message) this.#writing.edit(message, text);
    else if (action === "edit") this.composer.prepend(text);
  }

  /** @param {HTMLElement} item @param {string} action */
  #amendWaiting(item, action) {
    const {clientId: id, message: text, problem} = this.#page.view.waitingOf(item) ?? {clientId: ""};
    if (!id || !["edit", "delete"].includes(action)) return;
    if (problem) this.#endFailure(action, id, item);
    else if (action === "edit") this.#writing.edit({id, text: text ?? ""});
    else this.#remove(id);
  }

  /** @param {ShownMessage} message @param {string} emoji */
  #react({id, reactions = []}, emoji) {
    const {delivery, messageList} = this.#page;
    const {currentUser, recentEmoji} = this.#models;
    if (!currentUser.member.username || !emoji) return;
    const on = !reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
    if (on) recentEmoji.add(emoji);
    delivery.submit({type: "react", id, emoji, on}, newClientId());
    messageList.render(); // in the same frame
  }

  /** @param {Wire.MessageEvent} message */
  async #textOf(message) {
    return writtenText(this.#page.http, this.#messagesUrl, message);
  }

  /** @param {Command} command @returns {Command} */
  #withStoredTarget(command) {
    return "id" in command ? {...command, id: this.#own.storedId(command.id)} : command;
  }

  /** One that waits is not sent. @param {Target} target */
  #remove(target) {
    const id = this.#own.storedId(target);
    if (typeof id === "number") this.#deleting.delete(id);
    else this.#page.delivery.submit({type: "delete", id}, newClientId());
  }

  /** @param {number} id */
  #markUnreadEverywhere(id) {
    this.#markUnread(id);
    this.#unreadChannel.marked(id);
    this.#page.announcer.say(gettext("Marked as unread"));
  }

  /** @param {number} id */
  #markUnread(id) {
    this.#models.unread.markUnread(id);
    this.#page.messageList.render();
  }
}

/** With a message that is to be deleted nothing else can be done. @param {ShownMessage | undefined} message */
function withoutDeleted(message) {
  return message?.deletion ? undefined : message;
}
