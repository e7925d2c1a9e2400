/**
 * What is around the conversation: the sidebar and its drawer, and what opens the dialogs and the switcher.
 */

import {find} from "./dom.js";
import {Drawer} from "./drawer.js";
import {startGoToDate} from "./go_to_date.js";
import {NotificationsButton} from "./notifications.js";
import {loadOnce} from "./on_demand.js";
import {Shortcuts} from "./shortcuts.js";
import {Sidebar} from "./sidebar.js";

export class AppShell {
  #drawer = new Drawer({
    panel: find("#sidebar", HTMLElement),
    openButton: find("#menu-button", HTMLElement),
    closeButton: find("#menu-close", HTMLElement),
  });

  /**
   * @param {object} options
   * @param {import("./on_demand.js").OnDemand} options.onDemand
   * @param {import("../net/page_config.js").PageConfig} options.config
   * @param {HttpClient} options.http
   * @param {Settings} options.settings
   * @param {Members} options.members
   * @param {import("./elsewhere_view.js").ElsewhereView} options.elsewhere
   * @param {CurrentUser} options.currentUser
   * @param {(username: string) => void} options.onMention of a person who was chosen in the switcher
   * @param {() => void} options.onNewest Escape
   */
  constructor({onDemand, config, http, settings, onNewest, ...people}) {
    const parts = createParts({config, http, settings, onHelp: () => openHelp(), ...people});
    const openHelp = () => onDemand.open(parts.help, (dialog) => dialog.open());
    const openSettings = () => onDemand.open(parts.settings, (dialog) => dialog.open());
    const focusNewRoom = () => onDemand.open(parts.newRoom, (form) => form.focus());
    new Sidebar(() => onDemand.open(parts.filter, () => {}));
    startGoToDate(config.room_url);
    new NotificationsButton(settings, config.room, () => onDemand.open(parts.notifications, (dialog) => dialog.open()));
    find("#settings-button", HTMLElement).addEventListener("click", openSettings);
    find("#room-form", HTMLFormElement).closest("details")?.addEventListener("toggle", focusNewRoom);
    const openSwitcher = () => onDemand.open(parts.switcher, (switcher) => switcher.open());
    new Shortcuts({switcher: openSwitcher, help: openHelp, newest: onNewest});
  }

  /** Closes the sidebar, if it is a drawer. */
  closeDrawer() {
    this.#drawer.close();
  }
}

/**
 * The parts that are loaded at their first use.
 * @param {object} options
 * @param {import("../net/page_config.js").PageConfig} options.config
 * @param {HttpClient} options.http
 * @param {Settings} options.settings
 * @param {Members} options.members
 * @param {import("./elsewhere_view.js").ElsewhereView} options.elsewhere
 * @param {CurrentUser} options.currentUser
 * @param {(username: string) => void} options.onMention
 * @param {() => void} options.onHelp
 */
function createParts({config, http, settings, onHelp, ...people}) {
  return {
    filter: loadOnce(async () => new (await import("./room_filter.js")).RoomFilter()),
    help: loadOnce(async () => new (await import("./help_dialog.js")).HelpDialog()),
    newRoom: loadOnce(async () => {
      const {NewRoomForm} = await import("./new_room_form.js");
      return new NewRoomForm({http, url: config.create_url});
    }),
    notifications: loadOnce(async () => {
      const {NotificationsDialog} = await import("./notifications_dialog.js");
      return new NotificationsDialog(settings, config.room, config.name);
    }),
    settings: loadOnce(async () => new (await import("./settings_dialog.js")).SettingsDialog(settings, onHelp)),
    switcher: loadOnce(async () => {
      const {createSwitcher} = await import("./switch_targets.js");
      return createSwitcher({http, url: config.all_rooms_url, ...people});
    }),
  };
}
