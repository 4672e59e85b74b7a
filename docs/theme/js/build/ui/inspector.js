// The selected block: what can be done with it, and its arguments. Pure: HTML as text.

import { escape } from "../../ui/words.js";
import { entryOf } from "../table.js";
import { argumentsOf, blockAt, branches, firstBranch, pathOf, walk } from "../tree.js";
import { button, fields, select } from "./form.js";
import { title } from "./net.js";

/**
 * @import { Table } from "../table.js"
 * @import { Block } from "../tree.js"
 * @import { Shown } from "./net.js"
 */

const WRAPPERS = ["add", "cat", "mul", "repeat", "seq"];

/** @param {Shown} shown @param {Table} table */
export function inspector(shown, table) {
  const { program, words, selected } = shown;
  const block = selected ? blockAt(program, pathOf(selected)) : undefined;
  if (!block) return `<p class="build-hint">${escape(words.say("nothing_selected"))}</p>`;
  const page = table.layers[block[0]]?.page;
  const about = words.has(`block.${block[0]}`) ? `<p>${escape(words.say(`block.${block[0]}`))}</p>` : "";
  const link = page ? `<p><a href="${escape(page)}">${escape(words.say("page_of", { name: block[0] }))}</a></p>` : "";
  const close = button("close-block", words.say("close"), ' class="build-close"');
  return `${close}<h2 id="build-selected">${escape(title(block))}</h2>${about}${form(shown, table, block)}${link}${
    tools(shown, block)
  }`;
}

/** @param {Shown} shown @param {Table} table @param {Block} block */
function form(shown, table, block) {
  const { program, words, selected, shapes } = shown;
  const [name, head] = block;
  const id = "build-arg";
  const text = (/** @type {string} */ label, /** @type {string} */ value) =>
    `<div class="build-field"><label for="${id}-head">${escape(label)}</label>` +
    `<input type="text" id="${id}-head" data-head="${escape(selected)}" value="${
      escape(value)
    }" autocomplete="off"></div>`;
  if (name === "repeat") return text(words.say("times"), String(head));
  if (name === "tap") return text(words.say("tap_name"), String(head));
  if (name === "get") {
    const taps = [...walk(program)].filter(({ block: [kind] }) => kind === "tap").map(({ block: [, tap] }) =>
      String(tap)
    );
    const names = [...new Set([...taps, String(head)])];
    return select(
      `${id}-head`,
      `get:${selected}`,
      words.say("tap_name"),
      names.map((each) => [each, each]),
      String(head),
    );
  }
  if (name === "use") {
    const own = Object.hasOwn(program.defs, String(head)) ? program.defs[String(head)].params : {};
    /** @type {import("../table.js").Argument[]} */
    const args = Object.entries(own).map(([each, value]) => ({ name: each, kind: "float", default: value }));
    return fields(id, selected, args, argumentsOf(block), own, words);
  }
  const entry = entryOf(table, name);
  if (!entry) return `<p class="build-error">${escape(words.say("problem.unknown_block", { name }))}</p>`;
  const complete = shapes?.blocks[selected]?.args ?? {};
  return fields(id, selected, entry.args, argumentsOf(block), complete, words);
}

/** @param {Shown} shown @param {Block} block */
function tools({ words, program }, block) {
  const container = firstBranch(block) >= 0;
  const many = container && ["add", "mul", "cat"].includes(block[0]);
  const count = branches(block).length;
  const wraps = WRAPPERS.map((kind) => /** @type {[string, string]} */ ([kind, words.say(`wrap.${kind}`)]));
  const more = [
    button("up", words.say("up")),
    button("down", words.say("down")),
    button("duplicate", words.say("duplicate")),
    button("delete", words.say("delete")),
    button("after", words.say("after")),
    container ? button("unwrap", words.say("unwrap")) : "",
    many ? button("branch", words.say("add_branch")) : "",
    many && count > 2 ? button("unbranch", words.say("remove_branch")) : "",
  ];
  const free = freeName(Object.keys(program.defs));
  return `<div class="build-tools" role="group" aria-label="${escape(words.say("tools"))}">${more.join("")}</div>` +
    `<div class="build-tools">${
      select("build-wrap", "wrap", words.say("wrap"), [["", words.say("wrap.none")], ...wraps], "")
    }</div><div class="build-tools build-naming"><label for="build-def-name">${escape(words.say("name_it"))}</label> ` +
    `<input type="text" id="build-def-name" value="${escape(free)}" autocomplete="off" spellcheck="false"> ` +
    `${button("define", words.say("define"))}</div>`;
}

/** @param {string[]} taken */
function freeName(taken) {
  for (let number = 1;; number++) {
    const name = number === 1 ? "Block" : `Block${number}`;
    if (!taken.includes(name)) return name;
  }
}
