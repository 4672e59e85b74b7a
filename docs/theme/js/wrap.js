// "Wrap lines" on each box of code that scrolls on a narrow screen; one switch for all pages, remembered.
(() => {
  "use strict";

  const KEY = "ils-wrap";
  const root = document.documentElement;
  const narrow = matchMedia("(max-width: 76.234375em)");

  // Storage may be forbidden; the switch then holds until the page is left.
  function remembered() {
    try {
      return localStorage.getItem(KEY) === "on";
    } catch {
      return false;
    }
  }

  function remember(on) {
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // nothing to do
    }
  }

  function turn(on) {
    root.dataset.wrap = on ? "on" : "off";
    for (const button of document.querySelectorAll(".code-wrap")) button.setAttribute("aria-pressed", String(on));
  }

  function added(box) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "code-wrap";
    button.textContent = "Wrap lines";
    button.setAttribute("aria-pressed", String(root.dataset.wrap === "on"));
    button.addEventListener("click", () => {
      const on = root.dataset.wrap !== "on";
      const before = button.getBoundingClientRect().top;
      turn(on);
      remember(on);
      scrollBy(0, button.getBoundingClientRect().top - before); // boxes above have changed their height
    });
    box.append(button);
  }

  // Whether a box scrolls is only seen unwrapped. Asked for all boxes at once: one layout, not one per box.
  function start() {
    if (!narrow.matches) return;
    const boxes = [...document.querySelectorAll(".highlight > pre:not(:has(> .code-wrap))")];
    delete root.dataset.wrap;
    const wide = boxes.filter((box) => {
      const code = box.querySelector("code");
      return code && code.scrollWidth > code.clientWidth + 1;
    });
    turn(remembered());
    wide.forEach(added);
  }

  turn(remembered());
  narrow.addEventListener("change", start);
  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
