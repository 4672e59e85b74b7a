// Fetches an explorer's module when its figure comes near the window. Until then the page has what the build drew.
// A plain script: it runs once and stays when the theme swaps pages.
(() => {
  "use strict";

  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      import(new URL(`${target.getAttribute("data-explorer")}.js`, here).href);
    }
  }, { rootMargin: "400px" });

  function start() {
    near.disconnect();
    for (const figure of document.querySelectorAll("[data-explorer]")) near.observe(figure);
  }

  const pages = /** @type {any} */ (globalThis).document$; // the theme's; it calls again after each swap
  if (pages) pages.subscribe(start);
  else start();
})();
