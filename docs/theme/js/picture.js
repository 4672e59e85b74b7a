// Drawings as files. Plain scripts fetch this module when a reader asks for the first one.

/**
 * An SVG as PNG. Raises what the browser raises where it cannot decode or draw it.
 * @param {string} address of the SVG, whose width and height say how large it is
 * @param {number} scale pixels of the PNG per pixel of the SVG
 * @param {string} paper the color behind it; none where it is empty
 * @returns {Promise<Blob>}
 */
export async function png(address, scale, paper = "") {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(scale * picture.naturalWidth);
  canvas.height = Math.round(scale * picture.naturalHeight);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser draws no pictures");
  if (paper) {
    pen.fillStyle = paper;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => blob ? done(blob) : failed(new Error("the picture is too large")), "image/png");
  });
}

/**
 * Offer a file.
 * @param {Blob} blob what is in it
 * @param {string} name
 */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
