// A table inside .table-tools can be sorted by its headings and filtered by one column. Without script it stays a table.
//   data-filter  heading of the column to filter by; its cells hold words, separated by commas
//   data-all     name of the choice that shows every row
//   data-count   what a screen reader hears after a choice, with {shown} and {all}
// Columns with formulas are not sorted. Runs again when the theme swaps pages.
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
    const column = headings.indexOf(tools.dataset.filter);
    if (column < 0) return;
    const rows = [...body.rows];
    const choices = [tools.dataset.all, ...new Set(rows.flatMap((row) => words(row.cells[column])))];
    const group = document.createElement("fieldset");
    group.className = "table-filter";
    const legend = document.createElement("legend");
    legend.textContent = tools.dataset.filter;
    const count = document.createElement("p");
    count.setAttribute("role", "status");
    group.append(legend);
    choices.forEach((choice, place) => {
      const name = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", checked: place === 0 });
      radio.name = "table-filter";
      radio.addEventListener("change", () => {
        for (const row of rows) row.hidden = place > 0 && !words(row.cells[column]).includes(choice);
        const shown = rows.filter((row) => !row.hidden).length;
        count.textContent = tools.dataset.count.replace("{shown}", shown).replace("{all}", rows.length);
      });
      name.append(radio, choice);
      group.append(name);
    });
    group.append(count);
    tools.prepend(group);
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

  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
