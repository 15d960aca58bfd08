import { describe, expect, it } from "vitest";

import { safeReturn } from "../src/session/session";
import { clockTime, dayAndTime, elapsed, meantTime, shortTime, timeLeft } from "../src/shared/times";
import { paced } from "../src/shared/timers";
import { statusForClock } from "../src/tickets/promise";
import { label } from "../src/words";
import { handTimers } from "./builders";

const NOW = new Date("2026-03-02T04:00:00Z");

describe("times", () => {
  it("are those of Shanghai", () => {
    expect(clockTime("2026-03-02T04:05:00Z")).toBe("12:05");
    expect(clockTime("2026-03-01T16:00:00Z")).toBe("00:00");
  });

  it("name the day as people do", () => {
    expect(dayAndTime("2026-03-02T01:00:00Z", NOW)).toBe("今天 09:00");
    expect(dayAndTime("2026-03-01T15:00:00Z", NOW)).toBe("昨天 23:00");
    expect(dayAndTime("2026-03-02T17:00:00Z", NOW)).toBe("明天 01:00");
    expect(dayAndTime("2026-01-09T01:00:00Z", NOW)).toBe("01-09 09:00");
    expect(dayAndTime("2025-12-31T01:00:00Z", NOW)).toBe("2025-12-31 09:00");
    expect(shortTime("2026-03-01T15:00:00Z", NOW)).toBe("昨天");
  });

  it("say what words meant as precisely as they were meant", () => {
    const meant = (precision: string) => meantTime("2026-03-01T12:00:00Z", precision, NOW);
    expect(meant("minute")).toBe("昨天 20:00");
    expect(meant("hour")).toBe("约 昨天 20:00");
    expect(meant("part_of_day")).toBe("昨天 20:00 起");
    expect(meant("day")).toBe("昨天");
    expect(meant("week")).toBe("约 昨天");
    expect(meant("month")).toBe("2026-03");
    expect(meantTime(null, "hour", NOW)).toBe("");
  });

  it("show nothing for a time that is missing or cannot be read", () => {
    expect([dayAndTime(null), shortTime("soon"), elapsed(undefined, 0)]).toEqual(["", "", ""]);
  });

  it("count a wait up, and never below zero", () => {
    const since = "2026-03-02T04:00:00Z";
    const after = (seconds: number) => elapsed(since, NOW.getTime() + seconds * 1000);
    expect([after(-5), after(62), after(3723)]).toEqual(["00:00", "01:02", "1:02:03"]);
  });

  it("count a promise down in whole minutes, until it has passed", () => {
    const left = (ms: number) => timeLeft(NOW.toISOString(), NOW.getTime() - ms);
    expect(left(2 * 3_600_000 - 1_000)).toBe("2 小时 0 分钟");
    expect(left(30_000)).toBe("1 分钟");
    expect(left(26 * 3_600_000)).toBe("1 天 2 小时");
    expect(left(0)).toBeNull();
  });
});

describe("a ticket's promises", () => {
  it("count as kept once the promised step was taken", () => {
    expect(statusForClock("assess_by", "registered")).toBe("registered");
    expect(statusForClock("assess_by", "assigned")).toBe("closed");
    expect(statusForClock("respond_by", "assigned")).toBe("assigned");
    expect(statusForClock("respond_by", "in_progress")).toBe("closed");
    expect(statusForClock("resolve_by", "in_progress")).toBe("in_progress");
  });
});

describe("a refresh that is paced", () => {
  it("runs at once, then once for all that came in between", async () => {
    const timers = handTimers();
    let runs = 0;
    const ask = paced(async () => void runs++, 250, timers);
    for (let i = 0; i < 5; i++) ask();
    expect(runs).toBe(1);
    await Promise.resolve().then(() => Promise.resolve());
    await timers.pass(250);
    expect(runs).toBe(2);
    await timers.pass(1_000);
    expect(runs).toBe(2);
  });
});

describe("small things", () => {
  it("show an unknown code rather than hide it", () => {
    expect(label({ fault: "故障报修" }, "fault")).toBe("故障报修");
    expect(label({ fault: "故障报修" }, "brand_new")).toBe("brand_new");
    expect(label({}, null)).toBe("");
  });

  it("return nobody to another site after signing in", () => {
    expect(safeReturn("/desk/c1?x=1")).toBe("/desk/c1?x=1");
    for (const bad of ["//evil.example", "/\\evil.example", "https://evil.example", "/sign-in", 3]) {
      expect(safeReturn(bad)).toBeNull();
    }
  });
});
