// Follows a pointer that has taken hold of something in a picture. The picture is drawn anew at every move, so not the
// thing but the picture's box catches the pointer.

/**
 * @param {PointerEvent} event that took hold
 * @param {HTMLElement} stage
 * @param {number} width of the picture, in its own units
 * @param {(at: { x: number, y: number }) => void} moved in the picture's units
 * @param {() => void} done
 */
export function follow(event, stage, width, moved, done) {
  event.preventDefault();
  stage.setPointerCapture(event.pointerId);
  const ended = new AbortController();
  const { signal } = ended;
  stage.addEventListener("pointermove", (move) => {
    const shown = [...stage.querySelectorAll("svg.explorer-picture")].find((each) => each.getClientRects().length);
    const bounds = shown?.getBoundingClientRect();
    if (!bounds) return;
    const unit = bounds.width / width;
    moved({ x: (move.clientX - bounds.left) / unit, y: (move.clientY - bounds.top) / unit });
  }, { signal });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    stage.addEventListener(end, () => {
      ended.abort();
      done();
    }, { signal });
  }
}
