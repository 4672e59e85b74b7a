// The navigation drawer of narrow windows by keyboard: its button is one, what is closed or covered takes no focus
// (site.css hides it), and what lies behind an open drawer is inert.
(() => {
  "use strict";

  const toggle = /** @type {HTMLInputElement | null} */ (document.getElementById("__drawer"));
  const label = /** @type {HTMLElement | null} */ (document.querySelector(".md-header__button[for='__drawer']"));
  if (!toggle || !label) return;
  const BEHIND = ".md-header, .md-tabs, .md-content, .md-sidebar--secondary, .md-footer, .md-skip, .md-top";
  const drawer = () => document.querySelector(".md-sidebar--primary");

  // A label cannot say that it is a button. Material's own stands for readers without script.
  const opener = document.createElement("button");
  opener.type = "button";
  opener.className = `${label.className} drawer-button`;
  opener.setAttribute("aria-label", drawer()?.querySelector("nav")?.ariaLabel ?? "");
  opener.setAttribute("aria-expanded", "false");
  opener.append(...label.childNodes);
  opener.addEventListener("click", () => toggle.click());
  label.replaceWith(opener);

  function changed() {
    const open = /** @type {HTMLInputElement} */ (toggle).checked;
    opener.setAttribute("aria-expanded", String(open));
    for (const part of document.querySelectorAll(BEHIND)) part.toggleAttribute("inert", open);
    // The titles of nested lists lead back; Material makes only the labels that lead on stops of the Tab key.
    for (const title of drawer()?.querySelectorAll("label.md-nav__title[for]:not([for='__drawer'])") ?? []) {
      if (open) title.setAttribute("tabindex", "0");
      else title.removeAttribute("tabindex");
    }
    if (open) focusFirst();
  }

  function focusFirst() {
    const stops = [...drawer()?.querySelectorAll("a[href], label[tabindex='0']") ?? []];
    const first = stops.find((stop) => stop.checkVisibility({ visibilityProperty: true }));
    /** @type {HTMLElement | undefined} */ (first)?.focus({ preventScroll: true });
  }

  toggle.addEventListener("change", changed);
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
