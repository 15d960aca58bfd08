/** The duty roster of the coming days, as it is being filled in. Pure. */

import type { Duty } from "../api/types";
import { dayOf } from "../shared/times";
import { words } from "../words";

const DAY_MS = 24 * 60 * 60_000;
export const SHOWN_DAYS = 30;

export interface RosterDay {
  day: string;
  /** `周六` */
  weekday: string;
  off: "weekends" | "holidays" | null;
}

export type Roster = Duty["duty"];

export function comingDays(now: Date, daysOff: Duty["days_off"]): RosterDay[] {
  const { weekdays } = words.settings.teams.duty;
  return Array.from({ length: SHOWN_DAYS }, (_, ahead) => {
    const day = dayOf(new Date(now.getTime() + ahead * DAY_MS));
    const weekday = weekdays[new Date(`${day}T00:00Z`).getUTCDay()] ?? "";
    return { day, weekday, off: daysOff[day] ?? null };
  });
}

export function withPerson(roster: Roster, day: string, username: string): Roster {
  return { ...roster, [day]: [...new Set([...(roster[day] ?? []), username])].sort() };
}

export function withoutPerson(roster: Roster, day: string, username: string): Roster {
  return { ...roster, [day]: (roster[day] ?? []).filter((other) => other !== username) };
}

/** Put people on the days that are still empty, in turn, so many a day. */
export function filledInTurn(
  roster: Roster,
  days: readonly RosterDay[],
  people: readonly string[],
  perDay: number,
): Roster {
  const filled = { ...roster };
  const count = Math.min(perDay, people.length);
  let next = 0;
  for (const { day } of days) {
    if ((roster[day] ?? []).length > 0) continue;
    const today = Array.from({ length: count }, () => people[next++ % people.length] as string);
    if (today.length > 0) filled[day] = today.sort();
  }
  return filled;
}

/** The days that are other than they were; an emptied day is among them. */
export function changedDays(before: Roster, after: Roster): Roster {
  const days = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...days].filter(
    (day) => (before[day] ?? []).join() !== (after[day] ?? []).join(),
  );
  return Object.fromEntries(changed.sort().map((day) => [day, after[day] ?? []]));
}
