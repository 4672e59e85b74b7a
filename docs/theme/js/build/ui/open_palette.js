// The dialog that inserts a block.

import { insert } from "../edit.js";
import { key } from "../tree.js";
import { inserted, offers, palette } from "./palette.js";

/**
 * @import { Path } from "../tree.js"
 * @import { Builder } from "./app.js"
 * @import { Offer } from "./palette.js"
 */

export class Palette {
  /** @param {Builder} app */
  constructor(app) {
    this.app = app;
    /** @type {Path} */
    this.path = ["net", 0];
    /** @type {Offer[]} */
    this.offers = [];
    /** @type {HTMLDialogElement} */
    this.dialog = app.box(".build-palette");
    /** @type {HTMLInputElement} */
    this.search = app.box("#build-search");
    const { signal } = app.leave;
    this.search.addEventListener("input", () => this.fill(), { signal });
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      /** @type {HTMLElement | null} */ (this.dialog.querySelector('[data-do="offer"]'))?.click();
    }, { signal });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    }, { signal });
  }

  /** @param {Path} path where the block will stand */
  show(path) {
    const { program, table, known } = this.app;
    this.path = path;
    const input = known.input ?? { dims: [1], dtype: "float32", batch: 1 };
    this.offers = offers(program, table, known.shapes, path, input);
    this.search.value = "";
    this.fill();
    this.dialog.showModal();
    this.search.focus();
  }

  fill() {
    this.app.box(".build-results").innerHTML = palette(this.offers, this.search.value, this.app.words);
  }

  /** @param {number} at */
  choose(at) {
    const { app, path } = this;
    const { block } = this.offers[at];
    this.dialog.close();
    const where = key(path);
    app.set(insert(app.program, path, block), where, `.build-name[data-path="${CSS.escape(where)}"]`);
    const out = app.known.shapes?.blocks[where];
    if (out?.trouble) app.tell();
    else app.say(inserted(block, out?.out, app.words), false);
  }
}
