// What becomes of answers: the command line seals them, which takes the operator's keys, and this page has none.

import { copyBlock } from "../../parts/copy.js";
import { h } from "../../parts/element.js";
import { icon } from "../../parts/icons.js";
import { quoted } from "../../parts/shell-words.js";

/**
 * @param {string} operator
 * @param {boolean} hasKeys Whether the operator has published keys to seal for.
 * @returns {Node[]}
 */
export function aboutAnswers(operator, hasKeys) {
  const head = h("h3", null, icon("reply"), " Answers");
  const plain = ["Agents that answer with ", h("code", null, "--plain"), " are read here. "];
  if (hasKeys) {
    const sealed =
      "This page has no keys and cannot open what is sealed, as the command line’s answers are: it shows them as sealed, with the command that reads them.";
    return [head, h("p", { class: "hint" }, ...plain, sealed)];
  }
  return [
    head,
    h(
      "p",
      { class: "note" },
      h("strong", null, `${operator} has published no keys: `),
      "an agent that seals its answer, as the command line does unless told otherwise, fails. Make keys where your profile is:",
    ),
    copyBlock(`agent-hub keys init --as ${quoted(operator)}`, "the command that makes your keys"),
    h(
      "p",
      { class: "hint" },
      "Sealed answers are then read on the command line: this page has no keys, and shows them as sealed. ",
      ...plain,
    ),
  ];
}
