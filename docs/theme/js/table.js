// A table inside .table-tools is sorted by its headings and filtered by words and text. The build writes the controls
// (sitekit.table_tools); without this script they are off. A row must fit every choice and the text; who follows a link to
// a hidden row gets all rows back. Runs again when the theme swaps pages.
(() => {
  "use strict";

  /** @param {Element} cell */
  const text = (cell) => (cell.textContent ?? "").trim();
  /** @param {Element} cell */
  const words = (cell) => text(cell).split(/\s*,\s*/);
  /** @param {string} words */
  const plain = (words) => words.toLowerCase().replace(/\s+/g, " ").trim();
  /** @param {Element} tools @param {string} choice @returns {HTMLInputElement[]} the radio buttons of this choice */
  const radios = (tools, choice) => [.../** @type {NodeListOf<HTMLInputElement>} */ (tools.querySelectorAll(choice))];
  /** @param {Element} tools @returns {HTMLSelectElement[]} */
  const lists = (
    tools,
  ) => [.../** @type {NodeListOf<HTMLSelectElement>} */ (tools.querySelectorAll(".table-filter select"))];
  /** @param {Element} tools */
  const find = (tools) => /** @type {HTMLInputElement} */ (tools.querySelector("[type=search]"));

  /** @param {HTMLTableElement} table @param {string} locale */
  function sortable(table, locale) {
    const body = table.tBodies[0];
    const order = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
    for (const each of table.querySelectorAll(".table-sort")) {
      const button = /** @type {HTMLButtonElement} */ (each);
      const head = /** @type {HTMLTableCellElement} */ (button.closest("th"));
      const column = head.cellIndex;
      button.disabled = false;
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of head.parentElement?.children ?? []) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => order.compare(text(a.cells[column]), text(b.cells[column])));
        body.append(...(down ? rows.reverse() : rows));
      });
    }
  }

  // Who pastes a message has other numbers in it.
  /** @param {string} words */
  const anyNumber = (words) => words.replace(/\d+(?:\.\d+)?/g, "0");

  /** @param {HTMLElement} tools @param {HTMLTableElement} table */
  function filterable(tools, table) {
    const filter = /** @type {HTMLElement} */ (tools.querySelector(".table-filter"));
    const field = find(filter);
    const count = /** @type {HTMLElement} */ (filter.querySelector("[role=status]"));
    /** @param {string | null} words */
    const read = (words) => (tools.dataset.numbers === "any" ? anyNumber : String)(plain(words ?? ""));
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, said: read(row.textContent) }));
    filter.addEventListener("input", () => {
      const asked = [...radios(filter, "input:checked"), ...lists(filter)].filter((choice) => choice.value);
      const choices = asked.map((choice) => ({ column: Number(choice.name.split("-").pop()), word: choice.value }));
      const typed = read(field.value);
      for (const { row, said } of rows) {
        const chosen = choices.every(({ column, word }) => words(row.cells[column]).includes(word));
        row.hidden = !(chosen && said.includes(typed));
      }
      const shown = rows.filter(({ row }) => !row.hidden).length;
      const sentence = tools.dataset.count ?? "";
      count.textContent = sentence.replace("{shown}", String(shown)).replace("{all}", String(rows.length));
    });
  }

  /** @param {Element} tools */
  function showAll(tools) {
    for (const radio of radios(tools, "[type=radio][value='']")) radio.checked = true;
    for (const list of lists(tools)) list.value = "";
    const field = find(tools);
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /**
   * Go to the row that an address names, also if a filter hides it.
   * @param {string} hash @returns {boolean} whether there is such a row
   */
  function reveal(hash) {
    const named = document.getElementById(decodeURIComponent(hash.slice(1)));
    const row = /** @type {HTMLTableRowElement | null | undefined} */ (named?.closest(".table-tools tr"));
    const tools = row?.closest(".table-tools");
    if (!row || !tools) return false;
    if (row.hidden) showAll(tools);
    row.scrollIntoView();
    return true;
  }

  function start() {
    for (const each of document.querySelectorAll(".table-tools:not([data-ready])")) {
      const tools = /** @type {HTMLElement} */ (each);
      const table = tools.querySelector("table");
      if (!table || !tools.querySelector(".table-filter")) continue;
      tools.dataset.ready = "";
      sortable(table, document.documentElement.lang);
      filterable(tools, table);
    }
  }

  addEventListener("hashchange", () => reveal(location.hash));
  // Instant navigation would render the page anew for a link within it, without what the reader has chosen.
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const link = /** @type {HTMLAnchorElement | null} */ (target.closest("article a[href*='#']"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.href.split("#")[0] !== location.href.split("#")[0] || !reveal(link.hash)) return;
    event.preventDefault();
    event.stopPropagation();
    history.pushState(null, "", link.hash);
  }, true);
  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
