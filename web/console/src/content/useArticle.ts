/** One article being edited: load, save, publish, archive; and when someone else was faster. */

import { computed, reactive } from "vue";

import type { Api } from "../api";
import { ApiError } from "../api/http";
import type { Article, ArticleVersion } from "../api/types";
import { describe, type Failure } from "../shared/failure";
import { words } from "../words";
import { differs, emptyForm, formOf, inputOf, problemOf, type ArticleForm } from "./form";

type Step = "" | "saving" | "publishing" | "archiving";

export function useArticle(api: Api["kb"]) {
  const state = reactive({
    /** Something is open: a stored article, or a new one when `article` is null. */
    open: false,
    article: null as Article | null,
    form: emptyForm(),
    saved: emptyForm(),
    /** The unanswered question this new article is for. */
    answers: null as string | null,
    loading: false,
    step: "" as Step,
    failure: null as Failure | null,
    /** What someone else saved in the meantime. */
    conflict: null as Article | null,
  });
  const dirty = computed(() => state.open && differs(state.form, state.saved));

  function take(article: Article): void {
    state.open = true;
    state.article = article;
    state.form = formOf(article);
    state.saved = formOf(article);
    state.failure = null;
    state.conflict = null;
  }

  function begin(question = "", answers: string | null = null): void {
    Object.assign(state, { open: true, article: null, answers, failure: null, conflict: null });
    state.form = emptyForm(question);
    state.saved = emptyForm();
  }

  function shut(): void {
    Object.assign(state, { open: false, article: null, answers: null, failure: null });
    state.form = emptyForm();
    state.saved = emptyForm();
  }

  let latest = "";
  async function load(id: string): Promise<void> {
    latest = id;
    state.loading = true;
    state.failure = null;
    try {
      const { article } = await api.get(id);
      if (latest === id) take(article);
    } catch (error) {
      if (latest !== id) return;
      shut();
      state.failure = describe(error);
    } finally {
      if (latest === id) state.loading = false;
    }
  }

  /** @returns whether it worked; if not, `failure` or `conflict` says why. */
  async function during(step: Step, work: () => Promise<void>): Promise<boolean> {
    if (state.step !== "") return false;
    state.step = step;
    state.failure = null;
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === "article_changed" && state.article) {
        await lookAtTheirs(state.article.id, error);
      } else {
        state.failure = describe(error);
      }
      return false;
    } finally {
      state.step = "";
    }
  }

  async function lookAtTheirs(id: string, error: ApiError): Promise<void> {
    try {
      state.conflict = (await api.get(id)).article;
    } catch {
      state.failure = describe(error);
    }
  }

  async function store(): Promise<Article> {
    const input = inputOf(state.form);
    const { article } = state.article
      ? await api.update(state.article.id, input, state.article.version)
      : await api.create(input);
    take(article);
    if (state.answers !== null) {
      const answered = state.answers;
      state.answers = null;
      await api.dealtWith(answered);
    }
    return article;
  }

  function refuse(): boolean {
    const problem = problemOf(state.form);
    if (problem) state.failure = { message: words.content.editor[problem], advice: "" };
    return problem !== null;
  }

  async function save(): Promise<boolean> {
    return !refuse() && during("saving", async () => void (await store()));
  }

  /** What is on the screen goes live: unsaved changes are saved first. */
  async function publish(): Promise<boolean> {
    if (refuse()) return false;
    return during("publishing", async () => {
      const article = dirty.value || !state.article ? await store() : state.article;
      take((await api.publish(article.id, article.version)).article);
    });
  }

  async function archive(): Promise<boolean> {
    const article = state.article;
    if (!article) return false;
    return during("archiving", async () => {
      take((await api.archive(article.id, article.version)).article);
    });
  }

  return {
    state,
    dirty,
    load,
    begin,
    shut,
    save,
    publish,
    archive,
    /** Put an earlier text into the form; nothing changes until it is saved. */
    use(content: ArticleForm | ArticleVersion): void {
      state.form = "similar" in content ? { ...content } : formOf(content);
    },
    reloadTheirs(): void {
      if (state.conflict) take(state.conflict);
    },
    async overwriteTheirs(): Promise<boolean> {
      if (!state.conflict) return false;
      state.article = state.conflict;
      state.conflict = null;
      return save();
    },
    leaveConflict(): void {
      state.conflict = null;
    },
  };
}

export type OpenArticle = ReturnType<typeof useArticle>;
