/**
 * The language that is chosen in the settings. A cookie tells it to the server, which prefers it to the languages of the
 * browser (LANGUAGE_COOKIE_NAME in chatsite/settings.py).
 */

const COOKIE = "chatsite_language";
const YEAR_SECONDS = 365 * 24 * 3600;

/**
 * A change reloads the page, if it is the one in front; the others have the language after their next load.
 * @param {Settings} settings
 * @param {string} site path of the site, without a slash at the end
 */
export function followLanguage(settings, site) {
  let current = settings.get("language");
  settings.watch("language", (language) => {
    storeCookie(language, site);
    if (language !== current && !document.hidden) location.reload();
    current = language;
  });
}

/** @param {string} language @param {string} site */
function storeCookie(language, site) {
  const seconds = language === "browser" ? 0 : YEAR_SECONDS;
  // biome-ignore lint/suspicious/noDocumentCookie: the CookieStore of browsers works over https only
  document.cookie = `${COOKIE}=${language}; path=${site}/; max-age=${seconds}; samesite=lax`;
}
