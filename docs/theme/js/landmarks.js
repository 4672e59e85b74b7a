// Material puts each copy button into a nav of its own. A page with twenty code blocks then has twenty unnamed
// landmarks, which makes landmarks useless to those who move by them. Take the role away as soon as one appears.
(() => {
  "use strict";

  /** @param {Node} node */
  function plain(node) {
    if (node instanceof Element && node.matches("nav.md-code__nav")) node.setAttribute("role", "none");
  }

  document.querySelectorAll("nav.md-code__nav").forEach(plain);
  new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(plain);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
