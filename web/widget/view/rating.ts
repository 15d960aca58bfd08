/** The card that asks for one to five stars and, if the customer likes, a word. */

import type { Words } from "../words";
import { h } from "./dom";
import { icon } from "./icons";

export type Rate = (score: number, comment: string) => Promise<void>;

const MAX_COMMENT_LENGTH = 500;

export class RatingCard {
  readonly element: HTMLElement;
  private isThanked = false;
  private score = 0;

  constructor(
    isRated: boolean,
    private readonly words: Words,
    private readonly rate: Rate,
  ) {
    this.element = h("div", { class: "rating" });
    if (isRated) this.thank();
    else this.ask();
  }

  /** Said to be rated from elsewhere: another tab, or before the reload. */
  thank(): void {
    if (this.isThanked) return;
    this.isThanked = true;
    this.element.replaceChildren(
      h("p", { class: "thanks", role: "status" }, icon("done"), this.words.rateThanks),
    );
  }

  private ask(): void {
    const { words } = this;
    const problem = h("p", { class: "problem", role: "alert" });
    const chosen = h("p", { class: "chosen" });
    const submit = h("button", { type: "submit", class: "primary" }, words.rateSend);
    const comment = h("textarea", {
      rows: 2,
      maxlength: MAX_COMMENT_LENGTH,
      placeholder: words.rateComment,
      "aria-label": words.rateComment,
    });
    const more = h("div", { class: "more", hidden: true }, comment, problem, submit);
    const stars = words.rateLabels.map((label, i) => this.star(i + 1, label));
    const show = (score: number) => {
      stars.forEach((star, i) => star.classList.toggle("on", i < score));
    };
    stars.forEach((star, i) => {
      star.querySelector("input")?.addEventListener("change", () => {
        this.score = i + 1;
        show(this.score);
        chosen.textContent = words.rateLabels[i] ?? "";
        more.hidden = false;
      });
      star.addEventListener("pointerenter", (event) => {
        if (event.pointerType === "mouse") show(i + 1);
      });
      star.addEventListener("pointerleave", () => show(this.score));
    });
    const form = h(
      "form",
      {},
      h("p", { class: "ask", id: "fd-rate" }, words.rateTitle),
      h("div", { class: "stars", role: "radiogroup", "aria-labelledby": "fd-rate" }, ...stars),
      chosen,
      more,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.score === 0) return;
      submit.disabled = true;
      problem.textContent = "";
      try {
        await this.rate(this.score, comment.value.trim());
        this.thank();
      } catch {
        problem.textContent = words.rateFailed;
        submit.disabled = false;
      }
    });
    this.element.append(form);
  }

  private star(score: number, label: string): HTMLLabelElement {
    const input = h("input", {
      type: "radio",
      name: "fd-score",
      value: score,
      "aria-label": this.words.rateStar(score, label),
    });
    return h("label", { class: "star", "data-score": score }, input, icon("star"));
  }
}
