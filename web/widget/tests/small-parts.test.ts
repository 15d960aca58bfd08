import { describe, expect, test } from "vitest";

import { backoffMs } from "../backoff";
import { WallClock } from "../clock";
import { asTextOnWhite, readableOn } from "../colour";
import { linkParts } from "../links";
import { readOptions } from "../options";
import { parseFrame, textLength } from "../protocol";
import { wordsFor } from "../words";

describe("links", () => {
  const links = (text: string) =>
    linkParts(text)
      .filter((part) => part.href)
      .map((part) => part.text);

  test("an address ends where Chinese text begins", () => {
    expect(links("请打开https://example.com/a?b=1查看，或 http://example.com。")).toEqual([
      "https://example.com/a?b=1",
      "http://example.com",
    ]);
  });

  test("a full stop or bracket after an address does not belong to it", () => {
    expect(links("(see https://example.com/x).")).toEqual(["https://example.com/x"]);
  });

  test("nothing but http and https becomes a link", () => {
    expect(links("javascript:alert(1) data:text/html,x ftp://example.com file:///etc")).toEqual([]);
  });

  test("no character is lost", () => {
    const text = "甲 https://example.com/1, 乙 <b> https:// 丙\n丁😀𠮷";
    const parts = linkParts(text);
    expect(parts.map((part) => part.text).join("")).toBe(text);
  });
});

describe("times", () => {
  const clock = new WallClock("Asia/Shanghai", wordsFor("zh-CN"));
  const now = new Date("2025-03-09T06:00:00Z");

  test("are those of the customer's operator, wherever the browser is", () => {
    expect(clock.timeOf("2025-03-09T06:03:00Z")).toBe("14:03");
    expect(clock.timeOf("2025-03-08T16:00:00Z")).toBe("00:00");
  });

  test("days are named as people do", () => {
    expect(clock.dayOf("2025-03-08T16:00:00Z", now)).toBe("今天");
    expect(clock.dayOf("2025-03-08T15:59:00Z", now)).toBe("昨天");
    expect(clock.dayOf("2025-01-02T06:00:00Z", now)).toBe("01-02");
    expect(clock.dayOf("2024-12-31T06:00:00Z", now)).toBe("2024-12-31");
  });

  test("a misspelt zone does not take the chat down", () => {
    expect(new WallClock("Asia/Shangri-La", wordsFor("en")).timeOf(now.toISOString())).toMatch(/:/);
  });
});

describe("brand colours", () => {
  test("dark ones carry white text, light ones dark text, nonsense nothing", () => {
    expect(readableOn("#0b6b8a")).toBe("#ffffff");
    expect(readableOn("#ffd600")).toBe("#10202b");
    expect(readableOn("red; background: url(x)")).toBeNull();
  });

  test("one too light for text on white is made darker", () => {
    expect(asTextOnWhite("#0b6b8a")).toBe("#0b6b8a");
    expect(readableOn(asTextOnWhite("#ffd600"))).toBe("#ffffff");
  });
});

describe("the script tag", () => {
  const page = { origin: "https://shop.example", search: "" };

  test("needs nothing but its address, which is where the server is", () => {
    const options = readOptions({ src: "https://chat.example/widget.js", dataset: {} }, page);
    expect(options).toMatchObject({
      server: "https://chat.example",
      title: "在线客服",
      open: false,
      timeZone: "Asia/Shanghai",
    });
  });

  test("may open the chat, and so may the page's address", () => {
    const src = "https://chat.example/widget.js";
    expect(readOptions({ src, dataset: { open: "" } }, page).open).toBe(true);
    expect(readOptions({ src, dataset: { open: "false" } }, page).open).toBe(false);
    expect(readOptions({ src, dataset: {} }, { ...page, search: "?chat=open" }).open).toBe(true);
  });

  test("says title, language and suggestions", () => {
    const dataset = { title: "远岸通信", lang: "en-GB", suggestions: "a|b" };
    const options = readOptions({ src: "/widget.js", dataset }, page);
    expect(options.title).toBe("远岸通信");
    expect(options.words.send).toBe("Send");
    expect(options.suggestions).toEqual(["a", "b"]);
    expect(options.server).toBe("https://shop.example");
  });
});

test("waiting doubles up to its limit, and the upper half is left to chance", () => {
  const limits = { firstMs: 1_000, maxMs: 10_000 };
  expect([1, 2, 3, 4, 5, 50].map((n) => backoffMs(n, limits, () => 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
  expect(backoffMs(1, limits, () => 0)).toBe(500);
});

test("a frame that is no JSON, or that we do not know, is passed over", () => {
  for (const raw of ["", "{", "null", "3", '{"type":"new_thing"}', new ArrayBuffer(2)]) {
    expect(parseFrame(raw)).toBeNull();
  }
  expect(parseFrame('{"type":"pong"}')).toEqual({ type: "pong" });
});

test("characters outside the basic plane count as one", () => {
  expect(textLength("𠮷😀字")).toBe(3);
});
