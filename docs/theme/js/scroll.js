// A box that scrolls is a stop of the Tab key; one that fits is not. The build makes all of them stops, for those without
// script. Boxes change with the window, the palette's font and the theme's page swaps.
(() => {
  "use strict";

  const BOXES = ".table-scroll, pre.docrun-text, .typeset-scroll[tabindex], .typeset-wide[tabindex]";

  /** @param {Element} inside the box or what is in it */
  function turn(inside) {
    const box = /** @type {HTMLElement | null} */ (inside.closest(BOXES));
    if (!box) return; // what was in it has been replaced
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) box.tabIndex = 0;
    else if (document.activeElement !== box) box.removeAttribute("tabindex");
  }

  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => turn(target)));

  function start() {
    watch.disconnect();
    for (const box of document.querySelectorAll(BOXES)) {
      watch.observe(box);
      if (box.firstElementChild) watch.observe(box.firstElementChild); // what is in it may change, its own size not
    }
  }

  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
