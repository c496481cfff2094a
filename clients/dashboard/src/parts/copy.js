// What is to be taken elsewhere: a command, a key; with a button that copies it. A `copied` event says that it was.

import { h } from "./element.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

/** Elements whose text is copied, by a name that assistive technology reads. */
export class CopyBlock extends HTMLElement {
  #code = h("code", { tabIndex: 0 });
  #button = h("button", { class: "small", type: "button" }, icon("copy"), "Copy");
  /** What is copied; what is shown may differ from it only by its line breaks. */
  #text = "";

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const label = this.getAttribute("label") ?? "this";
    this.#button.setAttribute("aria-label", `Copy ${label}`);
    this.#button.addEventListener("click", () => void this.#copy());
    // Selected, and taken with Ctrl+C.
    this.addEventListener("copy", () => this.dispatchEvent(new Event("copied")));
    this.#code.setAttribute("aria-label", label);
    this.append(this.#code, this.#button);
  }

  focus() {
    this.#button.focus();
  }

  get text() {
    return this.#text;
  }

  set text(text) {
    this.#text = text;
    if (this.#code.textContent !== text) this.#code.textContent = text;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#text);
      this.dispatchEvent(new Event("copied"));
      toast("Copied.");
    } catch {
      // Without HTTPS there is no clipboard: select it, so that Ctrl+C does.
      getSelection()?.selectAllChildren(this.#code);
      toast("This browser lets no page without HTTPS copy: it is selected, press Ctrl+C.", "bad");
    }
  }
}

customElements.define("copy-block", CopyBlock);

/**
 * @param {string} text
 * @param {string} label
 */
export function copyBlock(text, label) {
  const block = /** @type {CopyBlock} */ (document.createElement("copy-block"));
  block.setAttribute("label", label);
  block.text = text;
  return block;
}
