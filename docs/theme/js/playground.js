// The playground's life on the page. Its first HTML is made by ui/build_playground.js.

import { Play } from "./ui/play.js";

const ADDRESSES = { worker: new URL("./play-worker.js", import.meta.url), site: new URL("..", import.meta.url) };

/** @type {Play[]} */
let alive = [];

/** Take over the figures of this page, and end those of the page before. */
function start() {
  alive.filter((play) => !play.root.isConnected).forEach((play) => play.end());
  alive = alive.filter((play) => play.root.isConnected);
  for (const root of document.querySelectorAll('figure[data-explorer="playground"]:not([data-taken])')) {
    alive.push(new Play(/** @type {HTMLElement} */ (root), ADDRESSES));
  }
}

if (typeof document !== "undefined") {
  const pages = /** @type {any} */ (globalThis).document$;
  if (pages) pages.subscribe(start);
  else start();
}
