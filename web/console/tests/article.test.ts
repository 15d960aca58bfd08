import { describe, expect, it } from "vitest";

import { ApiError } from "../src/api/http";
import type { Article, ArticleInput } from "../src/api/types";
import { canPublish, differs, emptyForm, formOf, inputOf, problemOf } from "../src/content/form";
import { useArticle } from "../src/content/useArticle";

function anArticle(more: Partial<Article> = {}): Article {
  return {
    id: "a1",
    question: "怎么查话费",
    similar_questions: ["话费还剩多少"],
    answer: "发送短信 HF 到 10199。",
    category: "话费",
    tags: ["自助"],
    valid_from: null,
    valid_until: null,
    status: "published",
    version: 2,
    published_version: 2,
    has_unpublished_changes: false,
    updated_at: "2026-01-01T02:00:00Z",
    updated_by: "李倩",
    ...more,
  };
}

/** A knowledge base of one article, which refuses outdated versions. */
function aKnowledgeBase() {
  const kb = {
    article: anArticle(),
    dealtWith: [] as string[],
    save(input: ArticleInput, by: string) {
      const version = kb.article.version + 1;
      kb.article = { ...kb.article, ...input, version, updated_by: by, has_unpublished_changes: true };
      return { article: kb.article };
    },
  };
  const unused = () => Promise.reject(new Error("not in this test"));
  const api = {
    list: unused,
    versions: unused,
    search: unused,
    importFile: unused,
    exportUrl: "",
    unanswered: unused,
    get: async () => ({ article: kb.article }),
    create: async (input: ArticleInput) => {
      kb.article = anArticle({ ...input, id: "new", status: "draft", version: 1, published_version: null });
      return { article: kb.article };
    },
    update: async (_id: string, input: ArticleInput, version: number) => {
      if (version !== kb.article.version) throw new ApiError("", 409, "article_changed");
      return kb.save(input, "我");
    },
    publish: async () => {
      const published_version = kb.article.version;
      kb.article = { ...kb.article, status: "published", published_version, has_unpublished_changes: false };
      return { article: kb.article };
    },
    archive: async () => {
      kb.article = { ...kb.article, status: "archived" };
      return { article: kb.article };
    },
    dealtWith: async (id: string) => void kb.dealtWith.push(id),
  };
  return { kb, open: useArticle(api) };
}

describe("the form of an article", () => {
  it("gives back what it was filled with", () => {
    const { question, similar_questions, answer, category, tags, valid_from, valid_until } = anArticle();
    expect(inputOf(formOf(anArticle()))).toEqual({
      question,
      similar_questions,
      answer,
      category,
      tags,
      valid_from,
      valid_until,
    });
  });

  it("takes one similar question a line and drops empty ones", () => {
    const form = { ...emptyForm(), similar: " 查话费 \r\n\n话费余额\n" };
    expect(inputOf(form).similar_questions).toEqual(["查话费", "话费余额"]);
  });

  it("takes tags with Chinese and Western commas, each once", () => {
    expect(inputOf({ ...emptyForm(), tags: "话费，自助, 话费、账单" }).tags).toEqual(["话费", "自助", "账单"]);
  });

  it("is not changed by a blank line at the end", () => {
    const form = formOf(anArticle());
    expect(differs({ ...form, similar: `${form.similar}\n` }, form)).toBe(false);
    expect(differs({ ...form, answer: "改过" }, form)).toBe(true);
  });

  it("says what is missing or impossible", () => {
    expect(problemOf(emptyForm())).toBe("needQuestion");
    expect(problemOf(emptyForm("怎么查话费"))).toBe("needAnswer");
    const form = { ...formOf(anArticle()), validFrom: "2026-05-02", validUntil: "2026-05-01" };
    expect(problemOf(form)).toBe("datesReversed");
    expect(problemOf({ ...form, validUntil: "2026-05-02" })).toBeNull();
  });

  it("offers publishing only when something would change for customers", () => {
    expect(canPublish(anArticle(), false)).toBe(false);
    expect(canPublish(anArticle(), true)).toBe(true);
    expect(canPublish(anArticle({ has_unpublished_changes: true }), false)).toBe(true);
    expect(canPublish(anArticle({ status: "archived" }), false)).toBe(true);
  });
});

describe("an open article", () => {
  it("saves unsaved changes before it publishes", async () => {
    const { kb, open } = aKnowledgeBase();
    await open.load("a1");
    open.state.form.answer = "新答案";
    expect(await open.publish()).toBe(true);
    expect(kb.article).toMatchObject({ answer: "新答案", version: 3, published_version: 3 });
    expect(open.dirty.value).toBe(false);
  });

  it("loses no words when a colleague saved first, and shows theirs", async () => {
    const { kb, open } = aKnowledgeBase();
    await open.load("a1");
    open.state.form.answer = "我的答案";
    kb.save({ ...anArticle(), answer: "同事的答案" }, "陈立");
    expect(await open.save()).toBe(false);
    expect(open.state.conflict).toMatchObject({ answer: "同事的答案", updated_by: "陈立" });
    expect(open.state.form.answer).toBe("我的答案");
  });

  it("can then take the colleague's text, or put its own on top", async () => {
    const { kb, open } = aKnowledgeBase();
    await open.load("a1");
    kb.save({ ...anArticle(), answer: "同事的答案" }, "陈立");
    open.state.form.answer = "我的答案";
    await open.save();
    expect(await open.overwriteTheirs()).toBe(true);
    expect(kb.article).toMatchObject({ answer: "我的答案", version: 4 });

    kb.save({ ...anArticle(), answer: "又改了" }, "陈立");
    open.state.form.answer = "我再改";
    await open.save();
    open.reloadTheirs();
    expect(open.state.form.answer).toBe("又改了");
    expect(open.dirty.value).toBe(false);
  });

  it("marks the unanswered question it was written for", async () => {
    const { kb, open } = aKnowledgeBase();
    open.begin("手表能办套餐吗", "q1");
    open.state.form.answer = "可以。";
    await open.save();
    expect(kb.dealtWith).toEqual(["q1"]);
    await open.publish();
    expect(kb.dealtWith).toEqual(["q1"]);
  });

  it("sends nothing that is plainly incomplete", async () => {
    const { kb, open } = aKnowledgeBase();
    open.begin("手表能办套餐吗");
    expect(await open.save()).toBe(false);
    expect(open.state.failure?.message).toBe("请填写答案");
    expect(kb.article.id).toBe("a1");
  });

  it("changes nothing on the server by filling in an earlier version", async () => {
    const { kb, open } = aKnowledgeBase();
    await open.load("a1");
    open.use({ ...anArticle(), version: 1, answer: "旧答案" });
    expect(open.dirty.value).toBe(true);
    expect(kb.article.version).toBe(2);
  });
});
