// torch's CPU generator (2.13): the Mersenne Twister and the way torch makes numbers of its draws, in double precision.

import { fma } from "./fma.js";

const [SIZE, SHIFT] = [624, 397];
const DOUBLE = 2 ** -53;
const BLOCK = 16; // normal_ fills blocks of 16 where the tensor has as many

/**
 * What a generator is between two draws; copy it to come back.
 * @typedef {{ words: Uint32Array, next: number, kept: number | null }} Snapshot
 */

export class Generator {
  /** @param {number} seed an integer; like torch's twister, it looks at the low 32 bits */
  constructor(seed) {
    this.words = new Uint32Array(SIZE);
    this.next = SIZE;
    /** The second normal of a pair, if it is still to be given. @type {number | null} */
    this.kept = null;
    this.words[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let at = 1; at < SIZE; at++) {
      const before = this.words[at - 1] ^ (this.words[at - 1] >>> 30);
      this.words[at] = Math.imul(before, 1812433253) + at;
    }
  }

  /** @returns {Snapshot} */
  save() {
    return { words: this.words.slice(), next: this.next, kept: this.kept };
  }

  /** @param {Snapshot} snapshot */
  restore({ words, next, kept }) {
    this.words.set(words);
    [this.next, this.kept] = [next, kept];
  }

  twist() {
    const { words } = this;
    for (let at = 0; at < SIZE; at++) {
      const mixed = (words[at] & 0x80000000) | (words[(at + 1) % SIZE] & 0x7fffffff);
      words[at] = words[(at + SHIFT) % SIZE] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }

  /** 32 random bits, as a whole number. */
  random32() {
    if (this.next === SIZE) this.twist();
    let word = this.words[this.next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** 64 random bits. The first draw is the high half. @returns {bigint} */
  random64() {
    const high = BigInt(this.random32());
    return (high << 32n) | BigInt(this.random32());
  }

  /** One double from [0, 1): the low 53 of 64 bits. */
  double() {
    const high = this.random32() & 0x1fffff;
    return (high * 2 ** 32 + this.random32()) * DOUBLE;
  }

  /** `torch.rand`. @param {number} n */
  rand(n) {
    return Float64Array.from({ length: n }, () => this.double());
  }

  /** `tensor.uniform_(a, b)`. @param {number} n @param {number} a @param {number} b */
  uniform(n, a, b) {
    return Float64Array.from({ length: n }, () => {
      const value = fma(this.double(), b - a, a);
      return value === b ? a : value;
    });
  }

  /** One standard normal of a pair; the other is kept for the next call, be it for another tensor. */
  single() {
    if (this.kept !== null) {
      const kept = this.kept;
      this.kept = null;
      return kept;
    }
    const [turn, size] = [this.double(), this.double()];
    const radius = Math.sqrt(-2 * Math.log1p(-size));
    this.kept = radius * Math.sin(2 * Math.PI * turn);
    return radius * Math.cos(2 * Math.PI * turn);
  }

  /**
   * `tensor.normal_(mean, std)`, `torch.randn`.
   * @param {number} n @param {number} [mean] @param {number} [std]
   * @param {boolean} [contiguous] whether the tensor's elements stand side by side in memory
   */
  normal(n, mean = 0, std = 1, contiguous = true) {
    if (n < BLOCK || !contiguous) return Float64Array.from({ length: n }, () => fma(this.single(), std, mean));
    const values = this.rand(n);
    for (let at = 0; at + BLOCK <= n; at += BLOCK) pairs(values, at, mean, std);
    if (n % BLOCK !== 0) {
      values.set(this.rand(BLOCK), n - BLOCK); // drawn anew, over what the last whole block gave
      pairs(values, n - BLOCK, mean, std);
    }
    return values;
  }

  /** `torch.randint(high, (n,))`. @param {number} n @param {number} high below 2²⁸ */
  randint(n, high) {
    return Int32Array.from({ length: n }, () => this.random32() % high);
  }

  /** `torch.randperm`. @param {number} n */
  randperm(n) {
    const order = Int32Array.from({ length: n }, (_, at) => at);
    for (let at = 0; at < n - 1; at++) {
      const other = at + this.random32() % (n - at);
      [order[at], order[other]] = [order[other], order[at]];
    }
    return order;
  }

  /** `tensor.bernoulli_(p)`. @param {number} n @param {number} p */
  bernoulli(n, p) {
    return Float64Array.from({ length: n }, () => this.double() < p ? 1 : 0);
  }
}

/**
 * Turn 16 uniforms into 16 normals: eight radii, eight angles.
 * @param {Float64Array} values @param {number} at @param {number} mean @param {number} std
 */
function pairs(values, at, mean, std) {
  for (let j = at; j < at + BLOCK / 2; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[j]));
    const angle = 2 * Math.PI * values[j + BLOCK / 2];
    values[j] = fma(radius * Math.cos(angle), std, mean);
    values[j + BLOCK / 2] = fma(radius * Math.sin(angle), std, mean);
  }
}
