import { expect, test } from "vitest";

import { Outbox } from "../outbox";
import { type BubbleRow, type Row, rowsOf } from "../rows";
import { MemoryStorage } from "../storage";
import { MessageStore } from "../store";
import { message } from "./fake-server";

function rows(messages: ReturnType<typeof message>[], outbox = new Outbox(new MemoryStorage())) {
  const store = new MessageStore();
  store.add(messages);
  const dayOf = (iso: string) => iso.slice(0, 10);
  return rowsOf({ store, pending: outbox.all(), isWithAgent: false, dayOf });
}

const bubbles = (all: Row[]) => all.filter((row): row is BubbleRow => row.kind === "bubble");

test("each day has one line", () => {
  const all = rows([
    message(1, { at: "2025-03-08T06:00:00Z" }),
    message(2, { at: "2025-03-08T23:00:00Z" }),
    message(3, { at: "2025-03-09T00:00:00Z" }),
  ]);
  expect(all.map((row) => row.kind)).toEqual(["day", "bubble", "bubble", "day", "bubble"]);
});

test("the name is given when the author changes or some time has passed", () => {
  const at = (minute: string) => `2025-03-09T06:${minute}:00Z`;
  const all = rows([
    message(1, { at: at("00") }),
    message(2, { at: at("01") }),
    message(3, { at: at("30") }),
    message(4, { at: at("30"), author: "agent" }),
  ]);
  expect(bubbles(all).map((row) => row.leads)).toEqual([true, false, true, true]);
});

test("a message on its way stands at the end, and keeps its row when it is acknowledged", () => {
  const outbox = new Outbox(new MemoryStorage());
  outbox.add("own", "你好", null, new Date("2025-03-09T06:05:00Z"));
  const before = bubbles(rows([message(1)], outbox));
  expect(before.map((row) => row.state)).toEqual(["sent", "sending"]);
  const own = message(2, { author: "contact", client_message_id: "own" });
  const after = bubbles(rows([message(1), own]));
  expect(after.map((row) => row.key)).toEqual(before.map((row) => row.key));
});

test("quick replies go as soon as the customer has said something, sent or not", () => {
  const offer = message(1, { buttons: [{ title: "解决了" }] });
  expect(bubbles(rows([offer]))[0]?.quickReplies).toHaveLength(1);
  const outbox = new Outbox(new MemoryStorage());
  outbox.add("own", "你好", null, new Date());
  expect(bubbles(rows([offer], outbox))[0]?.quickReplies).toHaveLength(0);
});

test("only the newest request for a rating can be answered", () => {
  const data = (id: string) => ({ kind: "rating", conversation_id: id });
  const all = rows([
    message(1, { author: "system", data: data("c1") }),
    message(2, { author: "system", data: data("c2") }),
  ]);
  expect(all.map((row) => row.kind)).toEqual(["day", "system", "rating"]);
  expect(all[2]).toMatchObject({ conversationId: "c2" });
});

test("a ticket's number is shown for itself", () => {
  const data = { kind: "ticket", number: "20250309-0012" };
  expect(bubbles(rows([message(1, { data })]))[0]?.ticket).toBe("20250309-0012");
});
