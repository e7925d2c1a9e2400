/**
 * What a message has beside its text: that it was edited, which message it answers, who reacted. Reads it from an item
 * that the server rendered, and shows it in an item.
 */

import {reactionName, reactionPeople} from "../model/reaction_text.js";
import {gettext, interpolate} from "../model/translate.js";
import {adoptAvatar, showAvatar} from "./avatar_view.js";
import {element, find, icon} from "./dom.js";
import {articleOf} from "./tab_stops.js";

/** @typedef {Pick<Wire.MessageEvent, "edited" | "reply" | "reply_to" | "reactions">} Extras */

/** @param {HTMLElement} item that the server rendered @returns {Extras} */
export function readExtras(item) {
  const edited = item.querySelector(".message__edited");
  const reply = item.querySelector(".message__reply");
  const reactions = /** @type {HTMLElement[]} */ ([...item.querySelectorAll(".reaction[data-emoji]")]).map(
    readReaction,
  );
  return {
    ...(edited instanceof HTMLElement && {edited: edited.dataset.edited}),
    ...(reply instanceof HTMLElement && {reply: readReply(reply), reply_to: Number(reply.dataset.id)}),
    ...(reactions.length > 0 && {reactions}),
  };
}

/** @param {HTMLElement} line @returns {Wire.Reply} */
function readReply(line) {
  const id = Number(line.dataset.id);
  const link = line.querySelector("a");
  if (!link) return {id, deleted: true};
  const [username, excerpt] = ["name", "text"].map(
    (part) => find(`.reply-link__${part}`, HTMLElement, link).textContent,
  );
  return {id, username: username ?? "", excerpt: excerpt ?? ""};
}

/** @param {HTMLElement} chip @returns {Wire.Reaction} */
function readReaction({dataset: {emoji = "", count, mine}, title}) {
  return {emoji, count: Number(count), people: title.split("\n"), ...(mine !== undefined && {mine: true})};
}

/** Takes over what the server rendered and what is the same for all readers. @param {HTMLElement} item */
export function adoptExtras(item) {
  const link = item.querySelector("a.reply-link");
  if (link instanceof HTMLElement) adoptAvatar(link, find(".reply-link__name", HTMLElement, link).textContent ?? "");
}

/**
 * Shows them; what is there already stays, so that it keeps the focus.
 * @param {HTMLElement} item
 * @param {Extras} extras
 * @param {string} username of the current user
 */
export function showExtras(item, {edited, reply, reactions = []}, username) {
  showEdited(item, edited);
  showReply(item, reply);
  showReactions(item, reactions, username);
}

/** A button that opens the earlier texts. @param {HTMLElement} item @param {string | undefined} edited */
function showEdited(item, edited) {
  const old = item.querySelector(".message__edited");
  if (!edited) return old?.remove();
  if (old instanceof HTMLButtonElement) return;
  const title = gettext("Show earlier texts");
  const button = element("button", {type: "button", className: "message__edited", title}, gettext("edited"));
  button.setAttribute("aria-haspopup", "dialog");
  old?.remove();
  find(".message__head", HTMLElement, item).append(button);
}

/** @param {HTMLElement} item @param {Wire.Reply | undefined} reply */
function showReply(item, reply) {
  const old = item.querySelector(".message__reply");
  if (!reply) return old?.remove();
  const key = JSON.stringify(reply);
  if (old instanceof HTMLElement && old.dataset.shown === key) return;
  const label = element("span", {className: "visually-hidden"}, gettext("In reply to"));
  const line = element("p", {className: "message__reply", dataset: {id: String(reply.id), shown: key}});
  line.append(icon("reply"), " ", label, " ", createReplyLink(reply));
  old?.remove();
  find(".message__head", HTMLElement, item).after(line);
}

/** @param {Wire.Reply} reply */
function createReplyLink({id, username = "", excerpt = "", deleted}) {
  if (deleted) return element("span", {className: "reply-link"}, gettext("Deleted message"));
  const avatar = element("span", {className: "avatar"});
  avatar.setAttribute("aria-hidden", "true");
  const name = element("bdi", {className: "reply-link__name"}, username);
  const text = element("span", {className: "reply-link__text", dir: "auto"}, excerpt);
  const link = element("a", {className: "reply-link", href: String(id)}, avatar, name, " ", text);
  showAvatar(link, username);
  return link;
}

/** @param {HTMLElement} item @param {readonly Wire.Reaction[]} reactions @param {string} username */
function showReactions(item, reactions, username) {
  const old = item.querySelector(".reactions");
  if (reactions.length === 0) return old?.remove();
  const group = old instanceof HTMLElement && old.role ? old : createGroup(item, old);
  const counts = reactions.map(({emoji, count}) => `${emoji} ${count}`).join(", ");
  group.setAttribute("aria-label", interpolate(gettext("Reactions: %(list)s"), {list: counts}));
  const chips = reactions.map((reaction) => showChip(group, reaction, username));
  const add = group.querySelector(".reaction--add") ?? createAddButton();
  const shown = [...chips, add];
  for (const chip of [...group.children]) if (!shown.includes(chip)) chip.remove();
  for (const [index, chip] of shown.entries()) {
    if (group.children[index] !== chip) group.insertBefore(chip, group.children[index] ?? null);
  }
}

/** @param {HTMLElement} item @param {Element | null} old what the server rendered */
function createGroup(item, old) {
  const group = element("div", {className: "reactions", role: "group"});
  if (old) old.replaceWith(group);
  else articleOf(item).append(group);
  return group;
}

/** @param {HTMLElement} group @param {Wire.Reaction} reaction @param {string} username */
function showChip(group, reaction, username) {
  const {emoji, count, mine} = reaction;
  const chip = chipOf(group, emoji) ?? createChip(emoji);
  chip.setAttribute("aria-pressed", String(mine === true));
  chip.setAttribute("aria-label", reactionName(reaction, username));
  chip.dataset.tooltip = reactionPeople(reaction, username);
  find(".reaction__count", HTMLElement, chip).textContent = String(count);
  return chip;
}

/** @param {HTMLElement} group @param {string} emoji */
function chipOf(group, emoji) {
  const chips = /** @type {HTMLElement[]} */ ([...group.children]);
  return chips.find(({dataset}) => dataset.emoji === emoji);
}

/** @param {string} emoji */
function createChip(emoji) {
  const [sign, count] = ["emoji", "count"].map((part) => element("span", {className: `reaction__${part}`}));
  sign.textContent = emoji;
  return element("button", {type: "button", className: "reaction", dataset: {emoji}}, sign, count);
}

function createAddButton() {
  const label = gettext("Add a reaction");
  return element(
    "button",
    {type: "button", className: "reaction reaction--add", ariaLabel: label, dataset: {tooltip: label}},
    icon("react"),
  );
}
