// What a reader takes along: a link, a program.

/**
 * Put a text on the clipboard and say so on the button.
 * @param {string} text
 * @param {HTMLButtonElement} button
 * @param {import("./words.js").Words} words
 */
export async function copy(text, button, words) {
  const title = button.dataset.title ?? button.textContent ?? "";
  button.dataset.title = title;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = words.say("copied");
  } catch {
    button.textContent = words.say("not_copied");
  }
  setTimeout(() => button.textContent = title, 2000);
}

/**
 * Offer a text as a file.
 * @param {string} text
 * @param {string} file its name
 */
export function save(text, file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
