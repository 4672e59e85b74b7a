// The builder's life on the page. Its first HTML is made by build/ui/first.js.

import { Builder } from "./build/ui/app.js";

/** @type {Builder[]} */
let alive = [];

/** Take over the builder of this page, and end that of the page before. */
function start() {
  alive.filter((each) => !each.root.isConnected).forEach((each) => each.end());
  alive = alive.filter((each) => each.root.isConnected);
  for (const root of document.querySelectorAll('[data-explorer="builder"]:not([data-ready])')) {
    alive.push(new Builder(/** @type {HTMLElement} */ (root)));
  }
}

if (typeof document !== "undefined") {
  const pages = /** @type {any} */ (globalThis).document$;
  if (pages) pages.subscribe(start);
  else start();
}
