// Copying text with formulas in it copies their TeX: $…$ in a line, $$…$$ for a displayed one.
// Listens on the document, which stays when the theme swaps pages.
(() => {
  "use strict";

  const FORMULA = ".typeset";
  const DISPLAYED_ALONE = /^\\begin\{(align|alignat|equation|flalign|gather|multline)\*?\}/; // no $$ around these

  /** @param {Element} formula */
  function tex(formula) {
    const source = (formula.querySelector("annotation")?.textContent ?? "").trim();
    if (!formula.classList.contains("typeset-display")) return `$${source}$`;
    return DISPLAYED_ALONE.test(source) ? source : `$$\n${source}\n$$`;
  }

  /** @param {Node} node @returns {Element | null} the formula that it stands in */
  function around(node) {
    return (node instanceof Element ? node : node.parentElement)?.closest(FORMULA) ?? null;
  }

  /**
   * Half a formula has no TeX: a selection that begins or ends inside one takes all of it.
   * @param {Range} range
   */
  function whole(range) {
    const wide = range.cloneRange();
    const [first, last] = [around(range.startContainer), around(range.endContainer)];
    if (first) wide.setStartBefore(first);
    if (last) wide.setEndAfter(last);
    return wide.cloneContents();
  }

  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (!event.clipboardData || !selection || selection.isCollapsed) return;
    const content = whole(selection.getRangeAt(0));
    const formulas = content.querySelectorAll(FORMULA);
    if (!formulas.length) return;
    for (const formula of formulas) {
      const text = document.createElement(formula.tagName);
      text.style.whiteSpace = "pre-wrap";
      text.textContent = tex(formula);
      formula.replaceWith(text);
    }
    // Line breaks between paragraphs are known only once the text is laid out.
    const box = document.createElement("div");
    box.style.cssText = "position: fixed; left: -200vw; width: 100vw";
    box.append(content);
    document.body.append(box);
    event.clipboardData.setData("text/plain", box.innerText);
    event.clipboardData.setData("text/html", box.innerHTML);
    box.remove();
    event.preventDefault();
  });
})();
