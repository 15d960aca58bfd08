/** The chat window: header, state of things, messages, field. */

import type { Chat } from "../chat";
import type { Options } from "../options";
import type { ConversationStatus } from "../protocol";
import type { BubbleRow } from "../rows";
import type { KeyValue } from "../storage";
import { Composer } from "./composer";
import { button, h, setText } from "./dom";
import { icon } from "./icons";
import { Log } from "./log";

/** A connection that comes up quickly needs no words. */
const CONNECTING_SHOWN_AFTER_MS = 1_000;

export class Panel {
  readonly element: HTMLElement;
  readonly log: Log;
  readonly composer: Composer;
  private readonly subtitle = h("p", { class: "subtitle", "aria-live": "polite" });
  private readonly human: HTMLButtonElement;
  private readonly queue = h("div", { class: "banner queue", hidden: true });
  private readonly place = h("div", { class: "place", role: "status" });
  private readonly choices = h("div", { class: "choices", role: "group" });
  private choicesOf: number | null = null;
  private readonly network = h("div", { class: "banner network", role: "status", hidden: true });
  private connectingSince: number | null = null;

  constructor(
    private readonly chat: Chat,
    private readonly options: Options,
    storage: KeyValue,
    close: () => void,
  ) {
    const { words } = options;
    this.log = new Log(chat, options, {
      press: (seq, index) => this.press(seq, index),
      retry: (row) => this.retry(row),
      say: (text) => chat.say(text),
    });
    this.composer = new Composer(words, storage, {
      say: (text) => chat.say(text),
      typing: () => chat.tellTyping(),
    });
    this.choices.setAttribute("aria-label", words.waitingChoices);
    this.queue.append(this.place, this.choices);
    this.human = button({ class: "human" }, () => chat.say(words.humanText), words.human);
    this.element = h(
      "section",
      { class: "panel", role: "dialog", "aria-label": words.panel, hidden: true },
      h(
        "header",
        {},
        h("div", { class: "mark", "aria-hidden": "true" }, icon("chat")),
        h("div", { class: "titles" }, h("h2", {}, options.title), this.subtitle),
        this.human,
        button(
          { class: "close", "aria-label": words.close, title: words.close },
          close,
          icon("down"),
        ),
      ),
      this.queue,
      this.network,
      this.log.element,
      this.composer.element,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) close();
      if (event.key === "Tab") this.keepFocusInside(event);
    });
  }

  get isFullScreen(): boolean {
    return getComputedStyle(this.element).getPropertyValue("--full-screen").trim() === "1";
  }

  update(): void {
    this.showConversation();
    this.showNetwork();
    this.log.update();
  }

  private showConversation(): void {
    const { words } = this.options;
    const { conversation, outbox } = this.chat;
    const status = conversation?.status ?? "bot";
    const agent = conversation?.agent_name ?? words.agentFallbackName;

    const isWaiting = status === "queued" || status === "offered";
    const isAsked = outbox.all().some((p) => p.text === words.humanText && p.state === "sending");
    this.human.disabled = isWaiting || status === "active" || isAsked;
    setText(
      this.human,
      isWaiting ? words.humanQueued : status === "active" ? words.humanActive : words.human,
    );
    const subtitles: Record<ConversationStatus, string> = {
      bot: words.botOnline,
      queued: words.queuedHint,
      offered: words.queuedHint,
      active: words.agentServing(agent),
      closed: words.closedHint,
    };
    setText(this.subtitle, subtitles[status]);
    this.queue.hidden = !isWaiting;
    if (isWaiting) {
      const position = conversation?.position ?? null;
      const ahead = position === null ? null : Math.max(0, position - 1);
      const wait = conversation?.wait ?? null;
      setText(this.place, status === "offered" ? words.offered : words.queued(ahead, wait));
      this.showChoices();
    }
  }

  private showChoices(): void {
    const offer = this.chat.store.waitingOffer();
    if (this.choicesOf === (offer?.seq ?? null)) return;
    this.choicesOf = offer?.seq ?? null;
    const buttons = (offer?.buttons ?? []).map(({ title }, index) =>
      button({ class: "choice" }, () => this.press(offer?.seq ?? 0, index), title),
    );
    this.choices.replaceChildren(...buttons);
  }

  private showNetwork(): void {
    const { words } = this.options;
    const { link, wasReplaced } = this.chat;
    const now = Date.now();
    if (link !== "connecting") this.connectingSince = null;
    else if (this.connectingSince === null) {
      this.connectingSince = now;
      setTimeout(() => this.showNetwork(), CONNECTING_SHOWN_AFTER_MS);
    }
    const isSlow =
      this.connectingSince !== null && now - this.connectingSince >= CONNECTING_SHOWN_AFTER_MS;
    const line =
      (link === "trouble" && words.trouble) ||
      (isSlow && words.connecting) ||
      (wasReplaced && words.replaced) ||
      "";
    this.network.classList.toggle("trouble", link === "trouble");
    this.network.hidden = line === "";
    setText(this.network, line);
    this.element.dataset.link = link;
  }

  private press(seq: number, index: number): void {
    const message = this.chat.store.all().find((m) => m.seq === seq);
    if (message) this.chat.press(message, index);
    // The pressed button goes away, and the focus must not go with it.
    if (this.isFullScreen) this.log.focus();
    else this.composer.focus();
  }

  private retry(row: BubbleRow): void {
    if (row.state === "failed") {
      this.chat.retry(row.key);
      return;
    }
    const words = this.chat.takeBack(row.key);
    if (!row.isButton) this.composer.insert(words);
  }

  /** Over the whole screen there is nothing behind the window to tab to. */
  private keepFocusInside(event: KeyboardEvent): void {
    if (!this.isFullScreen) return;
    const all = [
      ...this.element.querySelectorAll<HTMLElement>("button, a[href], textarea, input"),
    ].filter((element) => !element.closest("[hidden], :disabled"));
    const first = all[0];
    const last = all[all.length - 1];
    const root = this.element.getRootNode() as ShadowRoot;
    const from = event.shiftKey ? first : last;
    if (root.activeElement !== from) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
