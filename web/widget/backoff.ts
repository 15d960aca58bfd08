/** How long to wait before trying again. */

export interface BackoffLimits {
  firstMs: number;
  maxMs: number;
}

/**
 * Doubles with every failure up to `maxMs`. The upper half is random, so that a thousand
 * browsers that lost the same server do not all come back in the same instant.
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: () => number): number {
  const ceiling = Math.min(limits.maxMs, limits.firstMs * 2 ** Math.max(0, failures - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
