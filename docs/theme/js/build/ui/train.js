// The training side: data, init, loss, optimizer, scheduler, how it runs. Pure: HTML as text.

import { escape } from "../../ui/words.js";
import { DATA } from "../data.js";
import { RUN } from "../options.js";
import { argumentsOf, walk } from "../tree.js";
import { button, fields, select } from "./form.js";

/**
 * @import { Entry, Table } from "../table.js"
 * @import { Choice } from "../tree.js"
 * @import { Shown } from "./net.js"
 */

/** @param {Record<string, unknown>} part @returns {[string, string][]} */
const names = (part) => Object.keys(part).map((name) => [name, name]);

/**
 * A name of torch with its arguments.
 * @param {Shown} shown @param {Record<string, Entry>} part @param {string} target @param {Choice} choice @param {string} label
 * @param {[string, string][]} options
 */
function choice(shown, part, target, choice, label, options) {
  const { words } = shown;
  const [name] = choice;
  const id = `build-${target.replaceAll(".", "-")}`;
  const entry = Object.hasOwn(part, name) ? part[name] : undefined;
  const known = options.some(([each]) => each === name);
  const all = known ? options : [...options, /** @type {[string, string]} */ ([name, name])];
  const page = entry?.page
    ? `<p><a href="${escape(entry.page)}">${escape(words.say("page_of", { name }))}</a></p>`
    : "";
  return `${select(id, target, label, all, name)}${
    entry ? fields(id, target, entry.args, argumentsOf(/** @type {any} */ (choice)), {}, words) : ""
  }${page}`;
}

/** @param {Shown} shown @param {Table} table */
function scheduler(shown, table) {
  const { program, words } = shown;
  const options = /** @type {[string, string][]} */ ([["", words.say("no_scheduler")], ...names(table.schedulers)]);
  if (!program.sched) return select("build-sched", "sched", words.say("scheduler"), options, "");
  const nested = /** @type {Choice[]} */ (program.sched.slice(2)).map((child, at) =>
    `<div class="build-inner">${
      choice(
        shown,
        table.schedulers,
        `sched.${at}`,
        child,
        words.say("part", { number: at + 1 }),
        names(table.schedulers)
          .filter(([name]) => name !== "SequentialLR" && name !== "ChainedScheduler" && name !== "ReduceLROnPlateau"),
      )
    }</div>`
  );
  const own = /** @type {Choice} */ (program.sched.slice(0, 2));
  return choice(shown, table.schedulers, "sched", own, words.say("scheduler"), options) + nested.join("");
}

/** @param {Shown} shown @param {Table} table */
function inits(shown, table) {
  const { program, words } = shown;
  const there = new Set(
    [...walk(program)].map(({ block }) => block[0]).filter((name) => Object.hasOwn(table.layers, name)),
  );
  const kinds = /** @type {[string, string][]} */ ([
    ["*", words.say("every_layer")],
    ...[...there].sort().map((name) => [name, name]),
  ]);
  const rows = program.init.map(([kind, made], at) => {
    const known = kinds.some(([each]) => each === kind)
      ? kinds
      : [...kinds, /** @type {[string, string]} */ ([kind, kind])];
    const options = /** @type {[string, string][]} */ ([["default", words.say("default_init")], ...names(table.inits)]);
    return `<div class="build-inner">${select(`build-kind-${at}`, `kind.${at}`, words.say("weights_of"), known, kind)}${
      choice(shown, table.inits, `init.${at}`, made, words.say("init"), options)
    }${button("init-remove", words.say("remove_init"), ` data-at="${at}"`)}</div>`;
  });
  return rows.join("") + button("init-add", words.say("add_init"));
}

/** @param {Shown} shown @param {Table} table */
export function train(shown, table) {
  const { program, words } = shown;
  const part = (/** @type {string} */ key, /** @type {string} */ body) =>
    `<fieldset class="build-part build-${key}"><legend>${escape(words.say(`part.${key}`))}</legend>${body}</fieldset>`;
  const sets = /** @type {[string, string][]} */ (Object.keys(DATA).map((name) => [
    name,
    words.has(`data.${name}`) ? words.say(`data.${name}`) : name,
  ]));
  return [
    part("data", choice(shown, DATA, "data", program.data, words.say("data_set"), sets)),
    part("init", inits(shown, table)),
    part("loss", choice(shown, table.losses, "loss", program.loss, words.say("loss"), names(table.losses))),
    part("step", choice(shown, table.optimizers, "opt", program.opt, words.say("optimizer"), names(table.optimizers))),
    part("pace", scheduler(shown, table)),
    part("run", fields("build-run", "run", RUN, program.run, {}, words)),
  ].join("");
}
