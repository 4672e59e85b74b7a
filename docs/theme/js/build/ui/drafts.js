// Programs that this browser remembers: the last ten, named by their time. A browser that refuses to store changes nothing
// but that.

/** @typedef {{ time: number, text: string }} Draft */

const PLACE = "ils.builder.drafts";
const KEPT = 10;

/** @returns {Draft[]} the newest first */
export function drafts() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(found)
      ? found.filter((each) => typeof each?.time === "number" && typeof each.text === "string")
      : [];
  } catch {
    return [];
  }
}

/**
 * Remember a program. One that was begun before takes its own place again.
 * @param {Draft} draft `time` says when it was begun
 * @returns {boolean} whether the browser stored it
 */
export function remember(draft) {
  const others = drafts().filter((each) => each.time !== draft.time && each.text !== draft.text);
  try {
    localStorage.setItem(PLACE, JSON.stringify([draft, ...others].slice(0, KEPT)));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
export function setting(name) {
  try {
    return localStorage.getItem(`ils.builder.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function set(name, value) {
  try {
    localStorage.setItem(`ils.builder.${name}`, value);
  } catch {
    // Kept for this visit only.
  }
}
