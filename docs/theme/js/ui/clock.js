// Moves a number from its smallest to its largest value in some seconds, one step per frame, until it is told to stop.

/**
 * @param {number} from where to begin
 * @param {number} to where to end
 * @param {number} perSecond how far in a second
 * @param {(value: number) => void} show called with whole numbers
 * @param {() => void} ended
 * @returns {() => void} stops it
 */
export function run(from, to, perSecond, show, ended) {
  let [frame, start, last] = [0, -1, from];
  const tick = (/** @type {number} */ now) => {
    if (start < 0) start = now;
    const value = Math.min(to, Math.floor(from + ((now - start) / 1000) * perSecond));
    if (value !== last) show(last = value);
    if (value < to) frame = requestAnimationFrame(tick);
    else ended();
  };
  frame = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(frame);
}
