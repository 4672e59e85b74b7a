// A figure opens full-screen: by its button, by a click or by a tap. There it can be saved as it looks, as SVG or PNG,
// and its address copied. The drawing in the page stays where it is; the dialog shows a copy.
(() => {
  "use strict";

  const SCALE = 2 * 4 / 3; // PNG pixels per point: two per CSS pixel
  const FIGURE = "figure.docrun:has(> svg.docrun-figure)";
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  /** @returns {Promise<typeof import("./picture.js")>} */
  const pictures = () => import(new URL("picture.js", here).href);
  /** @type {Record<string, string>} */
  const words = JSON.parse(document.getElementById("ils-words")?.textContent ?? "{}");
  /** @type {Dialog | null} */
  let dialog = null;

  /** @param {ParentNode} box @param {string} which @returns {SVGSVGElement[]} */
  function drawings(box, which = "svg.docrun-figure") {
    return [.../** @type {NodeListOf<SVGSVGElement>} */ (box.querySelectorAll(which))];
  }

  /** @param {string} said @param {() => void} act */
  function button(said, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = said;
    made.addEventListener("click", act);
    return made;
  }

  /** What a figure is called in files: its page, and its own id or number. @param {Element} figure */
  function nameOf(figure) {
    const page = location.pathname.replace(/index\.html$/, "").split("/").filter(Boolean).pop() ?? "figure";
    return `${page}-${figure.id || `figure-${[...document.querySelectorAll(FIGURE)].indexOf(figure) + 1}`}`;
  }

  /** Its address: its own, or that of the heading above it. @param {Element} figure */
  function addressOf(figure) {
    const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4)[id]")];
    const above = headings.filter((h) => h.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
    return `${location.href.split("#")[0]}#${figure.id || above?.id || ""}`;
  }

  /** A drawing as a file of its own: the palette's colors written out, the page's font named. @param {SVGSVGElement} svg */
  function standalone(svg) {
    const look = getComputedStyle(svg);
    const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
    copy.setAttribute("width", String(svg.viewBox.baseVal.width));
    copy.setAttribute("height", String(svg.viewBox.baseVal.height));
    copy.style.color = look.color;
    copy.style.fontFamily = look.fontFamily;
    const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    paper.setAttribute("width", "100%");
    paper.setAttribute("height", "100%");
    paper.setAttribute("fill", look.getPropertyValue("--docrun-bg").trim() || "white");
    copy.prepend(paper);
    /** @param {string} _ @param {string} name @param {string | undefined} given */
    const color = (_, name, given) => look.getPropertyValue(name).trim() || given?.trim() || "currentColor";
    return new XMLSerializer().serializeToString(copy).replace(/var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)/g, color);
  }

  class Dialog {
    constructor() {
      /** @type {Element | null} the figure of which it shows a copy */
      this.figure = null;
      this.box = document.createElement("dialog");
      this.box.className = "figure-dialog";
      this.said = document.createElement("span");
      this.said.setAttribute("role", "status");
      const bar = document.createElement("div");
      bar.className = "figure-dialog__bar";
      bar.append(
        button(words.save_svg, () => this.saveSvg()),
        button(words.save_png, () => this.savePng()),
        button(words.copy_link, () => this.copyLink()),
        this.said,
        button(words.close, () => this.box.close()),
      );
      this.stage = document.createElement("div");
      this.stage.className = "figure-dialog__stage";
      this.caption = document.createElement("p");
      this.box.append(bar, this.stage, this.caption);
      this.box.addEventListener("click", (event) => event.target === this.box && this.box.close());
      this.box.addEventListener("keydown", (event) => event.stopPropagation()); // no shortcuts of the page below
      this.box.addEventListener("close", () => this.stage.replaceChildren());
      document.body.append(this.box);
    }

    /** @param {Element} figure */
    show(figure) {
      this.figure = figure;
      const copies = drawings(figure, ":scope > svg.docrun-figure").map((svg) => svg.cloneNode(true));
      this.box.setAttribute("aria-label", /** @type {Element} */ (copies[0]).getAttribute("aria-label") ?? "");
      this.said.textContent = "";
      this.stage.replaceChildren(...copies);
      this.caption.textContent = figure.querySelector("figcaption")?.textContent ?? "";
      this.box.showModal();
    }

    /** The file's name without its ending, and the drawing that the window's shape has chosen, as text. */
    file() {
      const shown = drawings(this.stage).find((svg) => svg.checkVisibility());
      if (!this.figure || !shown) throw new Error("the dialog is closed");
      return { name: nameOf(this.figure), text: standalone(shown) };
    }

    async saveSvg() {
      const { name, text } = this.file();
      const { save } = await pictures();
      save(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
    }

    async savePng() {
      const { name, text } = this.file();
      const { png, save } = await pictures();
      save(await png(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, SCALE), `${name}.png`);
    }

    async copyLink() {
      const address = this.figure ? addressOf(this.figure) : "";
      try {
        await navigator.clipboard.writeText(address);
        this.said.textContent = words.link_copied;
      } catch {
        this.said.textContent = address; // no clipboard: to copy by hand
      }
    }
  }

  /** @param {Element} figure */
  function open(figure) {
    dialog ??= new Dialog();
    const opener = /** @type {HTMLElement | null} */ (figure.querySelector(".figure-open"));
    opener?.focus({ preventScroll: true }); // where the focus returns to
    dialog.show(figure);
  }

  function start() {
    dialog?.box.close();
    for (const figure of document.querySelectorAll(`article ${FIGURE}:not(:has(> .figure-open))`)) {
      const own = drawings(figure, ":scope > svg.docrun-figure");
      const opener = button("", () => open(figure));
      opener.className = "figure-open";
      opener.title = words.full_screen;
      opener.setAttribute("aria-label", `${words.full_screen}: ${own[0].getAttribute("aria-label")}`);
      own[0].before(opener);
      for (const svg of own) svg.addEventListener("click", () => open(figure));
    }
  }

  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
