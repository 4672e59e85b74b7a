// Fetches an explorer's module when its figure comes near the window, or is touched where the page's own figure stands until
// then. Before, the page has what the build drew.
// A plain script: it runs once and stays when the theme swaps pages.
(() => {
  "use strict";

  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;

  const TOUCHES = ["pointerover", "focusin", "change"];

  /** @param {Element} figure */
  const fetched = (figure) => import(new URL(`${figure.getAttribute("data-explorer")}.js`, here).href);

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      fetched(target);
    }
  }, { rootMargin: "400px" });

  function start() {
    near.disconnect();
    for (const figure of document.querySelectorAll("[data-explorer]")) {
      const asked = location.search.includes(`${figure.getAttribute("data-key")}=`);
      if (asked || !figure.querySelector(".explorer-resting")) near.observe(figure);
      else for (const touch of TOUCHES) figure.addEventListener(touch, () => fetched(figure), { once: true });
    }
  }

  const pages = /** @type {any} */ (globalThis).document$; // the theme's; it calls again after each swap
  if (pages) pages.subscribe(start);
  else start();
})();
