// A box of code that scrolls is a stop of the Tab key, and has "Wrap lines" on a narrow screen: one switch for all pages,
// remembered.
(() => {
  "use strict";

  const KEY = "ils-wrap";
  const root = document.documentElement;
  const narrow = matchMedia("(max-width: 76.234375em)");
  /** @type {Record<string, string>} */
  const words = JSON.parse(document.getElementById("ils-words")?.textContent ?? "{}");

  // Storage may be forbidden; the switch then holds until the page is left.
  function remembered() {
    try {
      return localStorage.getItem(KEY) === "on";
    } catch {
      return false;
    }
  }

  /** @param {boolean} on */
  function remember(on) {
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // nothing to do
    }
  }

  /** @param {boolean} on */
  function turn(on) {
    root.dataset.wrap = on ? "on" : "off";
    for (const button of document.querySelectorAll(".code-wrap")) button.setAttribute("aria-pressed", String(on));
  }

  /** @param {Element} box */
  function added(box) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "code-wrap";
    button.textContent = words.wrap;
    button.setAttribute("aria-pressed", String(root.dataset.wrap === "on"));
    button.addEventListener("click", () => {
      const on = root.dataset.wrap !== "on";
      const before = button.getBoundingClientRect().top;
      turn(on);
      remember(on);
      scrollBy(0, button.getBoundingClientRect().top - before); // boxes above have changed their height
    });
    box.querySelector("pre")?.append(button);
  }

  /** @param {Element} code @returns {(columns: number) => number} how wide a box with so many columns is */
  function ruler(code) {
    const look = getComputedStyle(code);
    const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    pen.font = `${look.fontSize} ${look.fontFamily}`; // the shorthand is empty where ligatures are off
    const column = pen.measureText("0".repeat(100)).width / 100;
    const sides = parseFloat(look.paddingLeft) + parseFloat(look.paddingRight);
    return (columns) => columns * column + sides;
  }

  // The build says how many columns a box has (sitekit.code): a box that nobody sees yet has no layout to ask. Nor has
  // Material asked yet: it decides for itself once the box is seen.
  function start() {
    const boxes = [...document.querySelectorAll(".highlight[style]:not(:has(.code-wrap))")];
    const first = boxes[0]?.querySelector("code");
    if (!first) return;
    const width = ruler(first);
    const columns = (/** @type {Element} */ box) => Number(getComputedStyle(box).getPropertyValue("--columns"));
    const wide = boxes.filter((box) => width(columns(box)) > box.clientWidth + 1);
    for (const box of wide) box.querySelector("code")?.setAttribute("tabindex", "0");
    if (narrow.matches) wide.forEach(added);
  }

  turn(remembered());
  narrow.addEventListener("change", start);
  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
