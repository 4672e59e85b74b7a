// The wall of figures: a choice of parts, words to find, and each figure as PNG. Without script the wall shows them all.
(() => {
  "use strict";

  const SCALE = 3; // pixels of the PNG per pixel of the figure
  const PAPER = { light: "#ffffff", dark: "#12161c" };
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  /** @returns {Promise<typeof import("./picture.js")>} */
  const pictures = () => import(new URL("picture.js", here).href);

  /** @param {HTMLAnchorElement} link to an SVG */
  function pngButton(link) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = (link.textContent ?? "").replace("SVG", "PNG");
    button.addEventListener("click", async () => {
      const { png, save } = await pictures();
      const paper = link.href.endsWith("-dark.svg") ? PAPER.dark : PAPER.light;
      save(await png(link.href, SCALE, paper), link.pathname.split("/").slice(-2).join("-").replace(/svg$/, "png"));
    });
    link.after(" ", button);
  }

  /** @param {HTMLElement} wall */
  function start(wall) {
    const tools = /** @type {HTMLFormElement} */ (wall.querySelector(".wall__tools"));
    const count = /** @type {HTMLElement} */ (tools.querySelector("[role=status]"));
    /** @type {HTMLElement[]} */
    const figures = [...wall.querySelectorAll(".wall__figure")].map((figure) => /** @type {HTMLElement} */ (figure));
    const find = () => {
      const asked = new FormData(tools);
      const part = String(asked.get("wall-part"));
      const words = String(asked.get("wall-words")).toLowerCase().split(/\s+/).filter(Boolean);
      for (const figure of figures) {
        const said = `${figure.textContent} ${figure.firstElementChild?.ariaLabel}`.toLowerCase();
        figure.hidden = (part !== "" && figure.dataset.part !== part) || !words.every((word) => said.includes(word));
      }
      const shown = figures.filter((figure) => !figure.hidden).length;
      count.textContent = (count.dataset.count ?? "").replace("{shown}", String(shown));
    };
    tools.hidden = false;
    tools.addEventListener("input", find);
    tools.addEventListener("submit", (event) => event.preventDefault());
    for (const link of wall.querySelectorAll(".wall__files a")) pngButton(/** @type {HTMLAnchorElement} */ (link));
  }

  function startAll() {
    for (const each of document.querySelectorAll(".wall:not([data-ready])")) {
      const wall = /** @type {HTMLElement} */ (each);
      wall.dataset.ready = "";
      start(wall);
    }
  }

  if (typeof document$ !== "undefined") document$.subscribe(startAll);
  else startAll();
})();
