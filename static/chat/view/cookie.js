/**
 * Cookies: what the server has to know of the settings before it writes the next page.
 */

const YEAR_SECONDS = 365 * 24 * 3600;

/** @param {string} name @param {string} value "" removes the cookie @param {string} site its path, without a slash at the end */
export function storeCookie(name, value, site) {
  const seconds = value ? YEAR_SECONDS : 0;
  // biome-ignore lint/suspicious/noDocumentCookie: the CookieStore of browsers works over https only
  document.cookie = `${name}=${value}; path=${site}/; max-age=${seconds}; samesite=lax`;
}
