import { describe, expect, it } from "vitest";

import { ApiError } from "../src/api/http";
import type { AttachmentStatus } from "../src/api/types";
import { watchFile } from "../src/files/file";
import { handTimers } from "./builders";

const FILE = { id: "f1", kind: "image" as const };

/** A server that answers one after another; the last answer stays. */
function aFile(...answers: (Partial<AttachmentStatus> | ApiError)[]) {
  const timers = handTimers();
  let asked = 0;
  const status = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof ApiError) throw answer;
    return { attachment: { ...FILE, status: "waiting" as const, content_type: null, ...answer } };
  };
  return { ...watchFile(FILE, { status }, timers), timers, asked: () => asked };
}

describe("a file of a customer's", () => {
  it("is looked for until it is here, less and less often", async () => {
    const file = aFile({}, {}, { status: "stored", content_type: "image/jpeg" });
    await file.look();
    expect(file.state.status).toBe("waiting");
    await file.timers.pass(2_000);
    expect(file.timers.waiting()).toEqual([4_000]);
    await file.timers.pass(4_000);
    expect(file.state).toEqual({ status: "stored", contentType: "image/jpeg" });
    expect(file.timers.waiting()).toEqual([]);
  });

  it("that is lost is not looked for again", async () => {
    const file = aFile({ status: "failed" });
    await file.look();
    expect([file.state.status, file.timers.waiting().length]).toEqual(["failed", 0]);
  });

  it("that nobody knows is lost, and one behind a broken line only late", async () => {
    const unknown = aFile(new ApiError("", 404, "attachment_unknown"));
    await unknown.look();
    expect(unknown.state.status).toBe("failed");
    const late = aFile(new ApiError("", 0, "network"), { status: "stored" });
    await late.look();
    expect(late.state.status).toBe("waiting");
    await late.timers.pass(2_000);
    expect(late.state.status).toBe("stored");
  });

  it("is forgotten with the page that showed it", async () => {
    const file = aFile({});
    await file.look();
    file.stop();
    await file.timers.pass(60_000);
    expect(file.asked()).toBe(1);
  });
});
