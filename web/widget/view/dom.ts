/** Makes elements. Data only ever becomes text nodes and attributes, never markup. */

import { linkParts } from "../links";

type Child = Node | string | null;
type Attributes = Record<string, string | number | boolean | null>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

export function button(label: Attributes, press: () => void, ...children: Child[]) {
  const element = h("button", { type: "button", ...label }, ...children);
  element.addEventListener("click", press);
  return element;
}

/** The text with its web addresses as links; line breaks are shown by the style sheet. */
export function linked(text: string): Node[] {
  return linkParts(text).map(({ text: words, href }) => {
    if (href === null) return document.createTextNode(words);
    return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
  });
}

export function setText(element: Element, text: string): void {
  // Setting the same text again would make a screen reader say it again.
  if (element.textContent !== text) element.textContent = text;
}
