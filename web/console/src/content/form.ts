/** An article as it is being typed. Pure. */

import type { Article, ArticleInput } from "../api/types";

export interface ArticleForm {
  question: string;
  /** One similar question a line. */
  similar: string;
  answer: string;
  category: string;
  tags: string;
  validFrom: string;
  validUntil: string;
}

export const emptyForm = (question = ""): ArticleForm => ({
  question,
  similar: "",
  answer: "",
  category: "",
  tags: "",
  validFrom: "",
  validUntil: "",
});

export function formOf(article: Partial<ArticleInput>): ArticleForm {
  return {
    question: article.question ?? "",
    similar: (article.similar_questions ?? []).join("\n"),
    answer: article.answer ?? "",
    category: article.category ?? "",
    tags: (article.tags ?? []).join("，"),
    validFrom: article.valid_from ?? "",
    validUntil: article.valid_until ?? "",
  };
}

export function inputOf(form: ArticleForm): ArticleInput {
  return {
    question: form.question.trim(),
    similar_questions: linesOf(form.similar),
    answer: form.answer.trim(),
    category: form.category.trim(),
    tags: [...new Set(parts(form.tags, /[|\n,，;；、]/))],
    valid_from: form.validFrom || null,
    valid_until: form.validUntil || null,
  };
}

export const linesOf = (text: string): string[] => parts(text, /\r?\n/);

/** Different in what would be saved; a stray space or blank line does not count. */
export function differs(one: ArticleForm, other: ArticleForm): boolean {
  return JSON.stringify(inputOf(one)) !== JSON.stringify(inputOf(other));
}

export type FormProblem = "needQuestion" | "needAnswer" | "datesReversed";

/** What the page itself can see is wrong; the server checks the rest. */
export function problemOf(form: ArticleForm): FormProblem | null {
  const input = inputOf(form);
  if (!input.question) return "needQuestion";
  if (!input.answer) return "needAnswer";
  if (input.valid_from && input.valid_until && input.valid_until < input.valid_from) {
    return "datesReversed";
  }
  return null;
}

/** Which button publishing is: nothing to do, the first time, again, or with changes. */
export function canPublish(article: Article | null, dirty: boolean): boolean {
  if (article === null) return true;
  return dirty || article.status !== "published" || article.has_unpublished_changes;
}

function parts(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
