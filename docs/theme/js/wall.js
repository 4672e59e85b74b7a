// The wall of figures: a choice of parts, words to find, and each figure as PNG. Without script the wall shows them all.
(() => {
  "use strict";

  const SCALE = 3; // pixels of the PNG per pixel of the figure

  /** @param {string} address of an SVG @param {string} paper its background */
  async function asPng(address, paper) {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = SCALE * image.naturalWidth;
    canvas.height = SCALE * image.naturalHeight;
    const context = canvas.getContext("2d");
    context.fillStyle = paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  /** @param {HTMLAnchorElement} link to an SVG */
  function pngButton(link) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = link.textContent.replace("SVG", "PNG");
    button.addEventListener("click", async () => {
      const paper = link.href.endsWith("-dark.svg") ? "#12161c" : "#ffffff";
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await asPng(link.href, paper));
      file.download = link.pathname.split("/").slice(-2).join("-").replace(/svg$/, "png");
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 1000);
    });
    link.after(" ", button);
  }

  /** @param {HTMLElement} wall */
  function start(wall) {
    const tools = wall.querySelector(".wall__tools");
    const count = tools.querySelector("[role=status]");
    const figures = [...wall.querySelectorAll(".wall__figure")];
    const find = () => {
      const part = tools.elements["wall-part"].value;
      const words = tools.elements["wall-words"].value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const figure of figures) {
        const said = `${figure.textContent} ${figure.firstElementChild.getAttribute("aria-label")}`.toLowerCase();
        figure.hidden = (part !== "" && figure.dataset.part !== part) || !words.every((word) => said.includes(word));
      }
      count.textContent = count.dataset.count.replace("{shown}", figures.filter((figure) => !figure.hidden).length);
    };
    tools.hidden = false;
    tools.addEventListener("input", find);
    tools.addEventListener("submit", (event) => event.preventDefault());
    for (const link of wall.querySelectorAll(".wall__files a")) pngButton(link);
  }

  function startAll() {
    for (const wall of document.querySelectorAll(".wall:not([data-ready])")) {
      wall.dataset.ready = "";
      start(wall);
    }
  }

  if (typeof document$ !== "undefined") document$.subscribe(startAll);
  else startAll();
})();
