/**
 * The theme, the density and the columns of the page. A cookie tells them to the server too, which writes them into the
 * next page: it is painted in the right theme at once (chat/views/appearance.py).
 */

import {storeCookie} from "./cookie.js";

const COOKIE = "chatsite_appearance";

/** @param {Settings} settings @param {string} site path of the site, without a slash at the end */
export function followAppearance(settings, site) {
  const show = () => {
    showAppearance(settings.get("theme"), settings.get("density"));
    const words = [settings.get("theme"), settings.get("density"), settings.get("people")];
    storeCookie(COOKIE, words.join("."), site);
  };
  for (const name of /** @type {const} */ (["theme", "density", "people"])) settings.watch(name, show);
}

/** @param {string} theme @param {string} density */
function showAppearance(theme, density) {
  const {dataset} = document.documentElement;
  dataset.theme = theme;
  dataset.density = density;
  for (const meta of /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll("meta[name=theme-color]"))) {
    const own = meta.dataset.theme ?? "";
    meta.media = theme === "system" ? `(prefers-color-scheme: ${own})` : own === theme ? "all" : "not all";
  }
}
