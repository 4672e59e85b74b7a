// A formula that is wider than a phone -> the same formula in rows that fit there, as far as that can be.
//
// Works on MathJax's parsed tree. Every place where a row may end has a cost: little between clauses, more before a
// relation, more before a sum's sign, most inside brackets. Of all ways to cut the formula so that each row fits, the
// cheapest is taken. A `cases` that is still too wide gets each condition on a row of its own.
globalThis.Narrow = (() => {
  const { TEXCLASS } = MathJax._.core.MmlTree.MmlNode;
  const INDENTS = [1, 0.3]; // em; of a row that goes on with the clause above it: as a rule, and where room is short
  const GAP = 1; // em; from here on a space stands between clauses
  const NEVER = Infinity;
  const COST = { clause: 1, quad: 2, relation: 10, cases: 15, sign: 25, comma: 30, text: 30, factor: 40, bracket: 60, overflow: 1000 };

  const kind = (node, name) => Boolean(node) && node.isKind(name);
  const is = (node, name) => Boolean(node) && node.texClass === TEXCLASS[name];
  // TeX's spaces come wrapped: <mstyle><mspace/></mstyle>.
  const bare = (node) => (kind(node, 'mstyle') && node.childNodes[0].childNodes.length === 1 ? node.childNodes[0].childNodes[0] : node);
  const blank = (node) => kind(bare(node), 'mspace');
  const spread = (node) => (blank(node) ? parseFloat(bare(node).attributes.get('width')) || 0 : 0);
  const gap = (node) => spread(node) >= GAP;
  const words = (node) => (kind(node, 'mtext') ? node.childNodes.map((child) => child.text || '').join('') : '');
  // The sign that a node is, whatever it is wrapped in: \big( has the class of a letter.
  function sign(node) {
    if (kind(node, 'mo')) return node.getText();
    const children = (node && node.childNodes) || [];
    if (['msup', 'msub', 'msubsup'].includes(node && node.kind)) return sign(children[0]); // )^2
    return (kind(node, 'TeXAtom') || kind(node, 'inferredMrow')) && children.length === 1 ? sign(children[0]) : '';
  }
  const opens = (node) => is(node, 'OPEN') || ['(', '[', '{', '⌊', '⌈', '⟨'].includes(sign(node));
  const closes = (node) => is(node, 'CLOSE') || [')', ']', '}', '⌋', '⌉', '⟩'].includes(sign(node));
  const inside = (cell) => cell.childNodes[0].childNodes;
  const contents = (root) => root.childNodes[0].childNodes;

  // The table in \begin{cases}, which stands between a brace and nothing.
  function casesOf(node) {
    if (!kind(node, 'mrow') || node.childNodes.length < 2 || !kind(node.childNodes[1], 'mtable')) return null;
    return sign(node.childNodes[0]) === '{' ? node.childNodes[1] : null;
  }

  // What it costs to end a row between clauses, before node i. An arrow between two clauses leads the second.
  function afterGap(list, i) {
    if (gap(list[i])) return NEVER;
    const arrow = is(list[i - 2], 'REL') && (i < 3 || gap(list[i - 3])) && !is(list[i], 'REL');
    if (arrow) return COST.cases;
    return spread(list[i - 1]) >= 2 * GAP ? COST.clause : COST.quad;
  }

  // What it costs to end a row before node i, with `depth` brackets open.
  function cost(list, i, depth) {
    const node = list[i], before = list[i - 1];
    if (gap(before)) return afterGap(list, i);
    if (gap(node) || is(node, 'PUNCT') || closes(node)) return NEVER;
    let own = NEVER;
    if (is(node, 'REL') && !is(before, 'REL')) own = depth ? COST.sign : COST.relation;
    else if (casesOf(node)) own = is(before, 'REL') ? COST.cases : COST.comma;
    else if (is(node, 'BIN')) own = COST.sign;
    else if (is(before, 'PUNCT')) own = COST.comma;
    else if (/^\s/.test(words(node)) || /\s$/.test(words(before))) own = COST.text;
    else if (blank(before) && opens(node)) own = COST.factor;
    return own + COST.bracket * depth;
  }

  // One flat list of nodes cut into rows no wider than `limit` where that can be: [{ nodes, indent }].
  function cut(list, widths, limit, indent) {
    const costs = [0], indents = [0];
    let depth = 0;
    for (let i = 1; i < list.length; i++) {
      if (opens(list[i - 1])) depth += 1;
      if (closes(list[i - 1])) depth = Math.max(0, depth - 1);
      costs.push(cost(list, i, depth));
      indents.push(gap(list[i - 1]) ? 0 : indent);
    }
    const best = [{ total: 0, from: -1 }];
    for (let end = 1; end <= list.length; end++) {
      best.push({ total: Infinity, from: -1 });
      if (end < list.length && costs[end] === NEVER) continue;
      let width = 0;
      for (let start = end - 1; start >= 0; start--) {
        if (start < end - 1 || !gap(list[start])) width += widths[start];
        if (costs[start] === NEVER || best[start].total === Infinity) continue;
        const full = width + indents[start];
        const over = Math.max(0, full - limit);
        const ragged = ((limit - Math.min(full, limit)) / limit) ** 2;
        const total = best[start].total + costs[start] + over * COST.overflow + ragged;
        if (total < best[end].total) best[end] = { total, from: start };
      }
    }
    const rows = [];
    for (let end = list.length; end > 0; end = best[end].from) {
      const start = best[end].from;
      rows.unshift({ nodes: gap(list[end - 1]) ? list.slice(start, end - 1) : list.slice(start, end), indent: indents[start] });
    }
    return rows;
  }

  function space(factory, width) {
    const node = factory.create('mspace');
    node.attributes.set('width', `${width}em`);
    return node;
  }

  // The rows of \begin{aligned}, each as one list; what stood in columns of its own becomes a clause.
  function linesOf(table) {
    return table.childNodes.map((row) => row.childNodes.flatMap((cell, column) => (
      column && column % 2 === 0 ? [space(table.factory, 2), ...inside(cell)] : [...inside(cell)])));
  }

  function linesIn(list) {
    const [only, ...rest] = list.filter((node) => !blank(node));
    if (!kind(only, 'mtable') || rest.some((node) => !is(node, 'PUNCT'))) return [list];
    const lines = linesOf(only);
    lines[lines.length - 1].push(...rest);
    return lines;
  }

  function cell(factory, nodes) {
    const made = factory.create('mtd');
    made.setChildren([]);
    made.appendChild(factory.create('inferredMrow', {}, nodes));
    return made;
  }

  function table(factory, rows, spacing) {
    const lines = rows.map(({ nodes, indent }) => {
      const lead = indent ? [space(factory, indent), factory.create('mi')] : []; // a sign behind nothing is no sign
      return factory.create('mtr', {}, [cell(factory, [...lead, ...nodes])]);
    });
    return factory.create('mtable', {
      columnalign: 'left', displaystyle: true, columnspacing: '0em', rowspacing: spacing.join(' ') || '0em',
    }, lines);
  }

  // Conditions below their values.
  function stack(root, indent) {
    for (const grid of contents(root).map(casesOf).filter(Boolean)) {
      const rows = grid.childNodes.flatMap((row) => row.childNodes.map((each, column) => ({
        nodes: [...inside(each)], indent: column ? indent : 0 })));
      const stacked = table(grid.factory, rows, rows.slice(1).map((row) => (row.indent ? '0.2em' : '0.5em')));
      stacked.attributes.set('displaystyle', false);
      grid.parent.replaceChild(stacked, grid);
    }
  }

  // \left( … \right) as single brackets of the same height, between which a row may end.
  function open(root, output) {
    const { height } = measure(root, output);
    const pair = (node) => kind(node, 'mrow') && is(node, 'INNER') && !casesOf(node) && node.childNodes.length > 2;
    const list = contents(root).flatMap((node) => {
      if (!pair(node)) return [node];
      const fences = [node.childNodes[0], node.childNodes[node.childNodes.length - 1]];
      if (!fences.every((fence) => kind(fence, 'mo') && fence.getText())) return [node];
      for (const fence of fences) for (const size of ['minsize', 'maxsize']) fence.attributes.set(size, `${height(node)}em`);
      return node.childNodes;
    });
    root.childNodes[0].setChildren([...list]);
  }

  // Widths of nodes, in em, as they stand in the tree now.
  function measure(root, output) {
    root.setTeXclass(null);
    output.nodeMap = new Map();
    const wrappers = new Map();
    const note = (wrapper) => { wrappers.set(wrapper.node, wrapper); wrapper.childNodes.forEach(note); };
    note(output.factory.wrap(root));
    const box = (node) => wrappers.get(node).getOuterBBox();
    const width = (node) => {
      if (!wrappers.has(node)) return spread(node);
      const { w, L, R, rscale } = box(node);
      return (w + L + R) * (rscale || 1);
    };
    return { width, height: (node) => box(node).h + box(node).d };
  }

  function rowsOf(root, output, limit, indent) {
    const lines = linesIn([...contents(root)]);
    const { width } = measure(root, output);
    const cuts = lines.map((line) => cut(line, line.map(width), limit, indent));
    const wide = (row) => row.nodes.reduce((sum, node) => sum + width(node), row.indent);
    return { cuts, fits: Math.max(...cuts.flat().map(wide)) <= limit };
  }

  // Ever stronger means, until all rows fit.
  function best(root, output, limit) {
    const [indent, least] = INDENTS;
    let result = rowsOf(root, output, limit, indent);
    const means = [() => stack(root, indent), () => open(root, output), () => stack(root, least)];
    means.forEach((change, strength) => {
      if (result.fits) return;
      change();
      root.setInheritedAttributes({}, true, 0, false);
      result = rowsOf(root, output, limit, strength < 2 ? indent : least);
    });
    return result.cuts;
  }

  return (root, output, limit) => {
    const cuts = best(root, output, limit);
    const rows = cuts.flat();
    const firsts = new Set(cuts.map(([first]) => first));
    const spacing = rows.slice(1).map((row) => (row.indent ? '0.35em' : firsts.has(row) ? '0.7em' : '0.5em'));
    root.childNodes[0].setChildren([table(root.factory, rows, spacing)]);
    root.walkTree((node) => { node.prevClass = null; }); // what stood before a row's first node is gone
    root.setInheritedAttributes({}, true, 0, false);
    return root;
  };
})();
