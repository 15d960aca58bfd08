/** Where the customer writes. */

import { MAX_TEXT_LENGTH, textLength } from "../protocol";
import type { KeyValue } from "../storage";
import type { Words } from "../words";
import { button, h, setText } from "./dom";
import { icon } from "./icons";

const DRAFT_KEY = "frontdoor.draft";
const COUNTER_FROM = MAX_TEXT_LENGTH - 200;
const TALLEST_PX = 132;

export class Composer {
  readonly element: HTMLElement;
  private readonly input: HTMLTextAreaElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly counter = h("span", { class: "counter" });
  private readonly problem = h("span", { class: "problem", role: "alert" });

  constructor(
    private readonly words: Words,
    private readonly storage: KeyValue,
    private readonly actions: { say(text: string): void; typing(): void },
  ) {
    this.input = h("textarea", {
      rows: 1,
      placeholder: words.placeholder,
      "aria-label": words.input,
      enterkeyhint: "send",
      autocomplete: "off",
    });
    this.sendButton = button(
      { class: "send", "aria-label": words.send, title: words.send },
      () => this.send(),
      icon("send"),
    );
    this.element = h(
      "div",
      { class: "composer" },
      h("div", { class: "line" }, this.problem, this.counter),
      h("div", { class: "field" }, this.input, this.sendButton),
    );
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("input", () => {
      this.changed();
      if (this.input.value.trim() !== "") actions.typing();
    });
    this.input.value = storage.get(DRAFT_KEY) ?? "";
    this.changed();
  }

  focus(): void {
    this.input.focus({ preventScroll: true });
  }

  /** Puts words into the field; what the customer had begun to write stays in front of them. */
  insert(text: string): void {
    const begun = this.input.value.trimEnd();
    this.input.value = begun === "" ? text : `${begun}\n${text}`;
    this.changed();
    this.focus();
  }

  /** The height can only be measured once the field is on the screen. */
  fit(): void {
    this.input.style.height = "auto";
    const height = this.input.scrollHeight;
    if (height > 0) this.input.style.height = `${Math.min(height, TALLEST_PX)}px`;
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey) return;
    // Enter that picks a word in an input method is not Enter that sends. Safari ends the
    // composition before it reports the key, and says 229.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  private send(): void {
    const text = this.input.value.trim();
    if (text === "") return;
    if (textLength(text) > MAX_TEXT_LENGTH) {
      this.refuse(textLength(text));
      return;
    }
    this.input.value = "";
    this.changed();
    this.actions.say(text);
    this.focus();
  }

  private changed(): void {
    const text = this.input.value;
    if (text === "") this.storage.remove(DRAFT_KEY);
    else this.storage.set(DRAFT_KEY, text);
    const length = textLength(text.trim());
    const isNearLimit = length >= COUNTER_FROM;
    setText(this.counter, isNearLimit ? this.words.counter(length, MAX_TEXT_LENGTH) : "");
    if (length > MAX_TEXT_LENGTH) this.refuse(length);
    else setText(this.problem, "");
    this.element.classList.toggle("too-long", length > MAX_TEXT_LENGTH);
    this.sendButton.disabled = length === 0;
    this.fit();
  }

  private refuse(length: number): void {
    setText(this.problem, this.words.tooLong(length, MAX_TEXT_LENGTH));
    setText(this.counter, "");
  }
}
