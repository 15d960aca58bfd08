/** One message as a bubble. Built once; later only its choices and delivery state change. */

import type { WallClock } from "../clock";
import type { BubbleRow } from "../rows";
import type { Words } from "../words";
import { button, h, linked, setText } from "./dom";
import { icon } from "./icons";

export interface BubbleActions {
  press(seq: number, index: number): void;
  retry(row: BubbleRow): void;
}

export class Bubble {
  readonly element: HTMLElement;
  private row: BubbleRow | null = null;
  private readonly head: HTMLElement;
  private readonly choices = h("div", { class: "choices" });
  private readonly status = h("div", { class: "status" });

  constructor(
    row: BubbleRow,
    private readonly words: Words,
    clock: WallClock,
    private readonly actions: BubbleActions,
  ) {
    this.head = this.headOf(row, clock);
    this.element = h(
      "div",
      { class: `row ${row.author}`, "data-author": row.author },
      row.author === "contact" ? null : avatar(row),
      h(
        "div",
        { class: "body" },
        this.head,
        h("div", { class: "bubble", dir: "auto" }, ...linked(row.text)),
        row.ticket === null ? null : ticketCard(row.ticket, words),
        this.choices,
        this.status,
      ),
    );
    this.update(row);
  }

  update(row: BubbleRow): void {
    const before = this.row;
    this.row = row;
    this.element.classList.toggle("leads", row.leads);
    this.head.classList.toggle("unseen", !row.leads);
    this.element.dataset.state = row.state;
    if (row.seq !== null) this.element.dataset.seq = String(row.seq);
    if (before?.state !== row.state) this.showState(row);
    if (before?.quickReplies.length !== row.quickReplies.length) this.offer(row);
  }

  private headOf(row: BubbleRow, clock: WallClock): HTMLElement {
    const { words } = this;
    const time = h("time", { datetime: row.at }, clock.timeOf(row.at));
    if (row.author === "contact") {
      return h("div", { class: "head" }, h("span", { class: "unseen" }, words.you), time);
    }
    const label = row.author === "bot" ? words.botLabel : words.agentLabel;
    const name = row.name ?? (row.author === "agent" ? words.agentFallbackName : null);
    return h(
      "div",
      { class: "head" },
      name === null || name === label ? null : h("span", { class: "name" }, name),
      h("span", { class: "tag" }, label),
      time,
    );
  }

  private offer(row: BubbleRow): void {
    const chips = row.quickReplies.map(({ title }, index) =>
      button({ class: "chip" }, () => this.actions.press(row.seq ?? 0, index), title),
    );
    this.choices.replaceChildren(...chips);
  }

  private showState(row: BubbleRow): void {
    const { words, actions } = this;
    if (row.state === "sent") {
      this.status.replaceChildren();
    } else if (row.state === "sending") {
      this.status.replaceChildren(h("span", { class: "sending" }, words.sending));
    } else {
      const refused = row.isButton ? words.refusedButton : words.refused;
      const label = row.state === "failed" ? words.failed : refused;
      this.status.replaceChildren(
        button({ class: "retry" }, () => actions.retry(this.row ?? row), icon("alert"), label),
      );
    }
  }
}

export function avatar(row: { author: string; name: string | null }): HTMLElement {
  const initial = [...(row.name ?? "")][0]?.toUpperCase();
  const face = row.author === "bot" ? icon("bot") : (initial ?? icon("person"));
  return h("div", { class: "avatar", "aria-hidden": "true" }, face);
}

function ticketCard(number: string, words: Words): HTMLElement {
  const copy = button({ class: "copy" }, () => void copyNumber(), words.copy);
  const copyNumber = async () => {
    try {
      await navigator.clipboard.writeText(number);
      setText(copy, words.copied);
    } catch {
      // Forbidden by the browser; the number can still be selected by hand.
    }
  };
  // Missing on plain-http pages.
  if (!navigator.clipboard) copy.hidden = true;
  return h(
    "div",
    { class: "ticket", "data-ticket": number },
    h("span", { class: "ticket-label" }, words.ticket),
    h("span", { class: "ticket-number" }, number),
    copy,
  );
}
