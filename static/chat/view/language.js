/**
 * The language that is chosen in the settings. A cookie tells it to the server, which prefers it to the languages of the
 * browser (LANGUAGE_COOKIE_NAME in chatsite/settings.py).
 */

import {storeCookie} from "./cookie.js";

const COOKIE = "chatsite_language";

/**
 * A change reloads the page, if it is the one in front; the others have the language after their next load.
 * @param {Settings} settings
 * @param {string} site path of the site, without a slash at the end
 */
export function followLanguage(settings, site) {
  let current = settings.get("language");
  settings.watch("language", (language) => {
    storeCookie(COOKIE, language === "browser" ? "" : language, site);
    if (language !== current && !document.hidden) location.reload();
    current = language;
  });
}
