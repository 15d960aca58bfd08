import { describe, expect, it } from "vitest";

import {
  emptyTranscript,
  inBlocks,
  isBehind,
  withFailed,
  withFetched,
  withPending,
  withRetried,
  withStored,
  withWhispers,
} from "../src/desk/transcript";
import { dayOf } from "../src/shared/times";
import { aMessage } from "./builders";

const seqs = (t: { messages: { seq: number }[] }) => t.messages.map((m) => m.seq);
const pending = (clientMessageId: string) => ({
  clientMessageId,
  text: "您好",
  at: "2026-01-01T02:00:00Z",
  failure: null,
});

describe("a transcript", () => {
  it("shows a message that arrives twice once", () => {
    const once = withFetched(emptyTranscript(), [aMessage(1), aMessage(2)]);
    expect(seqs(withFetched(once, [aMessage(2), aMessage(3)]))).toEqual([1, 2, 3]);
  });

  it("keeps the order of the numbers, not of arrival", () => {
    const late = withFetched(emptyTranscript(), [aMessage(3), aMessage(1)]);
    expect(seqs(withFetched(late, [aMessage(2)]))).toEqual([1, 2, 3]);
  });

  it("does not skip a customer message that came just before our own reply", () => {
    const known = withFetched(emptyTranscript(), [aMessage(1)]);
    const replied = withStored(known, aMessage(3, { author: "agent" }));
    expect(replied.syncedTo).toBe(1);
    expect(isBehind(replied, 3)).toBe(true);
    expect(seqs(withFetched(replied, [aMessage(2), aMessage(3)]))).toEqual([1, 2, 3]);
  });

  it("needs no fetch when our reply is the very next message", () => {
    const known = withFetched(emptyTranscript(), [aMessage(1)]);
    expect(isBehind(withStored(known, aMessage(2)), 2)).toBe(false);
  });

  it("drops the provisional reply when the stored one arrives, by either way", () => {
    const waiting = withPending(emptyTranscript(), pending("a"));
    const stored = aMessage(1, { client_message_id: "a" });
    expect(withStored(waiting, stored).pending).toEqual([]);
    expect(withFetched(waiting, [stored]).pending).toEqual([]);
  });

  it("keeps a failed reply under the same id for another try", () => {
    const failure = { message: "连不上服务器", advice: "" };
    const failed = withFailed(withPending(emptyTranscript(), pending("a")), "a", failure);
    expect(failed.pending[0]?.failure).toEqual(failure);
    expect(withRetried(failed, "a").pending).toEqual([pending("a")]);
  });
});

describe("whispers", () => {
  const note = (kind: "note" | "whisper", at: string) => ({
    id: `${kind} ${at}`,
    kind,
    author_name: "值班主管",
    text: "先道歉",
    at: `2026-01-01T02:00:${at}.500Z`,
  });

  it("stand where they were said, and notes do not stand there", () => {
    const lines = withWhispers(
      [aMessage(1), aMessage(2), aMessage(3)],
      [note("whisper", "02"), note("note", "01")],
    );
    expect(lines.map((line) => line.author)).toEqual(["contact", "contact", "whisper", "contact"]);
  });

  it("are no part of the block of an agent's messages around them", () => {
    const lines = withWhispers([aMessage(1), aMessage(2)], [note("whisper", "01")]);
    expect(inBlocks(lines, dayOf).map((block) => block.author)).toEqual([
      "contact",
      "whisper",
      "contact",
    ]);
  });
});

describe("blocks of messages", () => {
  it("join what one author says in a row", () => {
    const blocks = inBlocks([aMessage(1), aMessage(2), aMessage(3, { author: "bot" })], dayOf);
    expect(blocks.map((block) => block.messages.length)).toEqual([2, 1]);
  });

  it("start anew when another agent goes on", () => {
    const by = (seq: number, author_name: string) => aMessage(seq, { author: "agent", author_name });
    expect(inBlocks([by(1, "王晓雯"), by(2, "周凯")], dayOf)).toHaveLength(2);
  });

  it("name the day once, by the clock in Shanghai", () => {
    const at = (seq: number, time: string) => aMessage(seq, { at: time });
    const blocks = inBlocks(
      [at(1, "2026-01-01T15:59:00Z"), at(2, "2026-01-01T16:01:00Z"), at(3, "2026-01-01T16:02:00Z")],
      dayOf,
    );
    expect(blocks.map((block) => block.day)).toEqual(["2026-01-01", "2026-01-02"]);
  });
});
