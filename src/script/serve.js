// The far end of script.deno: reads one JSON request per line, calls an exported function, writes one JSON answer.
//   {"id": 1, "module": "file:///…/rng.js", "call": "draw", "args": […]}  →  {"id": 1, "value": …} or {"id": 1, "error": "…"}
// JSON knows neither nan nor infinity and no arrays of doubles, so both sides write {"$f64": base64 of little-endian bytes}.

/** @param {Float64Array} array */
function pack(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return { $f64: btoa(text) };
}

/** @param {string} text */
function unpack(text) {
  return new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** @param {string} _key @param {any} value */
function write(_key, value) {
  if (value instanceof Float64Array) return pack(value);
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value === "bigint") return { $int: String(value) };
  if (ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value));
  return value;
}

/** @param {string} _key @param {any} value */
function read(_key, value) {
  if (value === null || typeof value !== "object") return value;
  if ("$f64" in value) return unpack(value.$f64);
  if ("$number" in value) return Number(value.$number);
  if ("$int" in value) return BigInt(value.$int);
  return value;
}

/** @param {{id: number, module: string, call: string, args: unknown[]}} request */
async function answer({ id, module, call, args }) {
  try {
    let owner = /** @type {any} */ (null);
    let found = /** @type {any} */ (await import(module));
    for (const name of call.split(".")) [owner, found] = [found, found?.[name]];
    if (typeof found !== "function") throw new Error(`no function ${call} in ${module}`);
    return JSON.stringify({ id, value: (await found.apply(owner, args)) ?? null }, write);
  } catch (error) {
    return JSON.stringify({ id, error: error instanceof Error ? error.stack ?? error.message : String(error) });
  }
}

// What a module prints must not get between the answers.
console.log = console.info = console.debug = console.error;

const encoder = new TextEncoder();
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let rest = "";
for await (const chunk of lines) {
  const parts = (rest + chunk).split("\n");
  rest = parts.pop() ?? "";
  for (const line of parts) {
    const bytes = encoder.encode(`${await answer(JSON.parse(line, read))}\n`);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
