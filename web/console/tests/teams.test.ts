import { describe, expect, it } from "vitest";

import type { Team } from "../src/api/types";
import {
  changedDays,
  comingDays,
  filledInTurn,
  SHOWN_DAYS,
  withoutPerson,
  withPerson,
} from "../src/teams/duty";
import { differs, formOf, inputOf, linesOf, problemsOf, takes } from "../src/teams/form";
import * as hours from "../src/teams/hours";

const HOURS = {
  workdays: [
    ["09:00", "12:00"],
    ["13:30", "18:00"],
  ] as [string, string][],
  weekends: [["10:00", "16:00"]] as [string, string][],
  holidays: [],
  days: { "2026-12-31": [["09:00", "12:00"]] as [string, string][], "2026-02-16": [] },
};

const TEAM: Team = {
  id: "t1",
  name: "宽带组",
  reasons: ["complaint"],
  categories: ["broadband", "iptv"],
  overflow_seconds: 90,
  overflow_to: "t2",
  members: ["lin"],
  assignment: "pick",
  most_waiting: 0,
  longest_wait_seconds: 100,
  hours: HOURS,
  is_open: true,
  opens_at: null,
  version: 3,
  updated_by: "张主管",
};

describe("a team's form", () => {
  it("saves what it was given when nothing is changed", () => {
    const { id, is_open, opens_at, version, updated_by, ...given } = TEAM;
    expect([id, is_open, opens_at, version, updated_by]).toEqual(["t1", true, null, 3, "张主管"]);
    expect(inputOf(formOf(TEAM))).toEqual(given);
  });

  it("shows what somebody else saved, and in which lines it is not what one has here", () => {
    const mine = inputOf({ ...formOf(TEAM), members: ["lin", "zhou"], overflows: false });
    const lines = linesOf(TEAM, mine, [{ ...TEAM, id: "t2", name: "综合组" }], [
      { id: "u1", username: "lin", name: "小林", role: "agent" },
    ]);
    expect(lines.filter((line) => line.differs).map((line) => line.value)).toEqual([
      "小林",
      "等 90 秒后给综合组",
    ]);
    expect(lines.map((line) => line.value)).toContain("不限");
  });

  it("leaves to the desk what is not chosen", () => {
    expect(inputOf({ ...formOf(null), name: " 新组 " })).toEqual({
      name: "新组",
      reasons: [],
      categories: [],
      overflow_seconds: null,
      overflow_to: null,
      members: [],
      assignment: null,
      most_waiting: null,
      longest_wait_seconds: null,
      hours: null,
    });
  });

  it("tells the desk's limit, no limit and its own apart", () => {
    const form = formOf(TEAM);
    expect([form.mostWaiting.kind, form.longestWait.kind]).toEqual(["none", "own"]);
    form.longestWait.kind = "desk";
    form.mostWaiting = { kind: "own", most: "20" };
    expect(inputOf(form)).toMatchObject({ most_waiting: 20, longest_wait_seconds: null });
  });

  it("does not count the order of chips as a change", () => {
    const form = formOf(TEAM);
    form.categories.reverse();
    expect(differs(form, formOf(TEAM))).toBe(false);
    form.members.push("zhou");
    expect(differs(form, formOf(TEAM))).toBe(true);
  });

  it("says at which field something is wrong", () => {
    const form = formOf(null);
    expect(Object.keys(problemsOf(form))).toEqual(["name"]);
    form.name = "宽带组";
    expect(problemsOf(form)).toEqual({});
    Object.assign(form, { overflows: true, overflowSeconds: "-1", ownHours: true });
    form.mostWaiting = { kind: "own", most: "很多" };
    form.longestWait = { kind: "own", most: "0" };
    form.hours.workdays = [{ from: "18:00", until: "09:00" }];
    const wrong = Object.keys(problemsOf(form));
    expect(wrong).toEqual(["overflow", "mostWaiting", "longestWait", "hours"]);
    // What is switched off is not looked at.
    Object.assign(form, { overflows: false, ownHours: false });
    expect(Object.keys(problemsOf(form))).toEqual(["mostWaiting", "longestWait"]);
  });

  it("says in one line what comes to a team", () => {
    expect(takes(TEAM)).toBe("投诉 · 宽带上网、电视（IPTV）");
    expect(takes({ reasons: [], categories: [] })).toBe("什么都接");
  });
});

describe("opening hours", () => {
  it.each([
    ["9", "09:00"],
    ["930", "09:30"],
    ["0930", "09:30"],
    ["9:30", "09:30"],
    ["９：３０", "09:30"],
    ["9点", "09:00"],
    ["9点30", "09:30"],
    ["12", "12:00"],
    ["24:00", "24:00"],
    [" 18:00 ", "18:00"],
  ])("reads %s as %s", (typed, time) => {
    expect(hours.readTime(typed)).toBe(time);
  });

  it.each(["", "24:30", "25", "9:60", "上午", "9:3", "12345"])("does not read “%s”", (typed) => {
    expect(hours.readTime(typed)).toBeNull();
  });

  it("come back as they were, dates in order", () => {
    const form = hours.formOf(HOURS);
    expect(form.days.map(({ day }) => day)).toEqual(["2026-02-16", "2026-12-31"]);
    expect(hours.inputOf(form)).toEqual(HOURS);
  });

  it("are saved as they are read", () => {
    const form = { ...hours.usualHours(), workdays: [{ from: "9", until: "1730" }] };
    expect(hours.inputOf(form).workdays).toEqual([["09:00", "17:30"]]);
  });

  it("suggest the next span after those a day has, until the day is full", () => {
    expect(hours.nextSpan([])).toEqual({ from: "09:00", until: "18:00" });
    const morning = { from: "09:00", until: "12:00" };
    expect(hours.nextSpan([morning])).toEqual({ from: "13:30", until: "18:00" });
    const day = { from: "09:00", until: "18:00" };
    expect(hours.nextSpan([day])).toEqual({ from: "18:00", until: "24:00" });
    expect(hours.nextSpan([{ from: "00:00", until: "24:00" }])).toBeNull();
  });

  it("have spans that end after they begin and do not overlap", () => {
    const problem = (...spans: [string, string][]) =>
      hours.spansProblem(spans.map(([from, until]) => ({ from, until })));
    expect(problem(["13:30", "18:00"], ["9:00", "12:00"])).toBe("");
    expect(problem(["09:00", "12:00"], ["12:00", "18:00"])).toBe("");
    expect(problem(["22:00", "06:00"])).toContain("过夜");
    expect(problem(["09:00", "09:00"])).toContain("晚于");
    expect(problem(["13:00", "18:00"], ["9", "13:30"])).toContain("重叠");
    expect(problem(["九点", "18:00"])).toContain("九点");
    expect(problem(["", "18:00"])).toContain("请填写时间");
  });

  it("name each date once, and are open at some time", () => {
    const form = hours.usualHours();
    expect(hours.hoursProblems(form)).toEqual({});
    form.days = [
      { day: "2026-12-31", spans: [] },
      { day: "2026-12-31", spans: [] },
      { day: "", spans: [] },
    ];
    expect(Object.keys(hours.hoursProblems(form))).toEqual(["day1", "day2"]);
    form.workdays = [];
    form.days = [];
    expect(Object.keys(hours.hoursProblems(form))).toEqual(["all"]);
  });
});

describe("the duty roster", () => {
  // Already the 28th in Shanghai, a Saturday.
  const now = new Date("2026-11-27T16:30:00Z");
  const days = comingDays(now, { "2026-11-28": "weekends", "2026-11-29": "weekends" });

  it("shows thirty days from today on, in the desk's time zone", () => {
    expect(days).toHaveLength(SHOWN_DAYS);
    expect(days[0]).toEqual({ day: "2026-11-28", weekday: "周六", off: "weekends" });
    expect(days[2]).toEqual({ day: "2026-11-30", weekday: "周一", off: null });
    expect(days.at(-1)?.day).toBe("2026-12-27");
  });

  it("puts people in turn on the days that are empty", () => {
    const first = days.slice(0, 4);
    const roster = { "2026-11-29": ["chen"] };
    expect(filledInTurn(roster, first, ["lin", "zhou"], 1)).toEqual({
      "2026-11-28": ["lin"],
      "2026-11-29": ["chen"],
      "2026-11-30": ["zhou"],
      "2026-12-01": ["lin"],
    });
    expect(filledInTurn({}, first.slice(0, 1), ["lin", "zhou"], 5)).toEqual({
      "2026-11-28": ["lin", "zhou"],
    });
    expect(filledInTurn(roster, first, [], 1)).toEqual(roster);
  });

  it("adds someone to a day once, and takes them off again", () => {
    const twice = withPerson(withPerson({}, "2026-11-28", "lin"), "2026-11-28", "lin");
    expect(twice).toEqual({ "2026-11-28": ["lin"] });
    expect(withoutPerson(twice, "2026-11-28", "lin")).toEqual({ "2026-11-28": [] });
  });

  it("saves only the days that changed, emptied ones too", () => {
    const before = { "2026-11-28": ["lin"], "2026-11-29": ["lin"] };
    const after = { "2026-11-28": ["lin"], "2026-11-29": [], "2026-12-05": ["zhou"] };
    expect(changedDays(before, after)).toEqual({ "2026-11-29": [], "2026-12-05": ["zhou"] });
    expect(changedDays(before, { ...before })).toEqual({});
  });
});
