// A trained net of the builder, run in the page: the tree is walked, its layers take their weights in the order in which the
// printed program builds them. For convolutional nets on one picture; evaluation mode. Pure.

import { each } from "./rules/torch.js";
import { argumentsOf, branches } from "./tree.js";

/**
 * @import { Block, Branch, Program } from "./tree.js"
 * @typedef {{ channels: number, height: number, width: number, data: Float32Array }} Picture
 * A convolution's weight and bias, or a norm's factor and summand of each channel.
 * @typedef {Float32Array[]} Weights
 */

/**
 * What the net gives for a picture. Throws RangeError for blocks that it cannot run, or weights that do not fit.
 * @param {Program} program @param {Weights[]} weights @param {Picture} input @returns {Picture}
 */
export function infer(program, weights, input) {
  const walk = new Walk(program, weights);
  const output = walk.branch(program.net, input, {}, {});
  if (walk.next !== weights.length) throw new RangeError("weights are left over");
  return output;
}

class Walk {
  /** @param {Program} program @param {Weights[]} weights */
  constructor(program, weights) {
    this.program = program;
    this.weights = weights;
    this.next = 0;
  }

  take() {
    if (this.next >= this.weights.length) throw new RangeError("weights are missing");
    return this.weights[this.next++];
  }

  /** @param {Branch} branch @param {Picture} x @param {Record<string, Picture>} taps @param {Record<string, number>} params */
  branch(branch, x, taps, params) {
    return branch.reduce((value, block) => this.block(block, value, taps, params), x);
  }

  /** @param {Block} block @param {Picture} x @param {Record<string, Picture>} taps @param {Record<string, number>} params @returns {Picture} */
  block(block, x, taps, params) {
    const args = argumentsOf(block);
    switch (block[0]) {
      case "Conv2d":
        return convolve(x, this.take(), args);
      case "BatchNorm2d":
        return scaled(x, this.take());
      case "ReLU":
        return { ...x, data: x.data.map((value) => value > 0 ? value : 0) };
      case "MaxPool2d":
        return pooled(x, args.kernel_size);
      case "Upsample":
        return doubled(x, args.scale_factor);
      case "tap":
        taps[block[1]] = x;
        return x;
      case "get":
        return taps[block[1]];
      case "use": {
        const { net, params: own } = this.program.defs[block[1]];
        return this.branch(net, x, {}, { ...own, ...args });
      }
      case "seq":
        return this.branch(branches(block)[0], x, taps, params);
      case "add":
        return branches(block).map((inner) => this.branch(inner, x, taps, params)).reduce(sum);
      case "cat":
        return stacked(branches(block).map((inner) => this.branch(inner, x, taps, params)));
      default:
        throw new RangeError(`${block[0]} cannot run in the page`);
    }
  }
}

/**
 * A convolution with zeros around and stride 1: each of its taps adds a shifted picture.
 * @param {Picture} x @param {Weights} weights @param {Record<string, any>} args @returns {Picture}
 */
function convolve({ channels, height, width, data }, [weight, bias], { kernel_size, padding = 0 }) {
  const [size] = each(kernel_size, 2);
  const pad = each(padding, 2)[0];
  const out = weight.length / (channels * size * size);
  if (!Number.isInteger(out) || 2 * pad + 1 !== size) throw new RangeError("a convolution's weights do not fit");
  const area = height * width;
  const made = new Float32Array(out * area);
  for (let o = 0; o < out; o++) {
    const target = made.subarray(o * area, (o + 1) * area);
    if (bias) target.fill(bias[o]);
    for (let c = 0; c < channels; c++) {
      const source = data.subarray(c * area, (c + 1) * area);
      for (let k = 0; k < size * size; k++) {
        const factor = weight[(o * channels + c) * size * size + k];
        shifted(target, source, factor, Math.floor(k / size) - pad, k % size - pad, height, width);
      }
    }
  }
  return { channels: out, height, width, data: made };
}

/**
 * target += factor · source, moved by (down, across).
 * @param {Float32Array} target @param {Float32Array} source @param {number} factor @param {number} down
 * @param {number} across @param {number} height @param {number} width
 */
function shifted(target, source, factor, down, across, height, width) {
  const [top, bottom] = [Math.max(0, -down), Math.min(height, height - down)];
  const [left, right] = [Math.max(0, -across), Math.min(width, width - across)];
  for (let y = top; y < bottom; y++) {
    const from = (y + down) * width + across;
    for (let x = left; x < right; x++) target[y * width + x] += factor * source[from + x];
  }
}

/** @param {Picture} x @param {Weights} weights @returns {Picture} */
function scaled(x, [factor, summand]) {
  const area = x.height * x.width;
  return {
    ...x,
    data: x.data.map((value, at) => value * factor[Math.floor(at / area)] + summand[Math.floor(at / area)]),
  };
}

/** @param {Picture} x @param {number} by @returns {Picture} */
function pooled(x, by) {
  const [height, width] = [Math.floor(x.height / by), Math.floor(x.width / by)];
  const data = new Float32Array(x.channels * height * width).fill(-Infinity);
  for (let c = 0; c < x.channels; c++) {
    for (let y = 0; y < height * by; y++) {
      for (let k = 0; k < width * by; k++) {
        const at = (c * height + Math.floor(y / by)) * width + Math.floor(k / by);
        data[at] = Math.max(data[at], x.data[(c * x.height + y) * x.width + k]);
      }
    }
  }
  return { channels: x.channels, height, width, data };
}

/** Each pixel as a square of pixels. @param {Picture} x @param {number} by @returns {Picture} */
function doubled(x, by) {
  const [height, width] = [x.height * by, x.width * by];
  const data = new Float32Array(x.channels * height * width);
  for (let at = 0; at < data.length; at++) {
    const [line, k] = [Math.floor(at / width), at % width];
    const [c, y] = [Math.floor(line / height), line % height];
    data[at] = x.data[(c * x.height + Math.floor(y / by)) * x.width + Math.floor(k / by)];
  }
  return { channels: x.channels, height, width, data };
}

/** @param {Picture} a @param {Picture} b @returns {Picture} */
const sum = (a, b) => ({ ...a, data: a.data.map((value, at) => value + b.data[at]) });

/** Channels of all, one after another. @param {Picture[]} parts @returns {Picture} */
function stacked(parts) {
  const [{ height, width }] = parts;
  const data = new Float32Array(parts.reduce((count, each) => count + each.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { channels: data.length / (height * width), height, width, data };
}
