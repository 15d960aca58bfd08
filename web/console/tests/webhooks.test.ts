import { describe, expect, it } from "vitest";

import { choiceOf, patternsOf } from "../src/webhooks/patterns";

describe("which events a webhook wants", () => {
  it("are boxes for whole things and words for single events", () => {
    expect(choiceOf(["ticket.*", "csat.received", "duty.*"])).toEqual({
      things: ["ticket"],
      others: "csat.received duty.*",
    });
  });

  it("come back as they were", () => {
    const patterns = ["conversation.*", "ticket.*", "csat.received"];
    expect(patternsOf(choiceOf(patterns))).toEqual(patterns);
  });

  it("are typed with any separator, and kept once", () => {
    const choice = { things: [], others: " ticket.urged，ticket.urged、csat.received\n" };
    expect(patternsOf(choice)).toEqual(["ticket.urged", "csat.received"]);
  });

  it("leave out what a box covers already", () => {
    expect(patternsOf({ things: ["ticket"], others: "ticket.urged" })).toEqual(["ticket.*"]);
  });

  it("may be none at all", () => {
    expect(patternsOf({ things: [], others: " , " })).toEqual([]);
  });
});
