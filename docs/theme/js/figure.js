// A figure opens full-screen: by its button, by a click or by a tap. There it can be saved as it looks, as SVG or PNG,
// and its address copied. The drawing in the page stays where it is; the dialog shows a copy.
(() => {
  "use strict";

  const SCALE = 2; // PNG pixels per CSS pixel
  const FIGURE = "figure.docrun:has(> svg.docrun-figure)";
  const drawings = (figure) => [...figure.querySelectorAll(":scope > svg.docrun-figure")];
  const shown = (box) => [...box.querySelectorAll("svg.docrun-figure")].find((svg) => svg.checkVisibility());
  let dialog = null;
  let current = null;

  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  /** What a figure is called in files: its page, and its own id or number. */
  function nameOf(figure) {
    const page = location.pathname.replace(/index\.html$/, "").split("/").filter(Boolean).pop() ?? "figure";
    return `${page}-${figure.id || `figure-${[...document.querySelectorAll(FIGURE)].indexOf(figure) + 1}`}`;
  }

  /** Its address: its own, or that of the heading above it. */
  function addressOf(figure) {
    const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4)[id]")];
    const above = headings.filter((h) => h.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
    return `${location.href.split("#")[0]}#${figure.id || above?.id || ""}`;
  }

  /** A drawing as a file of its own: the palette's colours written out, the page's font named. */
  function standalone(svg) {
    const look = getComputedStyle(svg);
    const copy = svg.cloneNode(true);
    const [, , width, height] = svg.getAttribute("viewBox").split(/\s+/).map(Number);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.style.color = look.color;
    copy.style.fontFamily = look.fontFamily;
    const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    paper.setAttribute("width", "100%");
    paper.setAttribute("height", "100%");
    paper.setAttribute("fill", look.getPropertyValue("--docrun-bg").trim() || "white");
    copy.prepend(paper);
    const colour = (_, name, given) => look.getPropertyValue(name).trim() || given?.trim() || "currentColor";
    const text = new XMLSerializer().serializeToString(copy);
    return { width, height, text: text.replace(/var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)/g, colour) };
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  function saveSvg() {
    save(new Blob([standalone(shown(dialog)).text], { type: "image/svg+xml" }), `${nameOf(current)}.svg`);
  }

  async function savePng() {
    const { width, height, text } = standalone(shown(dialog));
    const picture = new Image();
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await picture.decode();
    const canvas = document.createElement("canvas");
    const enlarge = (SCALE * 4) / 3; // the drawing counts in points
    canvas.width = Math.round(width * enlarge);
    canvas.height = Math.round(height * enlarge);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const name = `${nameOf(current)}.png`;
    canvas.toBlob((blob) => save(blob, name), "image/png");
  }

  async function copyLink() {
    const address = addressOf(current);
    const said = dialog.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(address);
      said.textContent = "Link copied";
    } catch {
      said.textContent = address; // no clipboard: to copy by hand
    }
  }

  function makeDialog() {
    dialog = document.createElement("dialog");
    dialog.className = "figure-dialog";
    const bar = document.createElement("div");
    bar.className = "figure-dialog__bar";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    const close = button("Close", () => dialog.close());
    bar.append(button("Save SVG", saveSvg), button("Save PNG", savePng), button("Copy link", copyLink), said, close);
    const stage = document.createElement("div");
    stage.className = "figure-dialog__stage";
    const words = document.createElement("p");
    dialog.append(bar, stage, words);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("keydown", (event) => event.stopPropagation()); // no shortcuts of the page below
    dialog.addEventListener("close", () => stage.replaceChildren());
    document.body.append(dialog);
  }

  function open(figure) {
    if (!dialog) makeDialog();
    current = figure;
    const copies = drawings(figure).map((svg) => svg.cloneNode(true));
    dialog.setAttribute("aria-label", copies[0].getAttribute("aria-label") ?? "");
    dialog.querySelector("[role=status]").textContent = "";
    dialog.querySelector(".figure-dialog__stage").replaceChildren(...copies);
    dialog.querySelector("p").textContent = figure.querySelector("figcaption")?.textContent ?? "";
    figure.querySelector(".figure-open").focus({ preventScroll: true }); // where the focus returns to
    dialog.showModal();
  }

  function start() {
    dialog?.close();
    for (const figure of document.querySelectorAll(`article ${FIGURE}:not(:has(> .figure-open))`)) {
      const opener = button("", () => open(figure));
      opener.className = "figure-open";
      opener.title = "Full screen";
      opener.setAttribute("aria-label", `Full screen: ${drawings(figure)[0].getAttribute("aria-label")}`);
      drawings(figure)[0].before(opener);
      for (const svg of drawings(figure)) svg.addEventListener("click", () => open(figure));
    }
  }

  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
