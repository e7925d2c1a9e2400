/**
 * Code blocks of a message get a button that copies the code. It is beside the block, which scrolls below it.
 */

import {gettext} from "../model/translate.js";
import {copyButton} from "./copy_button.js";
import {element} from "./dom.js";

/** @param {HTMLElement} body of a message */
export function addCopyButtons(body) {
  for (const block of body.querySelectorAll(":not(.code-block) > pre")) {
    const button = copyButton("code-block__copy", gettext("Copy code"), "copy", () => block.textContent);
    const frame = element("div", {className: "code-block"});
    block.replaceWith(frame);
    frame.append(block, button);
  }
}
