/** The launcher and the window, in a shadow tree that the host page's styles do not reach. */

import type { Chat } from "../chat";
import { asTextOnWhite, readableOn } from "../colour";
import type { Options } from "../options";
import type { KeyValue } from "../storage";
import { button, h, setText } from "./dom";
import { icon } from "./icons";
import { Panel } from "./panel";
import { css } from "./style";

const MOST_COUNTED = 99;

export class Widget {
  /** No `div`: a host page's rules for those must not hit it. */
  readonly host = document.createElement("frontdoor-chat");
  private readonly launcher: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  private readonly panel: Panel;
  private isOpen = false;
  private isPlanned = false;
  private pageOverflow = "";

  constructor(
    private readonly chat: Chat,
    private readonly options: Options,
    storage: KeyValue,
  ) {
    this.host.id = "frontdoor-chat";
    const root = this.host.attachShadow({ mode: "open" });
    adoptStyle(root, css);
    this.paint(options.colour);
    this.panel = new Panel(chat, options, storage, () => this.close());
    this.launcher = button(
      { class: "launcher", "aria-haspopup": "dialog" },
      () => this.open(),
      icon("chat"),
      this.badge,
    );
    root.append(this.launcher, this.panel.element);
    chat.subscribe(() => this.plan());
    this.watchPage();
    this.update();
  }

  open(draft = ""): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.launcher.hidden = true;
      this.panel.element.hidden = false;
      this.chat.start();
      this.fitToScreen();
      this.update();
      this.panel.log.scrollToEnd();
      this.panel.composer.fit();
      if (this.panel.isFullScreen) {
        this.pageOverflow = document.documentElement.style.overflow;
        document.documentElement.style.overflow = "hidden";
        this.panel.element.setAttribute("aria-modal", "true");
      }
    }
    if (draft) this.panel.composer.insert(draft);
    // On a phone the focus would bring up the keyboard before the customer has read anything.
    else if (this.panel.isFullScreen) this.panel.log.focus();
    else this.panel.composer.focus();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.panel.element.hidden = true;
    this.launcher.hidden = false;
    if (this.panel.element.hasAttribute("aria-modal")) {
      this.panel.element.removeAttribute("aria-modal");
      document.documentElement.style.overflow = this.pageOverflow;
    }
    this.update();
    this.launcher.focus({ preventScroll: true });
  }

  /** Many changes in one moment are drawn once. A microtask, as frames stop in a hidden tab. */
  private plan(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    queueMicrotask(() => {
      this.isPlanned = false;
      this.update();
    });
  }

  private update(): void {
    if (this.isOpen) {
      if (document.visibilityState === "visible") this.chat.markRead();
      this.panel.update();
      return;
    }
    const { unread } = this.chat;
    this.badge.hidden = unread === 0;
    setText(this.badge, unread > MOST_COUNTED ? `${MOST_COUNTED}+` : String(unread));
    this.launcher.setAttribute("aria-label", this.options.words.launcher(unread));
  }

  private watchPage(): void {
    window.addEventListener("online", () => this.chat.networkIs(true));
    window.addEventListener("offline", () => this.chat.networkIs(false));
    window.addEventListener("pageshow", (event) => event.persisted && this.chat.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.chat.hurry();
      this.plan();
    });
    // Anything on the host page may open the chat, with words ready to be sent:
    // <a data-chat-open="怎么查话费">
    document.addEventListener("click", (event) => {
      const asks = (event.target as Element | null)?.closest?.("[data-chat-open]");
      if (!asks) return;
      event.preventDefault();
      this.open(asks.getAttribute("data-chat-open") ?? "");
    });
    for (const change of ["resize", "scroll"]) {
      window.visualViewport?.addEventListener(change, () => this.fitToScreen());
    }
  }

  /** iOS lays its keyboard over the page without making it smaller; only this viewport tells. */
  private fitToScreen(): void {
    const view = window.visualViewport;
    if (!view || !this.isOpen) return;
    const isZoomed = view.scale > 1.01;
    this.host.style.setProperty("--frontdoor-height", isZoomed ? "100dvh" : `${view.height}px`);
    this.host.style.setProperty("--frontdoor-top", isZoomed ? "0px" : `${view.offsetTop}px`);
  }

  private paint(colour: string | null): void {
    const on = colour === null ? null : readableOn(colour);
    if (colour === null || on === null) return;
    this.host.style.setProperty("--frontdoor-brand", colour);
    this.host.style.setProperty("--frontdoor-on-brand", on);
    this.host.style.setProperty("--frontdoor-brand-text", asTextOnWhite(colour));
  }
}

function adoptStyle(root: ShadowRoot, text: string): void {
  // A constructed sheet also works where the page's policy forbids inline styles.
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(h("style", {}, text));
  }
}
