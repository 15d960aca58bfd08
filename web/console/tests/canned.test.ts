import { describe, expect, it } from "vitest";

import { ApiError } from "../src/api/http";
import type { CannedResponse, Packet } from "../src/api/types";
import {
  emptyCanned,
  FIELD_OF,
  inputOf,
  problemsOf,
  sameShortcut,
  scopeOf,
  withScope,
} from "../src/canned/form";
import { filled, left, valuesOf } from "../src/canned/placeholders";
import { found, slashQuery } from "../src/canned/ranking";
import { refusalOf } from "../src/settings/problems";
import { aSummary } from "./builders";

function one(title: string, more: Partial<CannedResponse> = {}): CannedResponse {
  return {
    id: title,
    title,
    text: "",
    shortcut: "",
    category: "",
    team_id: null,
    personal: false,
    may_change: false,
    uses: 0,
    pinyin: "",
    version: 1,
    updated_by: "",
    ...more,
  };
}

function aPacket(more: Partial<Packet>): Packet {
  return {
    reason: null,
    summary: null,
    slots: [],
    ticket: null,
    answers_tried: [],
    candidate_articles: [],
    missing: [],
    ...more,
  };
}

const ALL = [
  one("宽带报障", { pinyin: "kuan dai bao zhang", shortcut: "kd", text: "请问光猫的灯亮吗？" }),
  one("宽带续费", { pinyin: "kuan dai xu fei", uses: 3 }),
  one("光猫重启步骤", { pinyin: "guang mao chong qi bu zhou", category: "宽带" }),
  one("问候", { pinyin: "wen hou", shortcut: "nh", text: "您好，我是{客服姓名}" }),
  one("WiFi 密码", { pinyin: "wifi mi ma", personal: true }),
];
const titles = (query: string) => found(ALL, query).map(({ title }) => title);

describe("finding a canned response", () => {
  it("begins with a slash, also one an input method made something else of", () => {
    expect(slashQuery("/kd")).toBe("kd");
    expect(slashQuery("／kd")).toBe("kd");
    expect(slashQuery("、")).toBe("");
    expect(slashQuery("24/7")).toBeNull();
    expect(slashQuery("")).toBeNull();
    expect(slashQuery("/etc\n第二行")).toBeNull();
  });

  it("shows all at first, what one uses most on top", () => {
    expect(titles("")).toHaveLength(ALL.length);
    expect(titles("")[0]).toBe("宽带续费");
  });

  it.each([
    ["kd", "宽带报障"],
    ["KD", "宽带报障"],
    ["kdxf", "宽带续费"],
    ["gmcq", "光猫重启步骤"],
    ["cq", "光猫重启步骤"],
    ["guangmao", "光猫重启步骤"],
    ["chongqi", "光猫重启步骤"],
    ["ｗｉｆｉ", "WiFi 密码"],
    ["灯亮", "宽带报障"],
    ["宽带 步骤", "光猫重启步骤"],
  ])("%s finds %s first", (query, title) => {
    expect(titles(query)[0]).toBe(title);
  });

  it("puts the shortcut before the title, the title before the text", () => {
    expect(titles("kd")).toEqual(["宽带报障", "宽带续费"]);
    expect(titles("宽带")).toEqual(["宽带续费", "宽带报障", "光猫重启步骤"]);
  });

  it("puts what one uses most first only among equally good ones", () => {
    const often = one("退订短信", { text: "宽带", uses: 99 });
    const order = found([...ALL, often], "宽带").map(({ title }) => title);
    expect(order).toEqual(["宽带续费", "宽带报障", "退订短信", "光猫重启步骤"]);
  });

  it("finds nothing where nothing fits", () => {
    expect(titles("uang")).toEqual([]);
    expect(titles("退货地址")).toEqual([]);
  });
});

describe("placeholders", () => {
  const text = "{客户姓名}您好，工单{工单号}由{客服姓名}跟进，{客户姓名}请放心。";

  it("are filled in as often as they stand there", () => {
    const said = filled(text, { 客户姓名: "王芳", 工单号: "20260310-0001", 客服姓名: "小林" });
    expect(said).toBe("王芳您好，工单20260310-0001由小林跟进，王芳请放心。");
    expect(left(said)).toEqual([]);
  });

  it("stay visible while unknown or blank, and are named once", () => {
    const said = filled(text, { 客户姓名: null, 工单号: " ", 客服姓名: "小林" });
    expect(said).toContain("工单{工单号}由小林");
    expect(left(said)).toEqual(["{客户姓名}", "{工单号}"]);
  });

  it("are not read out of what a customer is called", () => {
    expect(filled("{客户姓名}", { 客户姓名: "{工单号}$&", 工单号: "1" })).toBe("{工单号}$&");
  });

  it("are filled in from the ticket, and a name from wherever it is known", () => {
    const summary = aSummary("c1");
    const packet = aPacket({ slots: [{ name: "contact_name", label: "联系人", value: "王女士" }] });
    expect(valuesOf({ summary, packet }, "小林")).toMatchObject({
      客户姓名: "王女士",
      客服姓名: "小林",
    });
    const ticket = { number: "20260310-0001", contact_name: "王芳" };
    const known = valuesOf({ summary, packet: aPacket({ ticket }) }, undefined);
    expect(filled("{客户姓名} {工单号} {客服姓名}", known)).toBe("王芳 20260310-0001 {客服姓名}");
    expect(filled("{客户姓名}", valuesOf({ summary: null, packet: null }, ""))).toBe("{客户姓名}");
  });

  it("leave other braces alone", () => {
    expect(left("填 {1} 或 {客户}")).toEqual([]);
  });
});

describe("writing a canned response", () => {
  it("needs a title and a text", () => {
    expect(Object.keys(problemsOf(emptyCanned(true)))).toEqual(["title", "text"]);
    expect(problemsOf({ ...emptyCanned(true), title: "问候", text: "您好" })).toEqual({});
  });

  it("is saved trimmed, its shortcut without the slash", () => {
    const form = { ...emptyCanned(false), title: " 问候 ", text: "您好\n", shortcut: "/NH " };
    expect(inputOf(form)).toMatchObject({ title: "问候", text: "您好", shortcut: "nh" });
  });

  it("is for everyone, for a team, or for oneself alone", () => {
    const form = { ...emptyCanned(false), team_id: "t1" };
    expect(scopeOf(form)).toBe("t1");
    expect(scopeOf(withScope(form, "everyone"))).toBe("everyone");
    const mine = withScope(form, "me");
    expect([scopeOf(mine), mine.team_id]).toEqual(["me", null]);
  });

  it("says which other one has the shortcut", () => {
    const form = { ...emptyCanned(true), shortcut: "/KD" };
    expect(sameShortcut(ALL, form, null)?.title).toBe("宽带报障");
    expect(sameShortcut(ALL, form, "宽带报障")).toBeUndefined();
    expect(sameShortcut(ALL, emptyCanned(true), null)).toBeUndefined();
  });

  it("shows a refusal at its field, and any other above them all", () => {
    const unknown = new ApiError("没有 {单号} 这个占位符", 422, "placeholder_unknown");
    expect(refusalOf(unknown, FIELD_OF)).toEqual({
      problems: { text: "没有 {单号} 这个占位符" },
      failure: null,
    });
    const { problems, failure } = refusalOf(new ApiError("", 0, "network"), FIELD_OF);
    expect(problems).toEqual({});
    expect(failure?.message).toBeTruthy();
  });
});
