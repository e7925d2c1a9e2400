/**
 * What helps to write: the emoji picker, and the completion of emoji and names. The list of emoji and those used last are
 * shared by both.
 */

import {peopleToMention} from "../model/completion.js";
import {RecentEmoji} from "../model/recent_emoji.js";
import {SafeStorage} from "../model/safe_storage.js";
import {EmojiSource} from "../net/emoji_source.js";
import {Completion} from "./completion.js";
import {find} from "./dom.js";
import {EmojiPicker} from "./emoji_picker.js";

/**
 * @param {object} page
 * @param {HttpClient} page.http
 * @param {{site: string, emoji_url: string}} page.config
 * @param {Settings} page.settings
 * @param {Members} page.members
 * @param {Timeline} page.timeline
 * @param {CurrentUser} page.currentUser
 */
export function createWritingAids({http, config, settings, members, timeline, currentUser}) {
  const source = new EmojiSource(http, config.emoji_url);
  const recentEmoji = new RecentEmoji(new SafeStorage(() => localStorage, `${config.site}emoji`));
  const input = find("#composer-text", HTMLTextAreaElement);
  const isUser = (/** @type {string} */ author) => currentUser.isAuthor(author);
  const people = () => peopleToMention(members.named, timeline.messages, isUser);
  new Completion({input, source, settings, recent: recentEmoji, people});
  return {recentEmoji, emojiPicker: new EmojiPicker({source, settings, recent: recentEmoji})};
}
