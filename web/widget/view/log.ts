/** The scrolling list of messages. */

import type { Chat } from "../chat";
import { WallClock } from "../clock";
import type { Options } from "../options";
import { type Row, rowsOf } from "../rows";
import { avatar, Bubble, type BubbleActions } from "./bubble";
import { button, h, setText } from "./dom";
import { icon } from "./icons";
import { RatingCard } from "./rating";

const NEAR_END_PX = 80;
const HISTORY_SETTLES_MS = 1_000;

interface Shown {
  kind: Row["kind"];
  element: HTMLElement;
  update(row: Row): void;
}

export class Log {
  readonly element: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly list: HTMLElement;
  private readonly welcome: HTMLElement;
  private readonly suggestions = h("div", { class: "suggestions" });
  private readonly earlier: HTMLButtonElement;
  private readonly toEnd: HTMLButtonElement;
  private readonly typing: HTMLElement;
  private readonly typingWords = h("span", { class: "unseen", role: "status" });
  private readonly clock: WallClock;
  private shown = new Map<string, Shown>();
  private lastKey = "";
  private followsEnd = true;
  private isAnnouncing = false;

  constructor(
    private readonly chat: Chat,
    private readonly options: Options,
    private readonly actions: BubbleActions & { say(text: string): void },
  ) {
    const { words } = options;
    this.clock = new WallClock(options.timeZone, words);
    this.list = h("div", {
      class: "list",
      role: "log",
      "aria-label": words.log,
      "aria-live": "off",
    });
    this.earlier = button({ class: "earlier" }, () => void this.loadEarlier(), words.earlier);
    this.welcome = this.welcomeOf();
    this.typing = h("div", { class: "row bot leads typing", "aria-hidden": "true", hidden: true });
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "-1" },
      this.earlier,
      this.welcome,
      this.list,
      this.typing,
    );
    this.toEnd = button(
      { class: "to-end", hidden: true },
      () => this.scrollToEnd(),
      icon("down"),
      words.newMessages,
    );
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.element = h("div", { class: "log" }, this.scroller, this.toEnd, this.typingWords);
    // A virtual keyboard makes the window shorter, an unfolding rating the list longer: the end
    // stays in view.
    if (typeof ResizeObserver === "function") {
      const sizes = new ResizeObserver(() => this.followsEnd && this.scrollToEnd());
      sizes.observe(this.scroller);
      sizes.observe(this.list);
    }
  }

  update(): void {
    const { chat } = this;
    const rows = rowsOf({
      store: chat.store,
      pending: chat.outbox.all(),
      isWithAgent: chat.conversation?.status === "active",
      dayOf: (iso) => this.clock.dayOf(iso, new Date()),
    });
    const hasEarlier = chat.store.earlierThan > 0;
    this.earlier.hidden = !hasEarlier;
    this.welcome.hidden = hasEarlier || (!chat.isLoaded && chat.link === "connecting");
    this.suggestions.hidden = rows.length > 0;
    this.showTyping();
    const last = rows[rows.length - 1];
    const hasNew = last !== undefined && last.key !== this.lastKey;
    const isOwn = last?.kind === "bubble" && last.author === "contact";
    this.lastKey = last?.key ?? "";
    this.place(rows);
    if (chat.isLoaded) this.announceFromNowOn();
    if (this.followsEnd || (hasNew && isOwn)) this.scrollToEnd();
    else if (hasNew) this.toEnd.hidden = false;
  }

  scrollToEnd(): void {
    this.followsEnd = true;
    this.toEnd.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  focus(): void {
    this.scroller.focus({ preventScroll: true });
  }

  /** History that arrives in one go is not read out, only what comes after it. */
  private announceFromNowOn(): void {
    if (this.isAnnouncing) return;
    this.isAnnouncing = true;
    setTimeout(() => this.list.setAttribute("aria-live", "polite"), HISTORY_SETTLES_MS);
  }

  /** Brings the elements into the order of the rows, touching only what differs. */
  private place(rows: Row[]): void {
    const shown = new Map<string, Shown>();
    let next = this.list.firstElementChild;
    for (const row of rows) {
      const existing = this.shown.get(row.key);
      // An older request for a rating turns into a plain note when there is a newer one.
      const fits = existing?.kind === row.kind ? existing : null;
      fits?.update(row);
      const here = fits ?? { kind: row.kind, ...this.show(row) };
      shown.set(row.key, here);
      if (here.element === next) next = next.nextElementSibling;
      else this.list.insertBefore(here.element, next);
    }
    for (const [key, old] of this.shown) if (shown.get(key) !== old) old.element.remove();
    this.shown = shown;
  }

  private show(row: Row): Omit<Shown, "kind"> {
    const { words } = this.options;
    if (row.kind === "bubble") {
      const bubble = new Bubble(row, words, this.clock, this.actions);
      return {
        element: bubble.element,
        update: (now) => now.kind === "bubble" && bubble.update(now),
      };
    }
    if (row.kind === "rating") {
      const { conversationId } = row;
      const rated = () => this.chat.isRated(conversationId);
      const card = new RatingCard(rated(), words, (score, comment) =>
        this.chat.rate(conversationId, score, comment),
      );
      return {
        element: h("div", { class: "closing" }, note(row.seq, row.text), card.element),
        update: () => void (rated() && card.thank()),
      };
    }
    if (row.kind === "day") {
      return { element: h("div", { class: "day" }, row.day), update: () => undefined };
    }
    return { element: note(row.seq, row.text), update: () => undefined };
  }

  private showTyping(): void {
    const { typing } = this.chat;
    const { words } = this.options;
    this.typing.hidden = typing === null;
    if (typing === null) {
      setText(this.typingWords, "");
      return;
    }
    this.typing.className = `row ${typing.author} leads typing`;
    this.typing.replaceChildren(
      avatar(typing),
      h("div", { class: "bubble dots" }, h("i"), h("i"), h("i")),
    );
    const unnamed = typing.author === "bot" ? words.botLabel : words.agentFallbackName;
    setText(this.typingWords, words.typing(typing.name ?? unnamed));
  }

  private welcomeOf(): HTMLElement {
    const { words, title, suggestions } = this.options;
    const chips = suggestions.map((text) =>
      button({ class: "chip" }, () => this.actions.say(text), text),
    );
    this.suggestions.append(
      h("p", { class: "hint" }, words.suggestionsLabel),
      h("div", { class: "choices" }, ...chips),
    );
    return h(
      "div",
      { class: "row bot leads welcome", hidden: true },
      avatar({ author: "bot", name: null }),
      h(
        "div",
        { class: "body" },
        h("div", { class: "head" }, h("span", { class: "tag" }, words.botLabel)),
        h("div", { class: "bubble" }, words.welcome(title)),
        this.suggestions,
      ),
    );
  }

  private async loadEarlier(): Promise<void> {
    this.earlier.disabled = true;
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.followsEnd = false;
    try {
      await this.chat.loadEarlier();
      this.update();
      // What the customer was looking at stays where it was.
      this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    } catch {
      // The network line says so; the button is there for another try.
    } finally {
      this.earlier.disabled = false;
    }
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.followsEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.followsEnd) this.toEnd.hidden = true;
  }
}

function note(seq: number, text: string): HTMLElement {
  return h("div", { class: "note", "data-author": "system", "data-seq": seq }, text);
}
