/**
 * The theme, the density and the columns of the page. A cookie tells them to the server too, which writes them into the next page:
 * it is painted in the right theme at once (chat/views/appearance.py).
 */

const COOKIE = "chatsite_appearance";
const YEAR_SECONDS = 365 * 24 * 3600;

/** @param {Settings} settings @param {string} site path of the site, without a slash at the end */
export function followAppearance(settings, site) {
  const show = () => {
    showAppearance(settings.get("theme"), settings.get("density"));
    storeCookie([settings.get("theme"), settings.get("density"), settings.get("people")], site);
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

/** @param {string[]} words @param {string} site */
function storeCookie(words, site) {
  // biome-ignore lint/suspicious/noDocumentCookie: the CookieStore of browsers works over https only
  document.cookie = `${COOKIE}=${words.join(".")}; path=${site}/; max-age=${YEAR_SECONDS}; samesite=lax`;
}
