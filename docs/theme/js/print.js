// A page on paper says where it came from, also where the site is published under an address that the build did not know.
(() => {
  "use strict";

  function start() {
    for (const address of document.querySelectorAll(".print-address")) {
      address.textContent = location.href.split("#")[0];
    }
  }

  // A figure that was moved has changed the address since.
  addEventListener("beforeprint", start);
  if (typeof document$ !== "undefined") document$.subscribe(start);
  else start();
})();
