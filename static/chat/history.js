/**
 * A page of older messages: it is a document. Scripts show its times in the reader's time zone, and open its side bar.
 * The page of one message goes on to the room, if the message is not far back there.
 */

import {CurrentUser} from "./model/current_user.js";
import {MessageAddress} from "./model/message_address.js";
import {storedSettings} from "./model/settings.js";
import {parsePageConfig} from "./net/page_config.js";
import {followClock} from "./view/clock.js";
import {find} from "./view/dom.js";
import {Drawer} from "./view/drawer.js";
import {startGoToDate} from "./view/go_to_date.js";
import {MentionMarks} from "./view/mention_marks.js";
import {MessageListView} from "./view/message_list_view.js";
import {usePageLanguage} from "./view/page_language.js";
import {closeLikeMenu} from "./view/popover.js";
import {addScriptedElements} from "./view/scripted.js";

const MAX_EVENTS_BACK = 500; // which the room loads one page after the other

usePageLanguage();
addScriptedElements();
followClock(storedSettings(() => localStorage));
new Drawer({
  panel: find("#sidebar", HTMLElement),
  openButton: find("#menu-button", HTMLElement),
  closeButton: find("#menu-close", HTMLElement),
});
const list = new MessageListView();
list.render({above: undefined, messages: list.hydrate(), entries: []}, {author: "", username: ""}, null);
const config = parsePageConfig(JSON.parse(find("#chat-config", HTMLScriptElement).text));
new MentionMarks(find("#message-list", HTMLElement), new CurrentUser(config.you, () => {}));
startGoToDate(config.room_url);
closeLikeMenu(find("#room-about", HTMLDetailsElement));
goToLinkedMessage();

function goToLinkedMessage() {
  const id = new MessageAddress(config.room_url).idIn(location);
  const linked = document.querySelector("[data-linked]");
  if (id === null || !linked) return;
  linked.scrollIntoView({block: "center"});
  const isNear = config.last_id - id < MAX_EVENTS_BACK;
  if (isNear && config.you.username && !location.hash) location.replace(`${config.room_url}#message-${id}`);
}
