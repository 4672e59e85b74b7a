// The playground's picture on the page: the field, the curves, the sentence, and the boxes below that the reader has opened.

/** @import { Ended } from "../model/series.js" */
/** @import { Settings } from "../model/playground.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Pinned } from "../view/training.js" */
/** @import { Words } from "./words.js" */
import { names } from "../view/training.js";
import { paint } from "./paint.js";
import { sentenceOf, views } from "./play_views.js";

const NARROW = "(max-width: 44.984375em)";
const FOLDS = [".play-layers", ".explorer-data", ".explorer-program"];

/** What is not needed before a first touch. */
export const folded = () => import("./play_folded.js");

export class Picture {
  /** @param {HTMLElement} root @param {Words} words @param {() => void} again asks for the same picture @param {AbortSignal} signal */
  constructor(root, words, again, signal) {
    this.root = root;
    this.words = words;
    /** @type {Settings | null} whose points are there */
    this.drawn = null;
    for (const touch of ["focusin", "pointerover"]) {
      root.addEventListener(touch, () => void folded(), { signal, once: true });
    }
    root.addEventListener("toggle", again, { signal, capture: true });
    for (const query of [NARROW, "(prefers-color-scheme: dark)"]) {
      matchMedia(query).addEventListener("change", again, { signal });
    }
    const palette = new MutationObserver(again);
    palette.observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
    signal.addEventListener("abort", () => palette.disconnect());
  }

  /** @param {string} selector @returns {HTMLElement} */
  box(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  get narrow() {
    return matchMedia(NARROW).matches;
  }

  /** What is watched. @param {Shot} shot @param {Settings} settings @param {Pinned | null} pinned @returns {string} what it says */
  show(shot, settings, pinned) {
    const parts = views(shot, settings, this.words, this.narrow ? 328 : 330, pinned);
    if (this.drawn === settings) this.box(".p-path").innerHTML = parts.path; // the same points
    else this.box(".play-points").innerHTML = parts.points();
    this.drawn = settings;
    this.box(".play-curves").innerHTML = parts.curves;
    paint(/** @type {HTMLCanvasElement} */ (this.box("canvas")), shot, settings);
    const sentence = sentenceOf(shot, settings, this.words, pinned);
    this.box(".explorer-sentence").textContent = sentence;
    return sentence;
  }

  /** What is read: those boxes that are open. @param {Shot} shot @param {Settings} settings */
  async unfold(shot, settings) {
    const open = FOLDS.filter((fold) => this.box(fold).hasAttribute("open"));
    if (!open.length) return;
    const { layers, program, table } = await folded();
    for (const fold of open) {
      if (fold === FOLDS[0]) this.box(`${fold} .table-scroll`).innerHTML = layers(shot, this.words);
      else if (fold === FOLDS[1]) this.box(`${fold} .table-scroll`).innerHTML = table(shot, settings, this.words);
      else this.box(`${fold} code`).textContent = program(settings);
    }
  }

  /** Small curves of several seeds, or none. @param {Ended[]} ended @param {Settings} settings @returns {Promise<string>} what they say */
  async multiply(ended, settings) {
    const box = this.box(".play-series");
    box.hidden = settings.state.seeds < 2;
    if (box.hidden) return "";
    const { picture, sentence } = (await folded()).series(ended, settings, this.narrow ? 328 : 660, this.words);
    this.box(".play-multiples").innerHTML = picture;
    this.box(".play-share").textContent = sentence;
    return sentence;
  }

  /** @param {boolean} pinned */
  name(pinned) {
    this.box(".play-names").innerHTML = names(this.words, pinned);
  }
}
