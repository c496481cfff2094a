// Who is there: an operator's name and API key. They stay in this page's memory, and are gone with it.

import { Connection } from "../data/connection.js";
import { copyBlock } from "../parts/copy.js";
import { fill, h } from "../parts/element.js";
import { sign } from "../parts/icons.js";
import { reason } from "../parts/toast.js";

/** The form that a page begins with. */
export class Login extends HTMLElement {
  #entered;
  #name = h("input", {
    id: "login-name",
    value: "operator",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
  });
  #key = h("input", { id: "login-key", type: "password", autocomplete: "off", placeholder: "ahub_…", required: true });
  #problem = h("div", { class: "problem", role: "alert", hidden: true });
  #button = h("button", { class: "primary", type: "submit" }, "Log in");

  /**
   * @param {(connection: Connection, operator: string) => void} entered
   * @param {string} [why] Why somebody has to log in again.
   */
  constructor(entered, why) {
    super();
    this.#entered = entered;
    if (why !== undefined) this.#refuse(why);
  }

  connectedCallback() {
    const form = h(
      "form",
      { class: "login-card" },
      h(
        "div",
        { class: "login-head" },
        sign(),
        h("div", null, h("h1", null, "agent-hub"), h("p", null, location.host)),
      ),
      this.#problem,
      h("label", { htmlFor: "login-name" }, "Operator"),
      this.#name,
      h("label", { htmlFor: "login-key" }, "API key"),
      this.#key,
      this.#button,
      h("p", { class: "hint" }, "Name and key stay in this page’s memory: nothing is stored, and a reload asks again."),
      h(
        "details",
        null,
        h("summary", null, "Where is the key?"),
        h("p", null, "The first start wrote it to the operator’s profile, in the data folder of the hub:"),
        copyBlock("cat ~/.local/share/agent-hub/profiles/operator.json", "the command that shows the profile"),
        h("p", null, "Or make another operator; its key is printed once:"),
        copyBlock("agent-hub agent add maria --role operator", "the command that makes an operator"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#logIn();
    });
    fill(this, h("main", null, form));
    this.#key.focus();
  }

  async #logIn() {
    const name = this.#name.value.trim();
    this.#button.disabled = true;
    this.#button.textContent = "Logging in…";
    try {
      const connection = await Connection.open(name, this.#key.value.trim());
      this.#key.value = "";
      this.#entered(connection, name);
    } catch (error) {
      this.#refuse(explained(error, name));
      this.#key.select();
      this.#button.disabled = false;
      this.#button.textContent = "Log in";
    }
  }

  /** @param {string} why */
  #refuse(why) {
    this.#problem.textContent = why;
    this.#problem.hidden = false;
  }
}

customElements.define("hub-login", Login);

/**
 * @param {unknown} error
 * @param {string} name
 */
function explained(error, name) {
  const { code } = /** @type {{ code?: string }} */ (error);
  if (code === "unauthenticated") return "This name and key do not belong together, or the agent is disabled.";
  if (code === "forbidden") return `${name} is an agent, not an operator: it may send and read, but not see the hub.`;
  return reason(error);
}
