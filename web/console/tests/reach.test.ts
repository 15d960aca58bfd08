import { describe, expect, it } from "vitest";

import { markOf, standingOf } from "../src/desk/reach";
import { aReach } from "./builders";

const NOW = Date.parse("2026-01-01T02:00:00Z");

describe("what may still be sent", () => {
  it("is calm, runs low, and is spent", () => {
    expect(standingOf(aReach({ left: 3 }), NOW)).toBe("calm");
    expect(standingOf(aReach({ left: 2 }), NOW)).toBe("low");
    expect(standingOf(aReach({ left: 0, until: null }), NOW)).toBe("spent");
  });

  it("runs low and ends by itself as time passes", () => {
    const reach = aReach({ until: "2026-01-01T03:00:00Z" });
    expect(standingOf(reach, NOW)).toBe("calm");
    expect(standingOf(reach, NOW + 1_000)).toBe("low");
    expect(standingOf(reach, NOW + 3_600_000)).toBe("spent");
  });

  it("is nothing for who does not follow the account any more", () => {
    expect(standingOf(aReach({ subscribed: false }), NOW)).toBe("gone");
  });
});

describe("the mark of a message", () => {
  it("is none for what arrived, and on web chat", () => {
    expect(markOf(aReach(), 3, NOW)).toBeNull();
    expect(markOf(null, 3, NOW)).toBeNull();
  });

  it("says whether it is on its way or waits for the customer", () => {
    expect(markOf(aReach({ waiting: [3] }), 3, NOW)?.kind).toBe("sending");
    expect(markOf(aReach({ waiting: [3], left: 0 }), 3, NOW)?.kind).toBe("held");
    expect(markOf(aReach({ waiting: [3], subscribed: false }), 3, NOW)?.kind).toBe("held");
  });

  it("has WeChat's own reason and what to do", () => {
    const reach = aReach({ not_sent: [{ seq: 3, status: "failed", advice: "消息被拒收。" }] });
    expect(markOf(reach, 3, NOW)).toEqual({ kind: "failed", advice: "消息被拒收。" });
    expect(markOf(reach, 4, NOW)).toBeNull();
  });
});
