import { describe, expect, it } from "vitest";

import { attention, shouldRing, titleFor } from "../src/desk/alarm";
import * as lists from "../src/desk/lists";
import { aSummary } from "./builders";

const event = (type: string, conversation_id = "c1") => ({
  type,
  conversation_id,
  actor: null,
  data: {},
  at: "2026-01-01T02:00:00Z",
});
const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

describe("the lists", () => {
  it("keep the queue in its order", () => {
    const rows = [aSummary("b", { position: 2 }), aSummary("a", { position: 1 })];
    expect(ids(lists.inOrder("queue", rows))).toEqual(["a", "b"]);
  });

  it("put the latest first everywhere else", () => {
    const at = (time: string) => ({ author: "contact" as const, text: "", at: time });
    const rows = [
      aSummary("old", { last_message: at("2026-01-01T01:00:00Z") }),
      aSummary("new", { last_message: at("2026-01-01T03:00:00Z") }),
    ];
    expect(ids(lists.inOrder("mine", rows))).toEqual(["new", "old"]);
  });

  it("refresh only where the conversation of a new message is shown", () => {
    const shown = { ...lists.emptyLists(), mine: [aSummary("c1")] };
    expect(lists.viewsTouchedBy(event("message.created"), shown)).toEqual(["mine"]);
    expect(lists.viewsTouchedBy(event("message.created", "other"), shown)).toEqual(["bot"]);
    const colleagues = { ...event("message.created", "other"), data: { agent_id: "zhao" } };
    expect(lists.viewsTouchedBy(colleagues, shown)).toEqual([]);
  });

  it("are left alone by events about articles", () => {
    expect(lists.viewsTouchedBy(event("article.published"), lists.emptyLists())).toEqual([]);
    expect(lists.viewsTouchedBy(event("conversation.whispered"), lists.emptyLists())).toEqual([]);
  });

  it("refresh altogether when a customer becomes an important one", () => {
    const touched = lists.viewsTouchedBy(event("contact.level_changed"), lists.emptyLists());
    expect(touched).toEqual(["queue", "mine", "bot", "closed"]);
  });

  it("refresh altogether for a kind of conversation event not known yet", () => {
    const touched = lists.viewsTouchedBy(event("conversation.transferred"), lists.emptyLists());
    expect(touched).toEqual(["queue", "mine", "bot", "closed"]);
  });
});

describe("a row", () => {
  const said = (author: "contact" | "agent", last_seq: number) =>
    aSummary("c1", { last_seq, last_message: { author, text: "", at: "2026-01-01T02:00:00Z" } });

  it("is unread when the customer wrote after what was seen", () => {
    expect(lists.isUnread(said("contact", 5), 4)).toBe(true);
    expect(lists.isUnread(said("contact", 5), 5)).toBe(false);
    expect(lists.isUnread(said("agent", 6), 4)).toBe(false);
  });

  it("is named after the contact, or by the end of the contact's id", () => {
    const name = (contact: string | null) =>
      lists.displayName({ id: "01jabcdwxyz", name: contact }, (id) => `访客${id}`);
    expect(name("刘建国")).toBe("刘建国");
    expect(name(" ")).toBe("访客wxyz");
    expect(name(null)).toBe("访客wxyz");
  });

  it("is left and reached with the arrow keys, and the ends hold", () => {
    const rows = ["a", "b", "c"].map((id) => aSummary(id));
    expect(lists.neighbour(rows, "a", 1)).toBe("b");
    expect(lists.neighbour(rows, "c", 1)).toBe("c");
    expect(lists.neighbour(rows, null, 1)).toBe("a");
    expect(lists.neighbour(rows, "gone", -1)).toBe("c");
    expect(lists.neighbour([], "a", 1)).toBeNull();
  });
});

describe("the right to reply", () => {
  const owned = (id: string) => aSummary("c1", { status: "active", agent: { id, name: "周凯" } });

  it("belongs to the owner of an active conversation", () => {
    expect(lists.replyRight(owned("me"), ["me"])).toBe("mine");
    expect(lists.replyRight(owned("other"), ["me"])).toBe("theirs");
  });

  it("belongs to nobody before it is accepted and after it is closed", () => {
    expect(lists.replyRight(aSummary("c1", { status: "queued" }), ["me"])).toBe("queued");
    expect(lists.replyRight(aSummary("c1", { status: "closed" }), ["me"])).toBe("closed");
  });

  it("belongs to nobody while it is offered, and only who is asked may take it", () => {
    const offered = (id: string) => aSummary("c1", { status: "offered", agent: { id, name: "周凯" } });
    expect(lists.replyRight(offered("me"), ["me"])).toBe("asked");
    expect(lists.replyRight(offered("other"), ["me"])).toBe("offered");
    expect(lists.mayTake("asked")).toBe(true);
    expect(lists.mayTake("queued")).toBe(true);
    expect(lists.mayTake("offered")).toBe(false);
    expect(lists.mayTake(null)).toBe(false);
  });

  it("is not taken for ours when neither side has an id", () => {
    const nobody = aSummary("c1", { status: "active", agent: null });
    expect(lists.replyRight(nobody, [undefined])).toBe("theirs");
  });

  it("tells which list an address leads to", () => {
    expect(lists.viewOf(owned("me"), ["me"])).toBe("mine");
    expect(lists.viewOf(owned("other"), ["me"])).toBeNull();
    expect(lists.viewOf(aSummary("c1", { status: "offered" }), ["me"])).toBe("queue");
  });
});

describe("the bell", () => {
  it("greets each waiting conversation once", () => {
    const first = attention([aSummary("a")], new Set());
    expect(ids(first.arrived)).toEqual(["a"]);
    const second = attention([aSummary("a"), aSummary("b")], first.waiting);
    expect(ids(second.arrived)).toEqual(["b"]);
  });

  it("greets again who left the queue and came back", () => {
    const gone = attention([], new Set(["a"]));
    expect(ids(attention([aSummary("a")], gone.waiting).arrived)).toEqual(["a"]);
  });

  it("rings only for someone online, until the queue is empty or it is muted", () => {
    expect(shouldRing(1, "online", false)).toBe(true);
    expect(shouldRing(0, "online", false)).toBe(false);
    expect(shouldRing(1, "away", false)).toBe(false);
    expect(shouldRing(1, undefined, false)).toBe(false);
    expect(shouldRing(1, "online", true)).toBe(false);
  });

  it("counts in the window's title", () => {
    expect(titleFor("客服工作台", 2)).toBe("(2) 客服工作台");
    expect(titleFor("客服工作台", 0)).toBe("客服工作台");
  });
});
