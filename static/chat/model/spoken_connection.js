/**
 * What a screen reader is told about the connection: when the line over the page appears, and when all is well again. The
 * line itself counts seconds, so it is not read. Pure.
 */

import {gettext} from "./translate.js";

/** @typedef {import("../net/connection_news.js").News} News */

export class SpokenConnection {
  #announcer;
  /** @type {"well" | "gone" | "slow" | "stopped"} */
  #spoken = "well";

  /** @param {{say(text: string): void, alert(text: string): void}} announcer */
  constructor(announcer) {
    this.#announcer = announcer;
  }

  /** @param {News | null} news that is shown; may be called again with the same */
  show(news) {
    const before = this.#spoken;
    this.#spoken = stateOf(news);
    if (this.#spoken === before) return;
    if (this.#spoken === "gone") this.#announcer.alert(gettext("The connection is gone. What you write is kept."));
    if (this.#spoken === "slow")
      this.#announcer.alert(gettext("Not sent yet: the server has not stored your message."));
    if (this.#spoken === "well" && before === "gone") this.#announcer.say(gettext("The connection is back."));
    if (this.#spoken === "stopped") this.#announcer.alert(news?.sentence ?? "");
  }
}

/** @param {News | null} news */
function stateOf(news) {
  if (!news) return "well";
  return news.kind === "slow" || news.kind === "stopped" ? news.kind : "gone";
}
