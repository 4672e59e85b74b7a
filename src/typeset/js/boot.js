// What MathJax's component files expect to find before they load: a window, a silent console, and a
// loader with nothing to do. No document, no network, no timers.
var window = globalThis;
var self = globalThis;
var console = { log() {}, info() {}, warn() {}, error() {} };
globalThis.MathJax = {
  loader: { load: [], ready() {} },
  startup: { typeset: false, ready() {}, pageReady() {} },
};
