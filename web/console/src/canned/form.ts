/** A canned response as it is being typed. Pure. */

import type { CannedInput, CannedResponse } from "../api/types";
import type { Problems } from "../settings/problems";
import { words } from "../words";

export type CannedField = "title" | "text" | "shortcut" | "category" | "scope";

export const FIELD_OF: Record<string, CannedField> = {
  canned_title_invalid: "title",
  canned_text_invalid: "text",
  placeholder_unknown: "text",
  canned_shortcut_invalid: "shortcut",
  canned_category_invalid: "category",
  team_unknown: "scope",
  canned_not_yours: "scope",
};

export const emptyCanned = (personal: boolean): CannedInput => ({
  title: "",
  text: "",
  shortcut: "",
  category: "",
  team_id: null,
  personal,
});

export function inputOf(form: CannedInput): CannedInput {
  return {
    title: form.title.trim(),
    text: form.text.trim(),
    shortcut: form.shortcut.trim().replace(/^[/／]/, "").toLowerCase(),
    category: form.category.trim(),
    team_id: form.personal ? null : form.team_id,
    personal: form.personal,
  };
}

/** What the page itself can see is wrong; the server checks the rest. */
export function problemsOf(form: CannedInput): Problems<CannedField> {
  const text = words.settings.canned;
  const input = inputOf(form);
  return {
    ...(input.title ? {} : { title: text.needTitle }),
    ...(input.text ? {} : { text: text.needText }),
  };
}

/** Another one with the same shortcut: no mistake, but worth knowing. */
export function sameShortcut(
  all: readonly CannedResponse[],
  form: CannedInput,
  id: string | null,
): CannedResponse | undefined {
  const { shortcut } = inputOf(form);
  return shortcut === ""
    ? undefined
    : all.find((other) => other.id !== id && other.shortcut === shortcut);
}

/** Who may use it, as one value to choose: `me`, `everyone`, or a team's id. */
export const scopeOf = (form: CannedInput): string =>
  form.personal ? "me" : (form.team_id ?? "everyone");

export const withScope = (form: CannedInput, scope: string): CannedInput => ({
  ...form,
  personal: scope === "me",
  team_id: scope === "me" || scope === "everyone" ? null : scope,
});
