// A table inside .table-tools can be sorted by its headings and filtered by its columns. Without script it stays a table.
//   data-filter  headings of the columns to filter by, separated by commas; their cells hold words, separated by commas
//   data-all     name of the choice that shows every row
//   data-count   what a screen reader hears after a choice, with {shown} and {all}
// A row must fit the choice in every column; who follows a link to a hidden row gets all rows back. Columns with formulas
// are not sorted. Runs again when the theme swaps pages.
(() => {
  "use strict";

  const text = (cell) => cell.textContent.trim();
  const words = (cell) => text(cell).split(/\s*,\s*/);

  // Names above the cells, for the narrow layout of table.css, which takes the table's own roles away.
  function label(table, headings) {
    table.setAttribute("role", "table");
    for (const part of table.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup");
    for (const row of table.rows) {
      row.setAttribute("role", "row");
      [...row.cells].forEach((cell, column) => {
        const head = cell.tagName === "TH";
        cell.setAttribute("role", head ? "columnheader" : "cell");
        if (!head) cell.dataset.label = headings[column];
      });
    }
  }

  function sortable(table, body, locale) {
    const heads = [...table.tHead.rows[0].cells];
    const order = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
    heads.forEach((head, column) => {
      if ([...body.rows].some((row) => row.cells[column].querySelector("math"))) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "table-sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => order.compare(text(a.cells[column]), text(b.cells[column])));
        body.append(...(down ? rows.reverse() : rows));
      });
    });
  }

  function filterable(tools, body, headings) {
    const rows = [...body.rows];
    const chosen = new Map(); // column to word; a column that shows every row is not in it
    const count = document.createElement("p");
    count.setAttribute("role", "status");
    const apply = () => {
      for (const row of rows) row.hidden = [...chosen].some(([column, word]) => !words(row.cells[column]).includes(word));
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = tools.dataset.count.replace("{shown}", shown).replace("{all}", rows.length);
    };
    const filter = document.createElement("div");
    filter.className = "table-filter";
    for (const heading of tools.dataset.filter.split(/\s*,\s*/)) {
      const column = headings.indexOf(heading);
      if (column < 0) continue;
      const group = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = heading;
      group.append(legend);
      [tools.dataset.all, ...new Set(rows.flatMap((row) => words(row.cells[column])))].forEach((word, place) => {
        const name = document.createElement("label");
        const radio = Object.assign(document.createElement("input"), { type: "radio", checked: place === 0 });
        radio.name = `table-filter-${column}`;
        radio.addEventListener("change", () => {
          if (place) chosen.set(column, word);
          else chosen.delete(column);
          apply();
        });
        name.append(radio, word);
        group.append(name);
      });
      filter.append(group);
    }
    if (!filter.firstChild) return;
    filter.append(count);
    tools.prepend(filter);
    tools.addEventListener("table:all", () => {
      for (const radio of filter.querySelectorAll("label:first-of-type input")) radio.click();
    });
  }

  // Go to the row that an address names, also if a filter hides it.
  function reveal(hash) {
    const row = document.getElementById(decodeURIComponent(hash.slice(1)))?.closest(".table-tools tr");
    if (!row) return false;
    if (row.hidden) row.closest(".table-tools").dispatchEvent(new Event("table:all"));
    row.scrollIntoView();
    return true;
  }

  function start() {
    for (const tools of document.querySelectorAll(".table-tools:not([data-ready])")) {
      const table = tools.querySelector("table");
      if (!table) continue;
      tools.dataset.ready = "";
      const headings = [...table.tHead.rows[0].cells].map(text);
      label(table, headings);
      sortable(table, table.tBodies[0], document.documentElement.lang);
      filterable(tools, table.tBodies[0], headings);
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
