// What is done to an agent: each asks first, and a new key is shown once.

import { ask } from "../../parts/dialog.js";
import { h } from "../../parts/element.js";
import { toast } from "../../parts/toast.js";
import { showKey } from "./new-key.js";

/** @typedef {import("../../data/admin.js").Admin} Admin */

const OVERLAPS = [
  ["0", "Ends at once: its sessions are cut"],
  ["3600", "Works for another hour"],
  ["86400", "Works for another day"],
];

/**
 * @param {Admin} admin
 * @param {() => void} done
 */
export function createAgent(admin, done) {
  const name = h("input", {
    id: "new-name",
    name: "name",
    required: true,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: 64,
    pattern: "[a-z0-9][a-z0-9._\\-]{0,63}",
  });
  return ask({
    title: "New agent",
    verb: "Make agent",
    body: [
      field("Name", name, "1 to 64 of a–z 0–9 . _ -, first a letter or digit. It is never given again."),
      field(
        "Role",
        choice("role", [
          ["agent", "Agent: sends and reads"],
          ["operator", "Operator: also sees and runs the hub"],
        ]),
      ),
    ],
    async act(form) {
      const made = await admin.create(String(form.get("name")), String(form.get("role")));
      done();
      return () => showKey(made, `${made.name} is there`);
    },
  });
}

/**
 * @param {Admin} admin
 * @param {string} name
 * @param {() => void} done
 */
export function rotateKey(admin, name, done) {
  return ask({
    title: `A new key for ${name}`,
    verb: "Rotate key",
    isDanger: true,
    body: [field("The old key", choice("overlap", OVERLAPS), "Who holds it has to take the new one.")],
    async act(form) {
      const made = await admin.rotate(name, Number(form.get("overlap")));
      done();
      return () => showKey(made, `The new key of ${name}`);
    },
  });
}

/**
 * @param {Admin} admin
 * @param {import("../../data/admin.js").Agent} agent
 * @param {() => void} done
 */
export function changeRole(admin, { name, role }, done) {
  const next = role === "operator" ? "agent" : "operator";
  const about =
    next === "operator"
      ? "It will see who sends how much to whom, make and disable agents and rotate their keys. It reads no data that is not addressed to it."
      : "It will send and read, and no longer see or run the hub.";
  return ask({
    title: `Make ${name} an ${next}?`,
    verb: `Make it an ${next}`,
    body: [h("p", null, about)],
    async act() {
      await admin.role(name, next);
      done();
      toast(`${name} is an ${next} now.`);
    },
  });
}

/**
 * @param {Admin} admin
 * @param {import("../../data/admin.js").Agent} agent
 * @param {() => void} done
 */
export async function disableOrEnable(admin, { name, disabled }, done) {
  const act = async () => {
    await admin.disable(name, !disabled);
    done();
    toast(disabled ? `${name} may log in again.` : `${name} is disabled.`);
  };
  if (disabled) return act();
  const text =
    "Its logins fail, its sessions are cut within a second, and sending to it is an error. What waits for it stays. It can be enabled again.";
  return ask({ title: `Disable ${name}?`, verb: "Disable", isDanger: true, body: [h("p", null, text)], act });
}

/**
 * @param {Admin} admin
 * @param {import("../../data/admin.js").LiveSession} live
 * @param {() => void} done
 */
export function cutSession(admin, { session, agent }, done) {
  const text =
    "Its socket is closed. The client comes back by itself, and misses nothing. To keep an agent out, disable it.";
  return ask({
    title: `Cut session ${session} of ${agent}?`,
    verb: "Cut",
    isDanger: true,
    body: [h("p", null, text)],
    async act() {
      await admin.cut(session);
      done();
      toast(`Session ${session} is cut.`);
    },
  });
}

/**
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {string} [hint]
 */
function field(label, control, hint) {
  return h(
    "div",
    { class: "field" },
    h("label", { htmlFor: control.id }, label),
    control,
    hint && h("p", { class: "hint" }, hint),
  );
}

/**
 * @param {string} name
 * @param {string[][]} choices
 */
function choice(name, choices) {
  return h("select", { id: `choice-${name}`, name }, ...choices.map(([value, text]) => h("option", { value }, text)));
}
