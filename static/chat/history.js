/**
 * A page of older messages: it is a document. Scripts show its times in the reader's time zone, and open its side bar.
 */

import {storedSettings} from "./model/settings.js";
import {followClock} from "./view/clock.js";
import {find} from "./view/dom.js";
import {Drawer} from "./view/drawer.js";
import {MessageListView} from "./view/message_list_view.js";
import {usePageLanguage} from "./view/page_language.js";
import {addScriptedElements} from "./view/scripted.js";

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
