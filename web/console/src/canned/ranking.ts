/** Which canned responses fit what is being typed, best first. Pure. */

import type { CannedResponse } from "../api/types";

/** What opens the list at the start of a reply; an input method turns `/` into the last two. */
const SLASHES = ["/", "／", "、"];

/** What is searched for by a reply that begins with a slash, or null when it does not. */
export function slashQuery(reply: string): string | null {
  return SLASHES.includes(reply.charAt(0)) && !reply.includes("\n") ? reply.slice(1) : null;
}

/** Those that fit; without a query all. Among equally good ones, what one uses most comes first. */
export function found(all: readonly CannedResponse[], query: string): CannedResponse[] {
  const wanted = plain(query);
  return all
    .map((canned) => ({ canned, fit: fit(canned, wanted) }))
    .filter(({ fit }) => fit < NO_FIT)
    .sort(
      (one, other) =>
        one.fit - other.fit ||
        other.canned.uses - one.canned.uses ||
        Number(other.canned.personal) - Number(one.canned.personal) ||
        one.canned.title.localeCompare(other.canned.title, "zh-CN"),
    )
    .map(({ canned }) => canned);
}

const NO_FIT = 5;

/** 0 is best: the shortcut itself, its start, the title's start, its inside, any words. */
function fit(canned: CannedResponse, wanted: string): number {
  if (wanted === "") return 0;
  const shortcut = plain(canned.shortcut);
  if (shortcut === wanted) return 0;
  if (shortcut.startsWith(wanted)) return 1;
  const names = [plain(canned.title), initials(canned.pinyin)];
  const sounds = fromEachSyllable(canned.pinyin);
  if ([...names, sounds[0]].some((name) => name?.startsWith(wanted))) return 2;
  if (names.some((name) => name.includes(wanted))) return 3;
  if (sounds.some((sound) => sound.startsWith(wanted))) return 3;
  const everything = plain(`${canned.title} ${canned.category} ${canned.text}`);
  return wanted.split(/\s+/).every((word) => everything.includes(word)) ? 4 : NO_FIT;
}

function initials(pinyin: string): string {
  return pinyin
    .split(" ")
    .map((syllable) => syllable.charAt(0))
    .join("");
}

/** `guang mao` as `guangmao`, `mao`: a letter within a syllable is no place to look from. */
function fromEachSyllable(pinyin: string): string[] {
  const syllables = pinyin.split(" ");
  return syllables.map((_, index) => syllables.slice(index).join(""));
}

const plain = (text: string): string => text.normalize("NFKC").trim().toLowerCase();
