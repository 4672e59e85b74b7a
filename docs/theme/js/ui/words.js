// What an explorer says, in the reader's language. Modules hold no words: these come from docs/theme/words/*.json.

/** @typedef {string | Record<string, string>} Entry a text, or one text for each plural form of {count} */

/** One language's words and numbers. */
export class Words {
  /**
   * @param {Record<string, Entry>} entries an explorer's own words and those that all share
   * @param {string} language as in `<html lang>`
   */
  constructor(entries, language) {
    this.entries = entries;
    this.plural = new Intl.PluralRules(language);
    this.list = new Intl.ListFormat(language, { type: "conjunction" });
    this.compact = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
    this.exact = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
    /** @param {number} digits */
    const plain = (digits) => new Intl.NumberFormat(language, { maximumSignificantDigits: digits });
    this.plain = [0, 1, 2, 3, 4, 5, 6].map((digits) => plain(Math.max(digits, 1)));
  }

  /** @param {string} key */
  has(key) {
    return Object.hasOwn(this.entries, key);
  }

  /**
   * A text with its places filled in; `{count}` also chooses the plural form.
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   * @returns {string}
   */
  say(key, values = {}) {
    if (!this.has(key)) throw new Error(`no word for ${key}`);
    const entry = this.entries[key];
    const text = typeof entry === "string" ? entry : entry[this.plural.select(Number(values.count))] ?? entry.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return typeof value === "number" ? this.number(value) : String(value);
    });
  }

  /**
   * A number for reading: at most `digits` significant ones, far from 1 with a power of ten.
   * @param {number} value
   * @param {number} [digits] from 1 to 6
   */
  number(value, digits = 3) {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
      const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
      const text = `${Number(mantissa)}e${Number(exponent)}`;
      return text.replaceAll("-", "−");
    }
    return this.plain[digits].format(value === 0 ? 0 : value).replaceAll("-", "−");
  }

  /** A count with all its digits. @param {number} value */
  whole(value) {
    return this.exact.format(value);
  }

  /** A large number with a letter for its thousands. @param {number} value */
  short(value) {
    return this.compact.format(value);
  }

  /** @param {string[]} parts */
  join(parts) {
    return this.list.format(parts);
  }
}

/** @param {string | number} text */
export function escape(text) {
  const marks = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (mark) => marks[/** @type {keyof marks} */ (mark)]);
}
