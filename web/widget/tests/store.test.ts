import { describe, expect, test } from "vitest";

import { MessageStore } from "../store";
import { message } from "./fake-server";

const seqs = (store: MessageStore) => store.all().map((m) => m.seq);

describe("order and gaps", () => {
  test("messages are in the order of their numbers, however they come", () => {
    const store = new MessageStore();
    store.add([message(3), message(1)]);
    store.add([message(2)]);
    expect(seqs(store)).toEqual([1, 2, 3]);
  });

  test("the same message twice is one message", () => {
    const store = new MessageStore();
    expect(store.add([message(1), message(1)])).toHaveLength(1);
    expect(store.add([message(1)])).toHaveLength(0);
    expect(seqs(store)).toEqual([1]);
  });

  test("one resumes before a hole, not behind it", () => {
    const store = new MessageStore();
    store.add([message(1), message(2), message(5)]);
    expect(store.hasGap).toBe(true);
    expect(store.resumeAfter).toBe(2);
    store.add([message(3), message(4)]);
    expect(store.hasGap).toBe(false);
    expect(store.resumeAfter).toBe(5);
  });

  test("a history that starts in the middle has no hole in front", () => {
    const store = new MessageStore(90);
    store.add([message(91)]);
    expect(store.hasGap).toBe(false);
    expect(store.resumeAfter).toBe(91);
  });

  test("earlier pages are put in front and change nothing about resuming", () => {
    const store = new MessageStore(2);
    store.add([message(3)]);
    store.addEarlier([message(1), message(2)], 0);
    expect(seqs(store)).toEqual([1, 2, 3]);
    expect(store.resumeAfter).toBe(3);
    expect(store.earlierThan).toBe(0);
  });

  test("a message that comes after its hole was given up still takes its place", () => {
    const store = new MessageStore();
    store.add([message(1), message(3)]);
    store.giveUpOnGaps();
    expect(store.hasGap).toBe(false);
    store.add([message(2)]);
    expect(seqs(store)).toEqual([1, 2, 3]);
  });
});

describe("quick replies that can be pressed", () => {
  const buttons = [{ title: "解决了" }];

  test("are those of the latest message of the bot", () => {
    const store = new MessageStore();
    store.add([message(1, { buttons }), message(2, { author: "contact" })]);
    store.add([message(3, { buttons })]);
    expect(store.offer()?.seq).toBe(3);
  });

  test("stay when the bot only adds a word", () => {
    const store = new MessageStore();
    store.add([message(1, { buttons }), message(2), message(3, { author: "system" })]);
    expect(store.offer()?.seq).toBe(1);
  });

  test("are gone once the customer has written, or a person has", () => {
    for (const author of ["contact", "agent"] as const) {
      const store = new MessageStore();
      store.add([message(1, { buttons }), message(2, { author })]);
      expect(store.offer()).toBeNull();
    }
  });
});
