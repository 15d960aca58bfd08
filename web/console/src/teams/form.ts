/** A team as it is being typed. Pure. */

import type { Team, TeamInput, User } from "../api/types";
import type { Problems } from "../settings/problems";
import { words } from "../words";
import * as hours from "./hours";

export type TeamField =
  | "name"
  | "assignment"
  | "reasons"
  | "categories"
  | "members"
  | "overflow"
  | "mostWaiting"
  | "longestWait"
  | "hours";

export const FIELD_OF: Record<string, TeamField> = {
  team_name_invalid: "name",
  team_name_taken: "name",
  assignment_unknown: "assignment",
  reason_unknown: "reasons",
  fault_type_unknown: "categories",
  user_unknown: "members",
  overflow_invalid: "overflow",
  limit_invalid: "mostWaiting",
  hours_invalid: "hours",
};

/** As the desk's settings say, no limit at all, or this many. */
export interface Limit {
  kind: "desk" | "none" | "own";
  most: string;
}

export interface TeamForm {
  name: string;
  assignment: "" | "offer" | "pick";
  reasons: string[];
  categories: string[];
  members: string[];
  overflows: boolean;
  overflowSeconds: string;
  /** The id of a team, or empty: to everyone. */
  overflowTo: string;
  mostWaiting: Limit;
  longestWait: Limit;
  ownHours: boolean;
  hours: hours.HoursForm;
}

const LONGEST_SECONDS = 86_400;
const MOST_WAITING = 10_000;
const USUAL = { overflow: "120", mostWaiting: "50", longestWait: "600" };

export function formOf(team: TeamInput | null): TeamForm {
  return {
    name: team?.name ?? "",
    assignment: team?.assignment ?? "",
    reasons: [...(team?.reasons ?? [])],
    categories: [...(team?.categories ?? [])],
    members: [...(team?.members ?? [])],
    overflows: team?.overflow_seconds != null,
    overflowSeconds: String(team?.overflow_seconds ?? USUAL.overflow),
    overflowTo: team?.overflow_to ?? "",
    mostWaiting: limitOf(team?.most_waiting, USUAL.mostWaiting),
    longestWait: limitOf(team?.longest_wait_seconds, USUAL.longestWait),
    ownHours: team?.hours != null,
    hours: team?.hours ? hours.formOf(team.hours) : hours.usualHours(),
  };
}

export function inputOf(form: TeamForm): TeamInput {
  return {
    name: form.name.trim(),
    assignment: form.assignment || null,
    reasons: [...form.reasons].sort(),
    categories: [...form.categories].sort(),
    members: [...form.members].sort(),
    overflow_seconds: form.overflows ? Number(form.overflowSeconds) : null,
    overflow_to: form.overflows ? form.overflowTo || null : null,
    most_waiting: numberOf(form.mostWaiting),
    longest_wait_seconds: numberOf(form.longestWait),
    hours: form.ownHours ? hours.inputOf(form.hours) : null,
  };
}

export const differs = (one: TeamForm, other: TeamForm): boolean =>
  JSON.stringify(inputOf(one)) !== JSON.stringify(inputOf(other));

/** What the page itself can see is wrong; the server checks the rest. */
export function problemsOf(form: TeamForm): Problems<TeamField> {
  const text = words.settings.teams;
  const problems: Problems<TeamField> = {};
  if (form.name.trim() === "") problems.name = text.needName;
  if (form.overflows && !isWhole(form.overflowSeconds, 0, LONGEST_SECONDS)) {
    problems.overflow = text.needNumber(0, LONGEST_SECONDS);
  }
  if (form.mostWaiting.kind === "own" && !isWhole(form.mostWaiting.most, 1, MOST_WAITING)) {
    problems.mostWaiting = text.needNumber(1, MOST_WAITING);
  }
  if (form.longestWait.kind === "own" && !isWhole(form.longestWait.most, 1, LONGEST_SECONDS)) {
    problems.longestWait = text.needNumber(1, LONGEST_SECONDS);
  }
  if (form.ownHours && Object.keys(hours.hoursProblems(form.hours)).length > 0) {
    problems.hours = text.hours.wrong;
  }
  return problems;
}

/** In one line, what comes to a team: `投诉、重要客户 · 宽带上网`. */
export function takes(team: Pick<Team, "reasons" | "categories">): string {
  const { desk, tickets, settings } = words;
  const names = (codes: string[], table: Record<string, string>) =>
    codes.map((code) => table[code] ?? code).join("、");
  const parts = [names(team.reasons, desk.reasons), names(team.categories, tickets.faults)];
  return parts.filter((part) => part !== "").join(" · ") || settings.teams.takesAll;
}

/** The server tells members by their ids and takes them by their user names. */
export function named(team: Team, users: readonly User[]): Team {
  const names = new Map(users.map(({ id, username }) => [id, username]));
  return { ...team, members: team.members.map((member) => names.get(member) ?? member) };
}

export interface Line {
  name: string;
  value: string;
  /** Not as in the form here. */
  differs: boolean;
}

/** A team that somebody else saved, line by line. */
export function linesOf(
  theirs: Team,
  mine: TeamInput,
  teams: readonly Team[],
  users: readonly User[],
): Line[] {
  const text = words.settings.teams;
  const same = (key: keyof TeamInput): boolean =>
    JSON.stringify(inputOf(formOf(theirs))[key]) === JSON.stringify(mine[key]);
  const line = (name: string, value: string, ...keys: (keyof TeamInput)[]): Line => ({
    name,
    value,
    differs: !keys.every(same),
  });
  const people = new Map(users.map((user) => [user.username, user.name]));
  const limit = (most: number | null, unit: string): string => {
    if (most === null) return text.limits.desk ?? "";
    return most === 0 ? (text.limits.none ?? "") : `${most} ${unit}`;
  };
  const { overflow_seconds: after, overflow_to: to } = theirs;
  const target = teams.find(({ id }) => id === to)?.name ?? text.everyone;
  return [
    line(text.name, theirs.name, "name"),
    line(text.assignment, text.assignments[theirs.assignment ?? ""] ?? "", "assignment"),
    line(text.takes, takes(theirs), "reasons", "categories"),
    line(
      text.members,
      theirs.members.map((member) => people.get(member) ?? member).join("、"),
      "members",
    ),
    line(
      text.overflow,
      after === null ? text.overflowNever : text.overflowLine(after, target),
      "overflow_seconds",
      "overflow_to",
    ),
    line(text.mostWaiting, limit(theirs.most_waiting, text.persons), "most_waiting"),
    line(text.longestWait, limit(theirs.longest_wait_seconds, text.seconds), "longest_wait_seconds"),
    line(text.hours.title, theirs.hours ? text.hours.own : text.hours.asDesk, "hours"),
  ];
}

function limitOf(most: number | null | undefined, usual: string): Limit {
  if (most == null) return { kind: "desk", most: usual };
  return most === 0 ? { kind: "none", most: usual } : { kind: "own", most: String(most) };
}

function numberOf({ kind, most }: Limit): number | null {
  if (kind === "desk") return null;
  return kind === "none" ? 0 : Number(most);
}

function isWhole(text: string, low: number, high: number): boolean {
  const value = String(text).trim();
  return /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high;
}
