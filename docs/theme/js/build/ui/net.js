// The net as nested lists: blocks are buttons, and between them are buttons that insert. Pure: HTML as text.

import { escape } from "../../ui/words.js";
import { argumentsOf, branches, key } from "../tree.js";
import { button } from "./form.js";
import { print } from "./values.js";

/**
 * @import { Shapes, Shape, Trouble } from "../shapes.js"
 * @import { Problem } from "../table.js"
 * @import { Block, Branch, Path, Program } from "../tree.js"
 * @import { Words } from "../../ui/words.js"
 * Everything that is shown of a program: `shapes` is null where the table does not know all of it.
 * @typedef {{ program: Program, shapes: Shapes | null, problems: Problem[], words: Words, selected: string }} Shown
 */

/** @param {Shape | null | undefined} shape */
export const size = (shape) => shape ? shape.dims.join(" × ") || "·" : "?";

/** @param {Trouble} trouble @param {Words} words */
export const troubleText = (trouble, words) =>
  "code" in trouble ? words.say(`trouble.${trouble.code}`, trouble.values) : `${trouble.type}: ${trouble.sentence}`;

/** A block's name with what is set, as Python would write it. @param {Block} block */
export function title(block) {
  const [name, head] = block;
  if (name === "repeat") return `repeat ${print(head)} ×`;
  if (name === "tap" || name === "get") return `${name} ${print(head)}`;
  const args = Object.entries(argumentsOf(block)).map(([each, value]) => {
    const text = Array.isArray(value) ? `(${print(value)})` : print(value);
    return `${each}=${text}`;
  });
  if (name === "use") return args.length ? `${head}(${args.join(", ")})` : String(head);
  return args.length ? `${name}(${args.join(", ")})` : name;
}

/** @param {Problem} problem @param {Words} words */
export const problemText = ({ code, name, value }, words) =>
  words.say(`problem.${code}`, { name, value: value === undefined ? "" : print(value) });

/** @param {Shown} shown @param {Block} block @param {Path} path */
function card(shown, block, path) {
  const { words, shapes, selected } = shown;
  const at = key(path);
  const info = shapes?.blocks[at];
  const wrong = shown.problems.filter((each) => key(each.path) === at).map((each) => problemText(each, words));
  if (info?.trouble) wrong.push(troubleText(info.trouble, words));
  const text = title(block);
  const line = info ? `${size(info.in)} → ${size(info.out)}` : "";
  const count = info?.params ? words.say("parameters", { count: info.params, number: words.whole(info.params) }) : "";
  const said = [line, count].filter(Boolean).join(" · ");
  const current = selected === at ? ' aria-current="true"' : "";
  const rest = ` data-path="${escape(at)}"${current} aria-describedby="b-${escape(at)}"`;
  const [name, inside] = /^([^(]*)(.*)$/.exec(text)?.slice(1) ?? [text, ""];
  return `<div class="build-card${wrong.length ? " build-wrong" : ""}${current ? " build-now" : ""}">` +
    `<button type="button" class="build-name" data-do="select"${rest}><b>${escape(name)}</b>${
      escape(inside)
    }</button>` +
    `<span class="build-size" id="b-${escape(at)}">${escape(said)}</span>` +
    wrong.map((each) => `<p class="build-error">${escape(each)}</p>`).join("") + "</div>";
}

/**
 * The button that inserts at a place; its whole name says before what.
 * @param {Shown} shown @param {Path} path @param {Block | undefined} next @param {string} list what the list is called
 */
function inserter({ words }, path, next, list) {
  const empty = !next && path.at(-1) === 0;
  const text = words.say(empty ? "insert_first" : "insert");
  const where = next ? words.say("insert_before", { name: next[0] }) : words.say("insert_end", { name: list });
  const rest = ` data-path="${escape(key(path))}" aria-label="${escape(`${text}, ${where}`)}"`;
  return `<li class="build-insert${empty ? " build-empty" : ""}">${button("insert", text, rest)}</li>`;
}

/** @param {Shown} shown @param {Branch} branch @param {[string, ...number[]]} base @param {string} label @returns {string} */
function list(shown, branch, base, label) {
  const items = branch.map((block, index) => {
    /** @type {Path} */
    const path = [...base, index];
    const inner = branches(block);
    const nested = inner.map((each, number) => {
      const word = each.length ? "branch" : "branch_empty";
      const name = inner.length > 1
        ? shown.words.say(word, { number: number + 1, name: block[0] })
        : shown.words.say("inside", { name: block[0] });
      const mark = inner.length > 1 ? `<p class="build-branch">${escape(name)}</p>` : "";
      return `<div class="build-inner">${mark}${list(shown, each, [...path, number], name)}</div>`;
    });
    return `${inserter(shown, path, block, label)}<li class="build-block">${card(shown, block, path)}${
      nested.join("")
    }</li>`;
  });
  const end = inserter(shown, [...base, branch.length], undefined, label);
  return `<ol class="build-list" aria-label="${escape(label)}">${items.join("")}${end}</ol>`;
}

/** The net, then its named blocks. @param {Shown} shown */
export function net(shown) {
  const { program, words } = shown;
  const named = Object.entries(program.defs).map(([name, definition]) => {
    const id = `d-${escape(name)}`;
    const params = Object.entries(definition.params).map(([each, value]) => `${each}=${print(value)}`).join(", ");
    const shared = `<label class="build-check"><input type="checkbox" data-shared="${escape(name)}"${
      definition.shared ? " checked" : ""
    }> ${escape(words.say("shared"))}</label>`;
    const given = `<label for="${id}-params">${escape(words.say("def_params"))}</label> ` +
      `<input type="text" id="${id}-params" data-params="${escape(name)}" value="${escape(params)}" ` +
      `placeholder="c=16" autocomplete="off" spellcheck="false">`;
    return `<section class="build-def"><h2 id="${id}">${escape(words.say("definition", { name }))}</h2>` +
      `<p class="build-params">${given} ${shared}</p>${
        list(shown, definition.net, [`:${name}`], words.say("definition", { name }))
      }</section>`;
  });
  return `${list(shown, program.net, ["net"], words.say("net"))}${named.join("")}`;
}
