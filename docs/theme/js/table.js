// A table inside .table-tools is sorted by its headings and filtered by words and text. The build writes the controls
// (sitekit.table_tools); without this script they are off. A row must fit every choice and the text; who follows a link to
// a hidden row gets all rows back. Runs again when the theme swaps pages.
(() => {
  "use strict";

  const text = (cell) => cell.textContent.trim();
  const words = (cell) => text(cell).split(/\s*,\s*/);
  const plain = (words) => words.toLowerCase().replace(/\s+/g, " ").trim();

  function sortable(table, locale) {
    const body = table.tBodies[0];
    const order = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
    for (const button of table.querySelectorAll(".table-sort")) {
      const head = button.closest("th");
      const column = head.cellIndex;
      button.disabled = false;
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => order.compare(text(a.cells[column]), text(b.cells[column])));
        body.append(...(down ? rows.reverse() : rows));
      });
    }
  }

  // Who pastes a message has other numbers in it.
  const anyNumber = (words) => words.replace(/\d+(?:\.\d+)?/g, "0");

  function filterable(tools, table) {
    const filter = tools.querySelector(".table-filter");
    const field = filter.querySelector("[type=search]");
    const count = filter.querySelector("[role=status]");
    const rows = [...table.tBodies[0].rows];
    const read = tools.dataset.numbers === "any" ? (words) => anyNumber(plain(words)) : plain;
    const texts = new Map(rows.map((row) => [row, read(row.textContent)]));
    filter.addEventListener("input", () => {
      const asked = [...filter.querySelectorAll("input:checked, select")].filter((choice) => choice.value);
      const choices = asked.map((choice) => [Number(choice.name.split("-").pop()), choice.value]);
      const typed = read(field.value);
      const fits = (row) =>
        texts.get(row).includes(typed) && choices.every(([column, word]) => words(row.cells[column]).includes(word));
      let shown = 0;
      for (const row of rows) {
        row.hidden = !fits(row);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = tools.dataset.count.replace("{shown}", shown).replace("{all}", rows.length);
    });
  }

  function showAll(tools) {
    for (const radio of tools.querySelectorAll("[type=radio][value='']")) radio.checked = true;
    for (const list of tools.querySelectorAll(".table-filter select")) list.value = "";
    const field = tools.querySelector("[type=search]");
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Go to the row that an address names, also if a filter hides it.
  function reveal(hash) {
    const row = document.getElementById(decodeURIComponent(hash.slice(1)))?.closest(".table-tools tr");
    if (!row) return false;
    if (row.hidden) showAll(row.closest(".table-tools"));
    row.scrollIntoView();
    return true;
  }

  function start() {
    for (const tools of document.querySelectorAll(".table-tools:not([data-ready])")) {
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
    const link = event.target.closest("article a[href*='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.href.split("#")[0] !== location.href.split("#")[0] || !reveal(link.hash)) return;
    event.preventDefault();
    event.stopPropagation();
    history.pushState(null, "", link.hash);
  }, true);
  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
