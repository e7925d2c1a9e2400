/**
 * The settings of this browser: one object in its storage, shared by all tabs. Pure: storage is passed in.
 *
 * A new setting is a row of FIELDS, and a row of `rows` in view/settings_dialog.js if people choose it there.
 */

import {LEVELS} from "./notifications.js";
import {SafeStorage} from "./safe_storage.js";
import {TONES} from "./skin_tones.js";

/**
 * @template T
 * @typedef {object} Field
 * @property {T} initial the value as long as nothing valid is stored
 * @property {(value: unknown) => boolean} isValid
 */

export const FIELDS = {
  theme: choice(/** @type {const} */ (["system", "light", "dark"])),
  language: choice(/** @type {const} */ (["browser", "en", "de"])), // as LANGUAGES in chatsite/settings.py
  density: choice(/** @type {const} */ (["comfortable", "compact"])),
  clock: choice(/** @type {const} */ (["locale", "24h"])),
  people: choice(/** @type {const} */ (["open", "closed"])), // the column of people on a wide screen
  notifications: perRoom(LEVELS), // of which messages of a room the user is notified; of none if nothing was chosen
  sound: flag(false), // of a notification
  skinTone: choice(TONES), // of emoji, chosen in the picker
};

/** @typedef {{[Name in keyof typeof FIELDS]: (typeof FIELDS)[Name]["initial"]}} Values */
/** @typedef {keyof Values} SettingName */

export class Settings {
  #storage;
  /** @type {Record<string, unknown>} */
  #stored;
  /** @type {Map<string, Set<(value: any) => void>>} */
  #listeners = new Map();

  /** @param {ValueStorage} storage */
  constructor(storage) {
    this.#storage = storage;
    this.#stored = this.#read();
  }

  /** @template {SettingName} Name @param {Name} name @returns {Values[Name]} */
  get(name) {
    return fieldValue(this.#stored, name);
  }

  /**
   * Stores a value and tells the listeners of this tab; other tabs hear of it by the `storage` event.
   * @template {SettingName} Name @param {Name} name @param {Values[Name]} value
   */
  set(name, value) {
    if (!FIELDS[name].isValid(value)) throw new TypeError(`${value} is no value of the setting ${name}`);
    // The other fields as other tabs left them. Fields of a newer version of the page are kept too.
    const stored = {...this.#stored, ...this.#read(), [name]: value};
    this.#storage.write(stored);
    this.#replace(stored);
  }

  /**
   * Calls the listener with the value now, and after each change in any tab.
   * @template {SettingName} Name @param {Name} name @param {(value: Values[Name]) => void} listener
   */
  watch(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    listener(this.get(name));
  }

  /** Takes over what another tab stored. Call it on every `storage` event, and when a page returns from the cache. */
  reload() {
    this.#replace(this.#read());
  }

  /** @returns {Record<string, unknown>} {} if what is stored is not an object */
  #read() {
    const value = this.#storage.read();
    return typeof value === "object" && value !== null && !Array.isArray(value) ? {...value} : {};
  }

  /** @param {Record<string, unknown>} stored */
  #replace(stored) {
    const before = this.#stored;
    this.#stored = stored;
    for (const name of /** @type {SettingName[]} */ (Object.keys(FIELDS))) {
      const value = this.get(name);
      if (isSame(value, fieldValue(before, name))) continue;
      for (const listener of this.#listeners.get(name) ?? []) listener(value);
    }
  }
}

/** The settings in a browser's storage, under one key for all pages. @param {() => Storage} getArea as SafeStorage gets it */
export function storedSettings(getArea) {
  return new Settings(new SafeStorage(getArea, "settings", "chatsite."));
}

/** One of a few words; the first is the initial one. @template {string} T @param {readonly T[]} values @returns {Field<T>} */
export function choice(values) {
  return {initial: values[0], isValid: (value) => values.some((allowed) => allowed === value)};
}

/** On or off. @param {boolean} initial @returns {Field<boolean>} */
export function flag(initial) {
  return {initial, isValid: (value) => typeof value === "boolean"};
}

/**
 * One of a few words for each room, by slug.
 * @template {string} T @param {readonly T[]} values @returns {Field<Record<string, T>>}
 */
function perRoom(values) {
  const isValid = (/** @type {unknown} */ value) =>
    typeof value === "object" && value !== null && Object.values(value).every((one) => values.includes(one));
  return {initial: {}, isValid};
}

/** @template {SettingName} Name @param {Record<string, unknown>} stored @param {Name} name @returns {Values[Name]} */
function fieldValue(stored, name) {
  const {initial, isValid} = FIELDS[name];
  const value = Object.hasOwn(stored, name) ? stored[name] : initial;
  return /** @type {Values[Name]} */ (isValid(value) ? value : initial);
}

/** Also for fields that hold an object, such as a choice for each room. @param {unknown} a @param {unknown} b */
function isSame(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
