// The line that is heard, not seen, unless it answers the reader.

const APART = 2000; // ms between two sentences that a screen reader hears

export class Status {
  /** @param {HTMLElement} line */
  constructor(line) {
    this.line = line;
    this.spoken = 0;
  }

  /** An answer that everybody should see. @param {string} text */
  tell(text) {
    this.line.textContent = text;
    this.line.classList.add("explorer-told");
    this.spoken = performance.now();
  }

  /** A sentence for screen readers: at most one in two seconds, and the last one in any case. @param {string} text */
  speak(text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.spoken = performance.now();
      this.line.classList.remove("explorer-told");
      this.line.textContent = text;
    }, Math.max(300, this.spoken + APART - performance.now()));
  }

  /** @type {number | undefined} */
  timer;

  end() {
    clearTimeout(this.timer);
  }
}
