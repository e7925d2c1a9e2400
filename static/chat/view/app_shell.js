/**
 * What is around the conversation: the sidebar and its drawer, the dialogs, the switcher, and the keys that open them.
 */

import {find} from "./dom.js";
import {Drawer} from "./drawer.js";
import {startGoToDate} from "./go_to_date.js";
import {HelpDialog} from "./help_dialog.js";
import {NewRoomForm} from "./new_room_form.js";
import {NotificationsDialog} from "./notifications.js";
import {SettingsDialog} from "./settings_dialog.js";
import {Shortcuts} from "./shortcuts.js";
import {Sidebar} from "./sidebar.js";
import {SwitchTargets} from "./switch_targets.js";
import {Switcher} from "./switcher.js";

export class AppShell {
  #drawer = new Drawer({
    panel: find("#sidebar", HTMLElement),
    openButton: find("#menu-button", HTMLElement),
    closeButton: find("#menu-close", HTMLElement),
  });

  /**
   * @param {object} options
   * @param {import("../net/page_config.js").PageConfig} options.config
   * @param {HttpClient} options.http
   * @param {Settings} options.settings
   * @param {Members} options.members
   * @param {import("./elsewhere_view.js").ElsewhereView} options.elsewhere
   * @param {CurrentUser} options.currentUser
   * @param {(username: string) => void} options.onMention of a person who was chosen in the switcher
   * @param {() => void} options.onNewest Escape
   */
  constructor({config, http, settings, members, elsewhere, currentUser, onMention, onNewest}) {
    const helpDialog = new HelpDialog();
    const targets = new SwitchTargets({http, url: config.all_rooms_url, members, elsewhere, currentUser, onMention});
    const switcher = new Switcher((onMore) => targets.find(onMore));
    new Sidebar();
    new NewRoomForm({http, url: config.create_url});
    startGoToDate(config.room_url);
    new NotificationsDialog(settings, config.room, config.name);
    new SettingsDialog(settings, () => helpDialog.open());
    new Shortcuts({switcher: () => switcher.open(), help: () => helpDialog.open(), newest: onNewest});
  }

  /** Closes the sidebar, if it is a drawer. */
  closeDrawer() {
    this.#drawer.close();
  }
}
