/**
 * What helps to write: the emoji picker, and the completion of emoji and names, which share the list of emoji. Both are
 * loaded at the first use of one.
 */

import {peopleToMention} from "../model/completion.js";
import {EmojiSource} from "../net/emoji_source.js";
import {Completion} from "./completion.js";
import {EmojiPicker} from "./emoji_picker.js";

/**
 * @param {object} page
 * @param {HttpClient} page.http
 * @param {{emoji_url: string}} page.config
 * @param {Settings} page.settings
 * @param {Members} page.members
 * @param {Timeline} page.timeline
 * @param {CurrentUser} page.currentUser
 * @param {import("../model/recent_emoji.js").RecentEmoji} page.recent
 * @param {HTMLTextAreaElement} page.input of the composer
 */
export function createWritingAids({http, config, settings, members, timeline, currentUser, recent, input}) {
  const source = new EmojiSource(http, config.emoji_url);
  const isUser = (/** @type {string} */ author) => currentUser.isAuthor(author);
  const people = () => peopleToMention(members.named, timeline.messages, isUser);
  const completion = new Completion({input, source, settings, recent, people});
  return {completion, emojiPicker: new EmojiPicker({source, settings, recent})};
}
