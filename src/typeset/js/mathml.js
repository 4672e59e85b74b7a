// MathJax's parsed tree -> the MathML that screen readers get: structure and meaning, no spacing.
globalThis.MathMl = (() => {
  const KEPT = ['mathvariant', 'linethickness', 'notation'];
  const VARIANTS = { '-tex-calligraphic': 'script', '-tex-bold-calligraphic': 'bold-script', '-tex-mathit': 'italic' };
  const ROWS = ['inferredMrow', 'mrow', 'TeXAtom', 'mstyle', 'mpadded'];
  const escape = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

  function attributes(node) {
    let out = '';
    for (const name of KEPT) {
      let value = node.attributes.getExplicit(name);
      if (name === 'mathvariant') {
        value = VARIANTS[value] || value;
        const letters = [...node.childNodes.map((c) => c.text || '').join('')].length;
        // What a browser assumes anyway: one letter is italic, several are upright.
        const assumed = node.kind === 'mi' && letters === 1 ? 'italic' : 'normal';
        if (value === assumed) value = undefined;
      }
      if (value !== undefined && !String(value).startsWith('-tex-')) out += ` ${name}="${escape(String(value))}"`;
    }
    return out;
  }

  // The elements a node stands for where any number may stand.
  function several(node) {
    if (!node) return [];
    if (ROWS.includes(node.kind)) return node.childNodes.flatMap(several);
    const empty = node.isToken && !node.childNodes.some((child) => child.text);
    if (empty) return [];
    return [element(node)];
  }

  // Exactly one element, where the place decides the meaning (a base, an exponent, a denominator).
  function one(node) {
    const all = several(node);
    return all.length === 1 ? all[0] : `<mrow>${all.join('')}</mrow>`;
  }

  const POSITIONAL = ['mfrac', 'mroot', 'msub', 'msup', 'msubsup', 'munder', 'mover', 'munderover', 'mmultiscripts'];

  function element(node) {
    const kind = node.kind;
    if (kind === 'text') return escape(node.text);
    if (kind === 'none' || kind === 'mprescripts') return `<${kind}></${kind}>`;
    if (node.isToken) return `<${kind}${attributes(node)}>${node.childNodes.map(element).join('')}</${kind}>`;
    const inner = POSITIONAL.includes(kind) ? node.childNodes.map(one) : node.childNodes.flatMap(several);
    return `<${kind}${attributes(node)}>${inner.join('')}</${kind}>`;
  }

  return (root) => one({ kind: 'mrow', childNodes: root.childNodes });
})();
