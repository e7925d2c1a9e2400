/**
 * What the composer writes, shown in a bar above it: the answer to a message, or another text of one's own message. In a
 * new message there is no bar.
 */

import {gettext, interpolate} from "../model/translate.js";
import {element, find, icon} from "./dom.js";

const ID = "composer-target";

export class ComposerTarget {
  #title = element("span", {className: "composer-target__title"});
  #excerpt = element("span", {className: "composer-target__excerpt", dir: "auto"});
  #icon = element("span", {className: "composer-target__icon"});
  #bar;
  #field = find("#composer-text", HTMLTextAreaElement);

  /** @param {() => void} onCancel */
  constructor(onCancel) {
    const close = element(
      "button",
      {type: "button", className: "icon-button", title: gettext("Cancel")},
      icon("close"),
    );
    close.setAttribute("aria-label", gettext("Cancel"));
    close.addEventListener("click", onCancel);
    const text = element("p", {className: "composer-target__text", id: ID}, this.#title, " ", this.#excerpt);
    this.#bar = element("div", {className: "composer-target", hidden: true}, this.#icon, text, close);
    find("#composer", HTMLFormElement).before(this.#bar);
  }

  /** @param {import("../model/drafting.js").Target} target */
  show(target) {
    this.#bar.hidden = target.kind === "message";
    // Who goes to the field hears what is written there.
    if (this.#bar.hidden) this.#field.removeAttribute("aria-describedby");
    else this.#field.setAttribute("aria-describedby", ID);
    if (target.kind === "message") return;
    this.#icon.replaceChildren(icon(target.kind === "edit" ? "pencil" : "reply"));
    this.#title.textContent = titleOf(target);
    this.#excerpt.textContent = target.kind === "edit" ? target.text : target.excerpt;
  }
}

/** @param {import("../model/drafting.js").Reply | import("../model/drafting.js").Edit} target */
function titleOf(target) {
  if (target.kind === "edit") return gettext("Edit your message:");
  return interpolate(gettext("Reply to %(name)s:"), {name: target.username});
}
