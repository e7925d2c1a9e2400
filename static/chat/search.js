/**
 * The search page: results while the query is typed, more of them in place, and the arrow keys through them.
 */

import {SearchAsTyped} from "./model/search_as_typed.js";
import {storedSettings} from "./model/settings.js";
import {setClock} from "./model/time.js";
import {HttpClient} from "./net/http.js";
import {MessageSearch} from "./net/message_search.js";
import {Announcer} from "./view/announcer.js";
import {find} from "./view/dom.js";
import {usePageLanguage} from "./view/page_language.js";
import {addScriptedElements} from "./view/scripted.js";
import {SearchKeys} from "./view/search_keys.js";
import {SearchView} from "./view/search_view.js";

usePageLanguage();
addScriptedElements();
const form = find("#search-form", HTMLFormElement);
const field = find("#search-query", HTMLInputElement);
const room = find("#search-room", HTMLSelectElement);
const next = find("#search-next", HTMLAnchorElement);
const announcer = new Announcer();
const view = new SearchView(announcer);
const messages = new MessageSearch(new HttpClient(""), JSON.parse(find("#search-config", HTMLScriptElement).text));
let cursor = new URLSearchParams(next.search).get("cursor"); // of the next messages
storedSettings(() => localStorage).watch("clock", (clock) => {
  setClock(clock);
  view.showTimes();
});

const typed = new SearchAsTyped(
  {
    search: (search, signal) => messages.find(search, null, signal),
    show(search, found) {
      showPlace(search, found.cursor);
      view.show(found);
    },
    fail(search, error) {
      showPlace(search, null);
      view.fail(error instanceof Error ? error.message : String(error));
    },
    clear: () => view.clear(),
  },
  {query: field.defaultValue, room: room.querySelector("option[selected]")?.getAttribute("value") ?? ""},
);
field.addEventListener("input", (event) => {
  if (!(/** @type {InputEvent} */ (event).isComposing)) typed.changed(current());
});
field.addEventListener("compositionend", () => typed.changed(current()));
room.addEventListener("change", () => typed.changed(current()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  typed.submitted(current());
});
next.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab
  event.preventDefault();
  showMore();
});
new SearchKeys(field);
typed.changed(current()); // what was typed before the scripts had loaded

async function showMore() {
  const [search, from] = [current(), cursor];
  try {
    const found = await messages.find(search, from);
    if (search.query !== field.value || search.room !== room.value || cursor !== from) return; // it came already
    showPlace(search, found.cursor);
    view.add(found)?.querySelector("a")?.focus();
  } catch (error) {
    announcer.alert(error instanceof Error ? error.message : String(error));
  }
}

function current() {
  return {query: field.value, room: room.value};
}

/**
 * The address of the page is that of the search, so that it can be copied, loaded again, and gone back to.
 * @param {import("./model/search_as_typed.js").Search} search
 * @param {string | null} nextCursor
 */
function showPlace({query, room}, nextCursor) {
  const fields = {q: query, ...(room && {room})};
  history.replaceState(null, "", `?${new URLSearchParams(fields)}`);
  cursor = nextCursor;
  next.search = String(new URLSearchParams({...fields, ...(cursor && {cursor})}));
}
