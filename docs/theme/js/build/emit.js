// A program of the builder as a Python program that runs. Nothing is printed that the table does not know. Pure.

import { printed, tail } from "./code.js";
import { dataOf } from "./data.js";
import { initLines } from "./init.js";
import { construct, plain } from "./layer.js";
import { called } from "./losses.js";
import { Model } from "./model.js";
import { optimizerLines, schedulerLines } from "./optimize.js";
import { refused, RUN, runOf } from "./options.js";
import { deviceLines, imports, loaders, wrapped } from "./setup.js";
import { problems } from "./table.js";
import { EmitError, trace } from "./trace.js";
import { evaluation, loopOf, lossFunction, training } from "./train.js";
import { argumentsOf } from "./tree.js";
import { everything } from "./walk.js";

/**
 * @import { Statement } from "./code.js"
 * @import { Tensor } from "./rules/torch.js"
 * @import { Table } from "./table.js"
 * @import { Program } from "./tree.js"
 * A part of the program, with the key of its heading among the words.
 * @typedef {{ name: string, lines: string[] }} Section
 */

/**
 * The program in parts: what a notebook shows as cells.
 * @param {Program} program @param {Table} table @param {Record<string, string>} words headings by the sections' names, comments by their own
 * @returns {Section[]} Throws EmitError for a program that the table does not know or torch refuses.
 */
export function sections(program, table, words) {
  const data = dataOf(program);
  const [problem] = problems(program, table);
  if (problem) throw new EmitError(problem.code, problem.path, problem.name);
  if (!data) throw new EmitError("unknown_data", ["data"], program.data[0]);
  const [wrong] = refused(data.set.args, argumentsOf(program.data));
  if (wrong !== undefined) throw new EmitError("bad_value", ["data"], wrong);
  const [option] = refused(RUN, program.run);
  if (option !== undefined) throw new EmitError("bad_value", ["run"], option);
  const root = trace(program, table, { dims: [data.batch, ...data.input.dims], dtype: data.input.dtype });
  const layers = [...everything(root.nodes)];
  const model = new Model(program, table, root);
  const use = called(program.loss[0], argumentsOf(program.loss), data.target, root.output);
  const optimizer = optimizerLines(program, table, layers, use.learns);
  const loop = loopOf(program, use, optimizer.many);
  const { epochs } = runOf(program);
  const lines = data.set.lines(data.args);
  const functional = [...lines, use.target ?? "", ...use.lines].some((line) => line.includes("F."));
  /** @type {[string, Statement[]][]} */
  const parts = [
    ["setup", [...imports(program, data, functional), "", ...deviceLines(program)]],
    ["data", [...lines, ...loaders(program, data, layers)]],
    ["model", [...model.before, { target: "model = ", value: tail(model.made, ".to(device)") }]],
    ["init", initLines(program, table, layers)],
    ["loss", [
      { target: "loss_function = ", value: lossOf(program, table, root.output, use.learns) },
      ...apart(lossFunction(loop)),
    ]],
    ["step", [`epochs = ${epochs}`, ...optimizer.lines, ...schedulerLines(program, table, optimizer.many)]],
    ["train", [...wrapped(program), ...apart(evaluation(loop)), "", "", ...training(loop)]],
  ];
  return parts.filter(([, lines]) => lines.length).map(([name, lines]) => ({
    name,
    lines: [...(words[name] ? [`# ${words[name]}`] : []), ...clean(noted(printed(lines), words))],
  }));
}

/** Lines with their comments in the page's language: `# {key}` stands for one. @param {string[]} lines @param {Record<string, string>} words */
const noted = (lines, words) =>
  lines.flatMap((line) => {
    const made = line.replace(/( *)# \{(\w+)\}$/, (_, space, key) => words[key] ? `${space}# ${words[key]}` : "");
    return made || !line ? [made] : []; // a comment alone on its line goes with it
  });

/** @param {Program} program @param {Table} table @param {Record<string, string>} words @returns {string} */
export function emit(program, table, words) {
  const parts = sections(program, table, words);
  const text = parts.flatMap(({ lines }, at) => ["", ...spaced(lines, parts[at - 1]?.lines ?? []), ...lines]);
  return `${clean(text).join("\n").trim()}\n`;
}

/** One line of space more where a function or a class begins, or has just ended. @param {string[]} lines @param {string[]} before */
function spaced(lines, before) {
  const begins = lines.slice(0, 2).some((line) => /^(def|class|@)/.test(line));
  const ended = /^(def|class)/.test(before.findLast((line) => /^\w/.test(line)) ?? "");
  return begins || ended ? [""] : [];
}

/** @param {Statement[]} lines @returns {Statement[]} */
const apart = (lines) => lines.length ? ["", "", ...lines] : [];

/** No more than two empty lines, none at the ends. @param {string[]} lines */
const clean = (lines) => lines.join("\n").replace(/\n{4,}/g, "\n\n\n").replace(/^\n+|\n+$/g, "").split("\n");

/** @param {Program} program @param {Table} table @param {Tensor} output @param {boolean} learns */
function lossOf(program, table, output, learns) {
  const [name] = program.loss;
  const given = { ...argumentsOf(program.loss) };
  if (learns && !Object.hasOwn(given, "in_features")) given.in_features = output.dims.at(-1);
  const made = construct(`nn.${name}`, table.losses[name], given, !learns, plain);
  const moved = learns || Object.values(given).some(Array.isArray);
  return moved ? tail(made, ".to(device)") : made;
}
