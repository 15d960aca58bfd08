/** Finds web addresses in a message. Pure; only http and https ever become links. */

export interface TextPart {
  text: string;
  href: string | null;
}

// An address ends at white space, at a quote or angle bracket, and at Chinese text or punctuation
// (curly quotes, CJK punctuation and ideographs, full-width forms).
const ADDRESS =
  /https?:\/\/[^\s<>"'`\u2018-\u201d\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+/gi;
const TRAILING = /[.,;:!?)\]}]+$/;

export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    const href = safeHref(address);
    if (!href) continue;
    const start = match.index;
    if (start > end) parts.push({ text: text.slice(end, start), href: null });
    parts.push({ text: address, href });
    end = start + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}

function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}
