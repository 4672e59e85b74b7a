// What the tests of all explorers call. Words are watched, so that unused ones are found.

import { figure } from "../../docs/theme/js/ui/build.js";
import { folded, NARROW, seen, WIDE } from "../../docs/theme/js/ui/figure.js";
import { decode, defaults, encode } from "../../docs/theme/js/ui/spec.js";
import { Words } from "../../docs/theme/js/ui/words.js";

/**
 * An explorer, with all that these states need.
 * @param {string} name @param {any[]} [states]
 * @returns {Promise<import("../../docs/theme/js/ui/figure.js").Explorer<any>>}
 */
async function load(name, states = []) {
  const { explorer } = await import(`../../docs/theme/js/${name}.js`);
  for (const state of states) await explorer.load?.(state);
  return explorer;
}

/** @param {string} name */
export const spec = async (name) => (await load(name)).spec;

/** @param {string} name */
export const presets = async (name) => {
  const { spec, presets = {} } = await load(name);
  const own = defaults(spec);
  return Object.values(presets).map((preset) => ({ ...own, ...(typeof preset === "function" ? preset(own) : preset) }));
};

/**
 * Everything that an explorer shows in each of these states.
 * @param {string} name
 * @param {any[]} states
 * @param {Record<string, any>} entries
 */
export async function shown(name, states, entries) {
  const explorer = await load(name, states);
  const words = new Words(entries, "en");
  return states.map((state) => {
    const result = explorer.model(state);
    return { ...seen(explorer, result, state, words, [WIDE, NARROW]), ...folded(explorer, result, state, words) };
  });
}

/**
 * The table's numbers, unrounded.
 * @param {string} name
 * @param {any[]} states
 * @param {Record<string, any>} entries
 */
export async function tables(name, states, entries) {
  const explorer = await load(name, states);
  const words = new Words(entries, "en");
  return states.map((state) => {
    const { head, rows } = explorer.table(explorer.model(state), state, words);
    return { head, rows, program: explorer.program?.(state) ?? "" };
  });
}

/**
 * Which words are asked for when the figure is made in these states.
 * @param {string} name
 * @param {any[]} states
 * @param {Record<string, any>} entries
 */
export async function used(name, states, entries) {
  const explorer = await load(name);
  const { spec } = explorer;
  /** @type {Set<string>} */
  const asked = new Set();
  const watched = new Proxy(entries, {
    get: (all, key) => {
      asked.add(String(key));
      return Reflect.get(all, key);
    },
  });
  const own = defaults(spec);
  for (const state of states) {
    const given = encode(spec, own, state).split(";").slice(1).map((part) => {
      const cut = part.indexOf(":");
      return [part.slice(0, cut), part.slice(cut + 1)];
    });
    await figure(name, "x", Object.fromEntries(given), watched, "en");
    if (explorer.still) { // the build draws nothing yet
      const [result, words] = [explorer.model(state), new Words(watched, "en")];
      seen(explorer, result, state, words, [WIDE]);
      folded(explorer, result, state, words);
    }
  }
  return [...asked];
}

/** Each state as an address, read back. @param {string} name @param {any[]} states */
export async function addresses(name, states) {
  const { spec } = await load(name);
  const own = defaults(spec);
  return states.map((state) => {
    const text = encode(spec, own, state);
    return { text, ...decode(spec, own, text) };
  });
}

/** @param {string} name @param {string} text */
export async function asked(name, text) {
  const { spec } = await load(name);
  return decode(spec, defaults(spec), text);
}
