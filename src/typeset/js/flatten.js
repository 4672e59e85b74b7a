// One formula's SVG tree -> as few elements as its look allows.
//
// MathJax draws each character as a path inside nested groups, about a hundred nodes a formula. Here every
// transform is applied, and neighbours painted alike become one path. Points are rounded in the glyph's own
// space and written relative to each other, so that the same glyph gives the same bytes wherever it stands
// and gzip finds it. What this cannot draw (an ellipse of \enclose{circle}) throws Unflattenable, and the
// caller keeps MathJax's own tree.
globalThis.Flatten = (() => {
  class Unflattenable extends Error {}

  const ARITY = { M: 2, L: 2, T: 2, H: 1, V: 1, Q: 4, S: 4, C: 6, Z: 0 };
  const INK = { fill: 'currentColor', stroke: 'none', width: 0, dash: '' };
  const RULE = 70; // thickness of \hline and of a bar between columns, thousandths of an em

  const attr = (node, name) => node.attributes[name];
  const number = (node, name) => parseFloat(attr(node, name) || 0);

  // A matrix is [a, d, e, f]: x' = a x + e, y' = d y + f. MathJax never turns or shears.
  function transform(matrix, text) {
    let [a, d, e, f] = matrix;
    for (const [, name, list] of (text || '').matchAll(/(\w+)\(([^)]*)\)/g)) {
      const v = list.trim().split(/[\s,]+/).map(Number);
      if (name === 'translate') { e += a * v[0]; f += d * (v[1] || 0); }
      else if (name === 'scale') { a *= v[0]; d *= v.length > 1 ? v[1] : v[0]; }
      else throw new Unflattenable(name);
    }
    return [a, d, e, f];
  }

  function join(command, values) {
    let out = command;
    values.forEach((v, i) => { out += i && v >= 0 ? ' ' + v : v; });
    return out;
  }

  // Where a path begins, and the rest of it relative to that.
  function relative(d, a, dd) {
    let out = '', x = 0, y = 0, origin = null, startX = 0, startY = 0;
    for (const [, command, list] of d.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
      const size = ARITY[command];
      if (size === undefined) throw new Unflattenable(command);
      if (!size) { out += 'z'; [x, y] = [startX, startY]; continue; }
      const values = (list.match(/-?\d*\.?\d+/g) || []).map(Number);
      for (let i = 0; i < values.length; i += size) {
        const v = values.slice(i, i + size);
        if (command === 'H') { const to = Math.round(a * v[0]); out += join('h', [to - x]); x = to; continue; }
        if (command === 'V') { const to = Math.round(dd * v[0]); out += join('v', [to - y]); y = to; continue; }
        const points = v.map((c, k) => Math.round((k % 2 ? dd : a) * c));
        if (command === 'M' && !origin) origin = points;
        else out += join(command.toLowerCase(), points.map((c, k) => c - (k % 2 ? y : x)));
        [x, y] = points.slice(-2);
        if (command === 'M') [startX, startY] = points;
      }
    }
    return { origin, rest: out };
  }

  // Few glyphs at few sizes make up all formulas: each is taken apart once.
  const glyphs = new Map();
  const MOST = 5000;
  function outline(d, [a, dd, e, f]) {
    const key = `${a} ${dd} ${d}`;
    let glyph = glyphs.get(key);
    if (!glyph) {
      if (glyphs.size >= MOST) glyphs.clear();
      glyphs.set(key, (glyph = relative(d, a, dd)));
    }
    if (!glyph.origin) return '';
    return join('M', [glyph.origin[0] + Math.round(e), glyph.origin[1] + Math.round(f)]) + glyph.rest;
  }

  const corners = (x, y, w, h) => `M${x} ${y}H${x + w}V${y + h}H${x}Z`;

  // What a group or a shape says about its colours, on top of what it inherits.
  function painted(node, paint) {
    const next = { ...paint };
    if (attr(node, 'fill')) next.fill = attr(node, 'fill');
    if (attr(node, 'stroke-width')) next.width = parseFloat(attr(node, 'stroke-width'));
    if (attr(node, 'stroke-dasharray')) next.dash = attr(node, 'stroke-dasharray');
    if (attr(node, 'stroke')) next.color = attr(node, 'stroke');
    next.stroke = next.width > 0 ? next.color || 'currentColor' : 'none';
    return next;
  }

  const escape = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

  class Drawing {
    constructor() { this.parts = []; }

    path(d, paint) {
      if (!d) return;
      const style = (paint.fill === 'currentColor' ? '' : ` fill="${escape(paint.fill)}"`)
        + (paint.stroke === 'none' ? '' : ` stroke="${escape(paint.stroke)}" stroke-width="${paint.width}"`)
        + (paint.dash ? ` stroke-dasharray="${escape(paint.dash)}"` : '');
      const last = this.parts[this.parts.length - 1];
      if (last && last.style === style) last.d += d;
      else this.parts.push({ style, d });
    }

    line(node, matrix, paint) {
      const [x1, y1, x2, y2] = ['x1', 'y1', 'x2', 'y2'].map((name) => number(node, name));
      if (!attr(node, 'data-line')) return this.path(outline(`M${x1} ${y1}L${x2} ${y2}`, matrix), { ...paint, fill: 'none' });
      if (attr(node, 'class') !== 'mjx-solid') throw new Unflattenable('dashed rule');
      const half = RULE / 2;
      const box = x1 === x2 ? corners(x1 - half, y1, RULE, y2 - y1) : corners(x1, y1 - half, x2 - x1, RULE);
      return this.path(outline(box, matrix), paint);
    }

    // Characters outside MathJax's fonts (Chinese) stay text in the page's font; neighbours are joined.
    text(node, [a, , e, f], paint) {
      const value = node.children.map((c) => c.value || '').join('');
      const size = Math.round(parseFloat(attr(node, 'font-size')) * Math.abs(a));
      const extra = ['font-weight', 'font-style'].map((n) => (attr(node, n) ? ` ${n}="${attr(node, n)}"` : '')).join('')
        + (paint.fill === 'currentColor' ? '' : ` fill="${escape(paint.fill)}"`);
      const head = ` y="${Math.round(f)}" font-size="${size}"${extra}`;
      const last = this.parts[this.parts.length - 1];
      const joins = last && last.head === head && Math.abs(last.x + [...last.value].length * size - e) < 0.02 * size;
      if (joins) last.value += value;
      else if (value) this.parts.push({ head, x: e, value });
    }

    // A nested svg cuts the middle piece of a tall bracket to length: kept, with a drawing of its own inside.
    clip(node, [a, d, e, f], paint) {
      if (!attr(node, 'viewBox') || attr(node, 'preserveAspectRatio')) throw new Unflattenable('svg');
      const inner = new Drawing();
      inner.children(node, [1, 1, 0, 0], paint);
      const names = ['x', 'y', 'width', 'height', 'viewBox'];
      const box = names.map((n) => (attr(node, n) ? ` ${n}="${attr(node, n)}"` : '')).join('');
      const shift = `matrix(${a} 0 0 ${d} ${Math.round(e)} ${Math.round(f)})`;
      this.parts.push({ raw: `<g transform="${shift}"><svg${box}>${inner}</svg></g>` });
    }

    children(parent, matrix, paint) {
      for (const node of parent.children) {
        if (node.kind === '#text' || node.kind === 'title') continue;
        const m = transform(matrix, attr(node, 'transform'));
        const p = painted(node, paint);
        if (node.kind === 'g') this.children(node, m, p);
        else if (node.kind === 'path') this.path(outline(attr(node, 'd'), m), p);
        else if (node.kind === 'rect') this.rect(node, m, p);
        else if (node.kind === 'line') this.line(node, m, p);
        else if (node.kind === 'text') this.text(node, m, p);
        else if (node.kind === 'svg') this.clip(node, m, p);
        else throw new Unflattenable(node.kind);
      }
    }

    rect(node, matrix, paint) {
      if (attr(node, 'rx') || attr(node, 'data-frame')) throw new Unflattenable('frame');
      const box = ['x', 'y', 'width', 'height'].map((name) => number(node, name));
      this.path(outline(corners(...box), matrix), paint);
    }

    toString() {
      return this.parts.map((p) => {
        if (p.raw) return p.raw;
        if (p.head) return `<text x="${Math.round(p.x)}"${p.head}>${escape(p.value)}</text>`;
        return `<path${p.style} d="${p.d}"/>`;
      }).join('');
    }
  }

  // MathJax's own tree without its notes to itself.
  const KEPT = /^(d|x|y|x1|y1|x2|y2|rx|ry|cx|cy|r|width|height|viewBox|transform|fill|stroke|stroke-.*|font-size|class)$/;
  function verbatim(node) {
    if (node.kind === '#text') return escape(node.value);
    const attributes = Object.entries(node.attributes).filter(([name]) => KEPT.test(name));
    const text = attributes.map(([name, value]) => ` ${name}="${escape(String(value))}"`).join('');
    return `<${node.kind}${text}>${node.children.map(verbatim).join('')}</${node.kind}>`;
  }

  return (svg) => {
    try {
      const drawing = new Drawing();
      drawing.children(svg, [1, 1, 0, 0], INK);
      return String(drawing);
    } catch (error) {
      if (!(error instanceof Unflattenable)) throw error;
      return svg.children.map(verbatim).join('');
    }
  };
})();
