/**
 * When a query that is being typed is searched for: after a pause, and only the latest one is shown. Pure: what searches
 * and what shows is given.
 */

const PAUSE_MS = 250;
const FULL_WIDTH_SPACE = "\u3000";

/** @typedef {{query: string, room: string}} Search */

/**
 * @template Result
 * @typedef {object} Actions
 * @property {(search: Search, signal: AbortSignal) => Promise<Result>} search
 * @property {(search: Search, result: Result) => void} show
 * @property {(search: Search, error: unknown) => void} fail
 * @property {() => void} clear there is nothing to search for
 */

/** @template Result */
export class SearchAsTyped {
  /** @type {Actions<Result>} */
  #actions;
  #pauseMs;
  #current;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #running = null;

  /** @param {Actions<Result>} actions @param {Search} shown what the page shows already @param {number} pauseMs */
  constructor(actions, shown, pauseMs = PAUSE_MS) {
    this.#actions = actions;
    this.#current = shown;
    this.#pauseMs = pauseMs;
  }

  /** The field or the room has changed. @param {Search} search */
  changed(search) {
    this.#set(search, this.#pauseMs);
  }

  /** The user has sent the form: no pause, and again if it failed. @param {Search} search */
  submitted(search) {
    if (!this.#isCurrent(search) || !this.#running) this.#set(search, 0, true);
  }

  /** @param {Search} search */
  #isCurrent({query, room}) {
    return words(query) === words(this.#current.query) && room === this.#current.room;
  }

  /** @param {Search} search @param {number} pauseMs @param {boolean} isRepeated */
  #set(search, pauseMs, isRepeated = false) {
    if (this.#isCurrent(search) && !isRepeated) return;
    this.#current = search;
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
    if (words(search.query) === "") this.#actions.clear();
    else if (pauseMs) this.#timer = setTimeout(() => this.#run(search), pauseMs);
    else this.#run(search);
  }

  /** @param {Search} search */
  async #run(search) {
    const running = new AbortController();
    this.#running = running;
    try {
      const result = await this.#actions.search(search, running.signal);
      if (this.#running === running) this.#actions.show(search, result);
    } catch (error) {
      if (this.#running === running) this.#actions.fail(search, error);
    } finally {
      if (this.#running === running) this.#running = null;
    }
  }
}

/** A query without the blanks that do not matter. @param {string} query */
function words(query) {
  return query.replaceAll(FULL_WIDTH_SPACE, " ").trim();
}
