// A program as part of an address: `#b1.` and base64url of deflated canonical JSON with short words. What comes in is hostile: it is
// inflated no further than a limit and read by parse() only. No document here.

import { lengthened, shortened } from "./short.js";
import { canonical, LIMITS, parse, ProgramError, VERSION } from "./tree.js";

/** @import { Program } from "./tree.js" */

export const LONGEST = 8000; // characters that all browsers and most chats carry
const MARK = /^#?b(\d{1,3})\.([\w-]+)$/;

/** @type {Record<number, (old: any) => any>} from a version to the next; pure, and never changed once published */
const MIGRATIONS = {};

/**
 * The current form of a program of any version. Throws ProgramError for one that is newer than this script.
 * @param {any} program
 */
export function migrate(program) {
  let found = program;
  if (!(found?.v >= 1 && found.v <= VERSION)) throw new ProgramError("other_version", String(found?.v));
  while (found.v < VERSION) found = MIGRATIONS[found.v](found);
  return found;
}

/** @param {Program} program @returns {Promise<string>} the hash, with its mark */
export async function encode(program) {
  const bytes = await squeeze(new TextEncoder().encode(JSON.stringify(shortened(JSON.parse(canonical(program))))));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `#b${VERSION}.${btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/**
 * The program of a hash, null where the hash is not ours. Throws ProgramError.
 * @param {string} hash
 * @returns {Promise<Program | null>}
 */
export async function decode(hash) {
  const found = MARK.exec(hash);
  if (!found) return null;
  if (hash.length > LIMITS.text) throw new ProgramError("too_long");
  let text;
  try {
    const letters = atob(found[2].replaceAll("-", "+").replaceAll("_", "/"));
    text = await inflate(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
  } catch (error) {
    throw error instanceof ProgramError ? error : new ProgramError("damaged");
  }
  return parse(migrate(read(text)));
}

/** @param {string} text */
function read(text) {
  try {
    return lengthened(JSON.parse(text));
  } catch {
    throw new ProgramError("no_json");
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {CompressionStream | DecompressionStream} through */
function pipe(bytes, through) {
  const writer = through.writable.getWriter();
  writer.write(bytes).then(() => writer.close()).catch(() => {}); // the reader gets the error
  return through.readable.getReader();
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function squeeze(bytes) {
  const reader = pipe(bytes, new CompressionStream("deflate-raw"));
  const parts = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(...next.value);
  return Uint8Array.from(parts);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function inflate(bytes) {
  const reader = pipe(bytes, new DecompressionStream("deflate-raw"));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, size] = ["", 0];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > LIMITS.text) {
      reader.cancel().catch(() => {});
      throw new ProgramError("too_long");
    }
    text += decoder.decode(next.value, { stream: true });
  }
  return text + decoder.decode();
}
