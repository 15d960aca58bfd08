/** Every endpoint the console calls, one function each. */

import { createHttp, type Http } from "./http";
import type {
  Agent,
  Article,
  ArticleInput,
  ArticleRow,
  ArticleVersion,
  Colleague,
  ConversationDetail,
  ImportReport,
  Message,
  Note,
  Presence,
  SearchResult,
  Summary,
  Ticket,
  UnansweredQuestion,
  User,
  View,
} from "./types";

export interface ArticleFilter {
  q?: string;
  status?: string;
  category?: string;
  page?: number;
}

export type DraftToTry = ArticleInput & { article_id: string | null };

export function createApi(http: Http) {
  const conversation = (id: string) => `/api/desk/conversations/${encodeURIComponent(id)}`;
  const article = (id: string) => `/api/kb/articles/${encodeURIComponent(id)}`;

  return {
    auth: {
      me: () => http.get<{ user: User }>("/api/auth/me"),
      login: (username: string, password: string) =>
        http.post<{ user: User }>("/api/auth/login", { username, password }),
      logout: () => http.post<unknown>("/api/auth/logout"),
    },
    desk: {
      me: () => http.get<{ agent: Agent | null }>("/api/desk/me"),
      setPresence: (presence: Presence) =>
        http.post<{ agent: Agent }>("/api/desk/presence", { presence }),
      list: (view: View) =>
        http.get<{ conversations: Summary[] }>("/api/desk/conversations", { view }),
      open: (id: string) => http.get<ConversationDetail>(conversation(id)),
      messagesAfter: (id: string, after: number) =>
        http.get<{ messages: Message[] }>(`${conversation(id)}/messages`, { after }),
      accept: (id: string) => http.post<{ conversation: Summary }>(`${conversation(id)}/accept`),
      takeOver: (id: string) =>
        http.post<{ conversation: Summary }>(`${conversation(id)}/take-over`),
      handBack: (id: string) => http.post<{ conversation: Summary }>(`${conversation(id)}/return`),
      transfer: (id: string, agent_id: string, note: string) =>
        http.post<{ conversation: Summary }>(`${conversation(id)}/transfer`, { agent_id, note }),
      addNote: (id: string, text: string) =>
        http.post<{ note: Note }>(`${conversation(id)}/notes`, { text }),
      phone: (id: string) => http.post<{ phone: string }>(`${conversation(id)}/phone`),
      colleagues: () => http.get<{ agents: Colleague[] }>("/api/desk/agents"),
      decline: (id: string) => http.post<{ conversation: Summary }>(`${conversation(id)}/decline`),
      send: (id: string, clientMessageId: string, text: string) =>
        http.post<{ message: Message }>(`${conversation(id)}/messages`, {
          client_message_id: clientMessageId,
          text,
        }),
      close: (id: string) =>
        http.post<{ conversation: Summary }>(`${conversation(id)}/close`, { reason: "resolved" }),
      typing: (id: string) => http.post<unknown>(`${conversation(id)}/typing`),
    },
    tickets: {
      list: (filter: { q?: string; status?: string; page?: number }) =>
        http.get<{ tickets: Ticket[]; total?: number }>("/api/tickets", filter),
      get: (number: string) =>
        http.get<{ ticket: Ticket }>(`/api/tickets/${encodeURIComponent(number)}`),
    },
    kb: {
      list: (filter: ArticleFilter) =>
        http.get<{ articles: ArticleRow[]; total: number; categories?: string[] }>(
          "/api/kb/articles",
          { ...filter },
        ),
      get: (id: string) => http.get<{ article: Article }>(article(id)),
      create: (input: ArticleInput) => http.post<{ article: Article }>("/api/kb/articles", input),
      update: (id: string, input: ArticleInput, version: number) =>
        http.put<{ article: Article }>(article(id), { ...input, version }),
      publish: (id: string, version: number) =>
        http.post<{ article: Article }>(`${article(id)}/publish`, { version }),
      archive: (id: string, version: number) =>
        http.post<{ article: Article }>(`${article(id)}/archive`, { version }),
      versions: (id: string) => http.get<{ versions: ArticleVersion[] }>(`${article(id)}/versions`),
      search: (query: string, draft: DraftToTry | null, k = 3) =>
        http.post<SearchResult>("/api/kb/search", { query, k, draft }),
      importFile: (file: File, options: { dryRun: boolean; publish: boolean }) =>
        http.upload<ImportReport>(
          "/api/kb/import",
          {
            name: file.name,
            dry_run: options.dryRun ? 1 : null,
            publish: options.publish ? 1 : null,
          },
          file,
        ),
      exportUrl: "/api/kb/export",
      unanswered: () => http.get<{ questions: UnansweredQuestion[] }>("/api/kb/unanswered"),
      dealtWith: (id: string) =>
        http.post<unknown>(`/api/kb/unanswered/${encodeURIComponent(id)}/dealt_with`),
    },
  };
}

export type Api = ReturnType<typeof createApi>;

/** Who listens for the end of the session; `session/session.ts` sets it. */
export const signedOut = { listener: () => {} };

export const api: Api = createApi(
  createHttp({
    fetch: (input, init) => globalThis.fetch(input, init),
    onSignedOut: () => signedOut.listener(),
  }),
);
