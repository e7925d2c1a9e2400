/**
 * Who is typing, and telling others that we are.
 */

const SHOWN = 5 * 1000; // 5 s after the last news
const PAUSE = 3 * 1000; // 3 s between two frames of ours

/** The people typing at the moment; each is forgotten 5 s after the last news, or when the message comes. */
export class Typists {
  #onChange;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @param {(names: string[]) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {string} username */
  heard(username) {
    clearTimeout(this.#timers.get(username));
    this.#timers.set(
      username,
      setTimeout(() => this.forget(username), SHOWN),
    );
    this.#onChange([...this.#timers.keys()]);
  }

  /** @param {string} username */
  forget(username) {
    clearTimeout(this.#timers.get(username));
    if (this.#timers.delete(username)) this.#onChange([...this.#timers.keys()]);
  }

  forgetAll() {
    for (const username of [...this.#timers.keys()]) this.forget(username);
  }
}

/** @param {string[]} names @returns {string} "" when nobody types */
export function typingSentence(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return "Several people are typing…";
}

/** Tells the others at most once in 3 s. */
export class TypingNotice {
  #tell;
  #quietUntil = 0;

  /** @param {() => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {number} now */
  typed(now) {
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + PAUSE;
    this.#tell();
  }

  /** The message went out: the next word is news again. */
  sent() {
    this.#quietUntil = 0;
  }
}
