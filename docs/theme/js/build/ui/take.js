// What a reader takes along, and what comes in: files, links, pasted models and errors.

import { save } from "../../ui/hand.js";
import { decode } from "../link.js";
import { findError, looksLikeModel, readModel } from "../reading.js";
import { canonical, parse, ProgramError } from "../tree.js";
import { title } from "./net.js";
import { headings, picture } from "./panels.js";
import { blockAt, pathOf } from "../tree.js";

/** @import { Builder } from "./app.js" */

/** @param {Builder} app @param {string} action @param {any} source the button or the field */
export function take(app, action, source) {
  switch (action) {
    case "py":
    case "ipynb":
      return void program(app, action);
    case "json":
      return save(canonical(app.program), "model.json");
    case "svg":
      return save(standalone(app), "model.svg");
    case "png":
      return png(app);
    case "bring":
      return bring(app, app.box("#build-text").value);
    case "file":
      return void source.files[0]?.text().then((/** @type {string} */ text) => bring(app, text));
    case "find-error":
      return find(app);
  }
}

/** @param {Builder} app @param {string} kind */
async function program(app, kind) {
  const { notebook, python } = await app.fetchOut();
  const made = python(app.program, app.table, headings(app.words));
  if (!("text" in made)) return app.say(`${app.words.say("no_program")} ${made.sentence}`, true);
  if (kind === "py") return save(made.text, "train.py");
  save(notebook(app.program, app.table, headings(app.words)), "train.ipynb");
}

/** The picture with the colours it has here. @param {Builder} app */
function standalone(app) {
  const made = document.createElement("div");
  made.innerHTML = picture(app.shown, app.known);
  const svg = /** @type {SVGElement} */ (made.firstElementChild);
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent =
    "rect{fill:#fff;stroke:#1b1f24}.d-learns rect{fill:#e8f0fb}.d-frame{fill:none;stroke-dasharray:4 3}" +
    ".d-wire{fill:none;stroke:#1b1f24}.d-sign{fill:#fff;stroke:#1b1f24}text{font:12px sans-serif;text-anchor:middle}" +
    ".d-word{text-anchor:start}.d-size{fill:#4c5561}";
  svg.prepend(style);
  return svg.outerHTML;
}

/** @param {Builder} app */
function png(app) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const link = document.createElement("a");
    link.href = canvas.toDataURL("image/png");
    link.download = "model.png";
    link.click();
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(app))}`;
}

/** A link, a saved program, or print(model). @param {Builder} app @param {string} text */
async function bring(app, text) {
  const answer = app.box(".build-import .build-answer");
  const link = /#b\d+\.[\w-]+/.exec(text);
  try {
    if (link) return arrived(app, await decode(link[0]), []);
    if (text.trimStart().startsWith("{")) return arrived(app, parse(text), []);
    if (!looksLikeModel(text, app.table)) throw new ProgramError("no_program");
    const { net, lost } = readModel(text, app.table);
    return arrived(app, { ...app.program, net, defs: {} }, lost);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    answer.textContent = app.words.say(`refused.${error.code}`, { what: error.what });
  }
}

/** @param {Builder} app @param {import("../tree.js").Program | null} found @param {string[]} lost */
function arrived(app, found, lost) {
  if (!found) return;
  app.keep.begin();
  app.set(found, "");
  const more = lost.length ? ` ${app.words.say("lost", { what: lost.slice(0, 8).join(", ") })}` : "";
  app.say(app.words.say("brought") + more, true);
  app.show("net");
}

/** @param {Builder} app */
function find(app) {
  const { shapes } = app.known;
  const text = app.box("#build-pasted").value;
  const paths = shapes ? findError(text, app.program, shapes) : [];
  const answer = app.box("#build-panel-check .build-answer");
  if (!text.trim() || !paths.length) return void (answer.textContent = app.words.say("not_found"));
  answer.textContent = app.words.say("found");
  for (const path of paths.slice(0, 3)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "build-go";
    [button.dataset.do, button.dataset.path] = ["go", path];
    const block = blockAt(app.program, pathOf(path));
    button.textContent = block ? title(block) : path;
    answer.append(" ", button);
  }
}
