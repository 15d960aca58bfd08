/** The host's brand colour, if text on it can be read. Pure. */

const AA = 4.5;

/** White or near-black, whichever reads better on `hex`; null when `hex` is not `#rrggbb`. */
export function readableOn(hex: string): string | null {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return null;
  const luminance = luminanceOf(hex);
  const onWhite = 1.05 / (luminance + 0.05);
  return onWhite >= AA ? "#ffffff" : "#10202b";
}

/** `hex` made darker until it reads as text on a white ground. */
export function asTextOnWhite(hex: string): string {
  let [r, g, b] = channels(hex);
  while (1.05 / (luminanceOf(toHex(r, g, b)) + 0.05) < AA) {
    [r, g, b] = [r * 0.9, g * 0.9, b * 0.9];
  }
  return toHex(r, g, b);
}

function luminanceOf(hex: string): number {
  const [r, g, b] = channels(hex).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function channels(hex: string): [number, number, number] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
}

function toHex(...rgb: number[]): string {
  return `#${rgb.map((channel) => Math.floor(channel).toString(16).padStart(2, "0")).join("")}`;
}
