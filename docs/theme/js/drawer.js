// The navigation drawer of narrow windows by keyboard: its button is one, what is closed or covered takes no focus
// (site.css hides it), and what lies behind an open drawer is inert.
(() => {
  "use strict";

  const toggle = document.getElementById("__drawer");
  const opener = document.querySelector(".md-header__button[for='__drawer']");
  if (!toggle || !opener) return;
  const BEHIND = ".md-header, .md-tabs, .md-content, .md-sidebar--secondary, .md-footer, .md-skip, .md-top";
  const drawer = () => document.querySelector(".md-sidebar--primary");
  const name = drawer()?.querySelector("nav")?.ariaLabel ?? "";

  opener.tabIndex = 0;
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-label", name);
  opener.setAttribute("aria-expanded", "false");

  function changed() {
    const open = toggle.checked;
    opener.setAttribute("aria-expanded", String(open));
    for (const part of document.querySelectorAll(BEHIND)) part.inert = open;
    // The titles of nested lists lead back; Material makes only the labels that lead on stops of the Tab key.
    for (const title of drawer()?.querySelectorAll("label.md-nav__title[for]:not([for='__drawer'])") ?? []) {
      if (open) title.tabIndex = 0;
      else title.removeAttribute("tabindex");
    }
    if (open) focusFirst();
  }

  function focusFirst() {
    const stops = [...drawer().querySelectorAll("a[href], label[tabindex='0']")];
    stops.find((stop) => stop.checkVisibility({ visibilityProperty: true }))?.focus({ preventScroll: true });
  }

  toggle.addEventListener("change", changed);
  opener.addEventListener("keydown", (event) => {
    if (event.key !== " ") return; // Material clicks a label on Enter
    event.preventDefault();
    opener.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !toggle.checked) return;
    toggle.click();
    opener.focus();
  });
  // A page swap brings new parts; a window grown wide has no drawer.
  if (typeof document$ !== "undefined") document$.subscribe(changed);
  matchMedia("(min-width: 76.25em)").addEventListener("change", (wide) => {
    if (wide.matches && toggle.checked) toggle.click();
  });
})();
