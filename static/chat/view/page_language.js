/**
 * The language of the page: that of its HTML. The texts of its scripts come with it.
 */

import {useLanguage} from "../model/translate.js";

/** From now on texts are in the language of the page. */
export function usePageLanguage() {
  useLanguage(document.documentElement.lang, readTranslations(), navigator.languages);
}

/** The texts of a language other than English, by the English ones. */
function readTranslations() {
  const element = document.querySelector("#chat-translations");
  return element ? JSON.parse(element.textContent) : {};
}
