/**
 * The texts of the page in its language. The scripts contain the English ones; those of another language come with the
 * page, from chat/locale/. Pure.
 *
 * `makemessages` finds the texts by the names of these functions. A text is one whole sentence, given as a literal. Call
 * them when a text is shown and not while a module loads, because `useLanguage` is called after that.
 */

const PLURAL_CATEGORIES = ["zero", "one", "two", "few", "many", "other"]; // in the order of a catalog's plural forms

/**
 * @typedef {object} Language
 * @property {Record<string, string | string[]>} texts by the English text: a text, or its plural forms
 * @property {string} locale in which dates and numbers are written
 * @property {(count: number) => number} pluralForm which plural form belongs to a count
 */

/** @type {Language} */
let current = languageOf("en", {}, []);

/**
 * @param {string} language of the page, a language code
 * @param {Record<string, string | string[]>} texts by the English text: a text, or its plural forms
 * @param {readonly string[]} preferredLocales of the browser; the first one of the page's language is used
 */
export function useLanguage(language, texts, preferredLocales = []) {
  current = languageOf(language, texts, preferredLocales);
}

/** The locale in which dates and numbers are written, such as "de-AT". */
export function locale() {
  return current.locale;
}

/** @param {string} text in English @returns {string} in the page's language */
export function gettext(text) {
  const translation = current.texts[text];
  return typeof translation === "string" ? translation : text;
}

/**
 * @param {string} singular in English
 * @param {string} plural in English
 * @param {number} count
 * @returns {string} the form for this count in the page's language
 */
export function ngettext(singular, plural, count) {
  const forms = current.texts[singular];
  if (Array.isArray(forms)) return forms[current.pluralForm(count)] ?? plural;
  return count === 1 ? singular : plural;
}

/**
 * Replaces each `%(name)s` by the value of that name. Numbers are written as in the page's language.
 * @param {string} format
 * @param {Record<string, string | number>} values
 */
export function interpolate(format, values) {
  return format.replace(/%\((\w+)\)s/g, (placeholder, name) => {
    const value = values[name] ?? placeholder;
    return typeof value === "number" ? value.toLocaleString(current.locale) : value;
  });
}

/**
 * @param {string} language
 * @param {Record<string, string | string[]>} texts
 * @param {readonly string[]} preferredLocales
 * @returns {Language}
 */
function languageOf(language, texts, preferredLocales) {
  const rules = new Intl.PluralRules(language);
  const {pluralCategories} = rules.resolvedOptions();
  const categories = PLURAL_CATEGORIES.filter((category) => pluralCategories.some((one) => one === category));
  return {
    texts,
    locale: preferredLocales.find((one) => one.split("-")[0] === language) ?? language,
    pluralForm: (count) => categories.indexOf(rules.select(count)),
  };
}
