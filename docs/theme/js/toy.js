// A net that was trained when the site was built, run in the page: draw, or take a sample, and it marks what it sees.

import { augmented } from "./build/augment.js";
import { logits, painted, sample, seen, SIZE, weightsOf } from "./build/toy.js";
import { sentence } from "./build/ui/see.js";
import { Words } from "./ui/words.js";

const CELL = 8; // pixels of the canvas for one of the picture
const QUIET = 300; // ms without a change until the sentence is said
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {HTMLElement} root @param {string} selector @returns {any} */
const find = (root, selector) => root.querySelector(selector);

class Toy {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.words = new Words(JSON.parse(root.dataset.words ?? "{}"), document.documentElement.lang || "en");
    this.weights = weightsOf(JSON.parse(root.dataset.weights ?? "[]"));
    /** @type {HTMLCanvasElement} */
    this.canvas = find(root, ".see-picture");
    /** @type {HTMLCanvasElement} */
    this.mask = find(root, ".see-mask");
    this.seed = 0;
    this.turn = 0; // of augmentation
    this.brush = { x: SIZE / 2, y: SIZE / 2 };
    this.timer = 0;
    this.pixels = sample("square", this.seed);
    this.listen();
    this.show();
    root.dataset.ready = "";
  }

  listen() {
    this.root.addEventListener("click", (event) => {
      const name = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.do;
      if (name === "again") {
        this.turn++;
        this.augment();
      } else if (name === "clear") this.change(new Float32Array(SIZE * SIZE));
      else if (name === "disc" || name === "square") this.change(sample(name, ++this.seed));
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.draw(event);
    });
    this.canvas.addEventListener("pointermove", (event) => event.buttons && this.draw(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.show());
    new MutationObserver(() => this.show()).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  /** @param {PointerEvent} event */
  draw(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * SIZE - 0.5;
    const y = ((event.clientY - top) / height) * SIZE - 0.5;
    this.brush = { x: Math.round(x), y: Math.round(y) };
    this.change(painted(this.pixels, x, y, 1));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = ARROWS[event.key];
    const inside = (/** @type {number} */ value) => Math.min(Math.max(value, 0), SIZE - 1);
    if (by) {
      const far = event.shiftKey ? 4 : 1;
      this.brush = { x: inside(this.brush.x + far * by[0]), y: inside(this.brush.y + far * by[1]) };
      this.show();
    } else if (event.key === " " || event.key === "Backspace") {
      this.change(painted(this.pixels, this.brush.x, this.brush.y, event.key === " " ? 1 : 0));
    } else return;
    event.preventDefault();
  }

  /** @param {Float32Array} pixels */
  change(pixels) {
    this.pixels = pixels;
    this.show();
  }

  /** Both pictures now, the sentence when nothing has moved for a moment. */
  show() {
    const found = seen(logits(this.weights, this.pixels));
    this.paint(found);
    this.augment();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const said = find(this.root, ".see-said");
      const text = sentence(found, this.words);
      if (said.textContent !== text) said.textContent = text;
    }, QUIET);
  }

  /** The same picture, augmented in each way. */
  augment() {
    const ink = getComputedStyle(this.root).getPropertyValue("--docrun-fg").trim();
    for (const canvas of this.root.querySelectorAll("canvas[data-augment]")) {
      const name = /** @type {HTMLElement} */ (canvas).dataset.augment ?? "";
      gray(/** @type {HTMLCanvasElement} */ (canvas), augmented(name, this.pixels, this.turn), ink);
    }
  }

  /** @param {ReturnType<typeof seen>} found */
  paint({ mask, box }) {
    const style = getComputedStyle(this.root);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const [ink, brush, ...kinds] = ["--docrun-fg", "--docrun-c2", "--docrun-c0", "--docrun-c1"].map(color);
    for (const canvas of [this.canvas, this.mask]) {
      const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      pen.clearRect(0, 0, canvas.width, canvas.height);
      const square = (/** @type {number} */ at, /** @type {string} */ fill, /** @type {number} */ alpha) => {
        pen.fillStyle = fill;
        pen.globalAlpha = alpha;
        pen.fillRect((at % SIZE) * CELL, Math.floor(at / SIZE) * CELL, CELL, CELL);
      };
      const faint = canvas === this.mask ? 0.3 : 1;
      this.pixels.forEach((value, at) => square(at, ink, faint * Math.min(Math.max(value, 0), 1)));
      if (canvas === this.mask) mask.forEach((kind, at) => kind && square(at, kinds[kind - 1], 0.8));
      pen.globalAlpha = 1;
      pen.strokeStyle = ink;
      pen.lineWidth = 2;
      if (canvas === this.mask && box) {
        const [left, top, right, bottom] = box;
        pen.strokeRect((left - 1) * CELL, (top - 1) * CELL, (right - left + 1) * CELL, (bottom - top + 1) * CELL);
      } else if (canvas === this.canvas && document.activeElement === canvas) {
        pen.strokeStyle = brush;
        pen.lineWidth = 3;
        pen.strokeRect((this.brush.x - 1) * CELL, (this.brush.y - 1) * CELL, 3 * CELL, 3 * CELL);
      }
    }
  }
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} pixels @param {string} ink */
function gray(canvas, pixels, ink) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const cell = canvas.width / SIZE;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = ink;
  pixels.forEach((value, at) => {
    pen.globalAlpha = value;
    pen.fillRect((at % SIZE) * cell, Math.floor(at / SIZE) * cell, cell, cell);
  });
}

/** Take over the figures of this page. */
function start() {
  for (const root of document.querySelectorAll('[data-explorer="toy"]:not([data-ready])')) {
    new Toy(/** @type {HTMLElement} */ (root));
  }
}

if (typeof document !== "undefined") {
  const pages = /** @type {any} */ (globalThis).document$;
  if (pages) pages.subscribe(start);
  else start();
}
