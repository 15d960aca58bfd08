/** Opening hours as they are being typed. Pure. */

import type { Hours, Spans } from "../api/types";
import { words } from "../words";

export const KINDS = ["workdays", "weekends", "holidays"] as const;
export type Kind = (typeof KINDS)[number];

export interface SpanForm {
  from: string;
  until: string;
}

export interface DayForm {
  /** `2026-12-31`, empty while it is being chosen. */
  day: string;
  spans: SpanForm[];
}

export interface HoursForm extends Record<Kind, SpanForm[]> {
  days: DayForm[];
}

const MOST_SPANS = 8;
const FIRST: SpanForm = { from: "09:00", until: "18:00" };
const AFTER_NOON: SpanForm = { from: "13:30", until: "18:00" };

/** What a team starts from that gets hours of its own. */
export const usualHours = (): HoursForm => ({
  workdays: [{ ...FIRST }],
  weekends: [],
  holidays: [],
  days: [],
});

export function formOf(hours: Hours): HoursForm {
  return {
    workdays: rows(hours.workdays),
    weekends: rows(hours.weekends),
    holidays: rows(hours.holidays),
    days: Object.entries(hours.days)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([day, spans]) => ({ day, spans: rows(spans) })),
  };
}

export function inputOf(form: HoursForm): Hours {
  return {
    workdays: pairs(form.workdays),
    weekends: pairs(form.weekends),
    holidays: pairs(form.holidays),
    days: Object.fromEntries(form.days.map(({ day, spans }) => [day, pairs(spans)])),
  };
}

const rows = (spans: Spans): SpanForm[] => spans.map(([from, until]) => ({ from, until }));

const pairs = (spans: readonly SpanForm[]): Spans =>
  spans.map(({ from, until }): [string, string] => [
    readTime(from) ?? from,
    readTime(until) ?? until,
  ]);

/** `9`, `930`, `9:30`, `９：３０` as `09:30`; null when it is no time. A day ends at 24:00. */
export function readTime(text: string): string | null {
  const found = /^(\d{1,2}?)(?:[:.时点]?(\d{2}))?[时点]?$/.exec(text.normalize("NFKC").trim());
  if (!found) return null;
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  if (minute > 59 || hour * 60 + minute > 24 * 60) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** The next span of a day, after those it has; null when there is no room for one. */
export function nextSpan(spans: readonly SpanForm[]): SpanForm | null {
  if (spans.length >= MOST_SPANS) return null;
  const last = spans.map(({ until }) => readTime(until) ?? "24:00").sort().at(-1);
  if (last === undefined) return { ...FIRST };
  if (last < AFTER_NOON.from) return { ...AFTER_NOON };
  return last < "24:00" ? { from: last, until: "24:00" } : null;
}

/** What is wrong with a day's spans; empty when nothing is. */
export function spansProblem(spans: readonly SpanForm[]): string {
  const text = words.settings.teams.hours;
  const read: [string, string][] = [];
  for (const { from, until } of spans) {
    const [start, end] = [readTime(from), readTime(until)];
    if (start === null || end === null) return text.notATime(start === null ? from : until);
    if (start >= end) return text.reversed(start, end);
    read.push([start, end]);
  }
  read.sort();
  const twice = read.find(([start], index) => index > 0 && start < (read[index - 1]?.[1] ?? ""));
  return twice ? text.overlap(twice.join("–")) : "";
}

/** What is wrong, by kind of day or by the place of a single day; empty when it can be saved. */
export function hoursProblems(form: HoursForm): Record<string, string> {
  const text = words.settings.teams.hours;
  const problems: Record<string, string> = {};
  const seen = new Set<string>();
  for (const kind of KINDS) problems[kind] = spansProblem(form[kind]);
  form.days.forEach(({ day, spans }, index) => {
    problems[`day${index}`] =
      day === "" ? text.needDay : seen.has(day) ? text.dayTwice(day) : spansProblem(spans);
    seen.add(day);
  });
  const all = [...KINDS.map((kind) => form[kind]), ...form.days.map(({ spans }) => spans)];
  if (all.every((spans) => spans.length === 0)) problems.all = text.never;
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== ""));
}
