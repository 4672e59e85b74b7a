// TeX in, drawing and MathML out. Every formula gets a parser of its own, so that a \newcommand in one of them
// cannot change another, and the result is a pure function of formula and macros.
globalThis.renderAll = (() => {
  const M = MathJax._;
  const { TeX } = M.input.tex_ts;
  const { SVG } = M.output.svg_ts;
  const { STATE } = M.core.MathItem;
  const PACKAGES = ['base', 'ams', 'amscd', 'bbox', 'boldsymbol', 'braket', 'cancel', 'cases', 'centernot', 'color',
    'configmacros', 'enclose', 'extpfeil', 'mathtools', 'newcommand', 'textmacros', 'upgreek'];
  const EM = 16, EX = 8;
  const EX_IN_EM = 0.442; // MathJax's own ex, in which it gives lengths

  const adaptor = M.adaptors.liteAdaptor.liteAdaptor({ fontSize: EM });
  // Text outside MathJax's fonts is drawn 884 units (2ex) high; a Chinese character is as wide as it is high.
  Object.assign(adaptor.options, { cjkCharWidth: 0.884, unknownCharWidth: 0.55, unknownCharHeight: 0.8 });
  M.handlers.html_ts.RegisterHTMLHandler(adaptor);
  const font = new M.output.svg.fonts.tex_ts.TeXFont({});
  const output = new SVG({ font, fontCache: 'none', mtextInheritFont: false, exFactor: EX / EM });
  const doc = M.mathjax.mathjax.document('', { InputJax: new TeX({ packages: PACKAGES }), OutputJax: output });

  function parser(macros) {
    const tex = new TeX({ packages: PACKAGES, tags: 'none', macros, formatError(_, error) { throw error; } });
    tex.setAdaptor(adaptor);
    tex.setMmlFactory(doc.mmlFactory);
    tex.initialize();
    return tex;
  }

  function item(tex, display, macros) {
    const math = new doc.options.MathItem(tex, parser(macros), display);
    math.start.node = adaptor.body(doc.document);
    math.setMetrics(EM, EX, 1e6, 1e6, 1);
    return math;
  }

  // The table that numbers belong to: the first one, if nothing but wrappers is around it.
  function table(root) {
    let node = root;
    while (node && node.kind !== 'mtable' && node.childNodes && node.childNodes.length === 1) [node] = node.childNodes;
    return node && node.kind === 'mtable' ? node : null;
  }

  function find(node, name) {
    if (node.attributes && node.attributes['data-mml-node'] === name) return node;
    for (const child of node.children || []) {
      const found = find(child, name);
      if (found) return found;
    }
    return null;
  }

  // Heights of the numbered rows' baselines above the formula's, in ex; null where the formula is one row.
  function numberedRows(tagged, display, macros, root, svg) {
    const math = item(tagged, display, macros);
    math.convert(doc, STATE.COMPILED);
    const marked = table(math.root);
    const rows = marked ? marked.childNodes.map((row) => row.kind === 'mlabeledtr') : [];
    const plain = table(root);
    if (rows.length < 2 || !plain || plain.childNodes.length !== rows.length) return rows.filter(Boolean).map(() => null);
    const drawn = find(svg, 'mtable').children.filter((g) => (g.attributes || {})['data-mml-node'] === 'mtr');
    const height = (g) => Number((/translate\([^,]*,\s*([-\d.]+)/.exec(g.attributes.transform || '') || [0, 0])[1]);
    return drawn.flatMap((g, i) => (rows[i] ? [Math.round((height(g) / 442) * 1000) / 1000] : []));
  }

  // What the eye gets of a drawing; lengths in ex.
  function seen(svg) {
    return {
      body: Flatten(svg),
      view: svg.attributes.viewBox,
      width: parseFloat(svg.attributes.width),
      height: parseFloat(svg.attributes.height),
    };
  }

  // The second setting, for columns of `room` ex; null where none is needed or none is narrower. Changes the tree.
  function narrow(math, wide, rows, room) {
    if (!room || wide.width <= room || rows.some((row) => row !== null)) return null;
    Narrow(math.root, output, room * EX_IN_EM);
    const drawn = seen(adaptor.firstChild(output.typeset(math, doc)));
    return drawn.width < wide.width ? drawn : null;
  }

  function render({ tex, tagged, display, macros, room }) {
    const math = item(tex, display, macros);
    math.convert(doc, STATE.TYPESET);
    const svg = adaptor.firstChild(math.typesetRoot);
    const depth = -parseFloat(/vertical-align:\s*([-\d.]+)/.exec(adaptor.allStyles(svg) || '') ?.[1] || 0);
    const wide = seen(svg);
    const mathml = MathMl(math.root);
    const rows = tagged ? numberedRows(tagged, display, macros, math.root, svg) : [];
    return { ...wide, depth, mathml, rows, narrow: narrow(math, wide, rows, room) };
  }

  return (json) => JSON.stringify(JSON.parse(json).map((formula) => {
    try {
      return render(formula);
    } catch (error) {
      return { error: error.message || String(error) };
    }
  }));
})();
'ready';
