/** Every endpoint the console calls, one function each. */

import { createHttp, type Http } from "./http";
import type {
  Agent,
  Alert,
  Article,
  ArticleInput,
  ArticleRow,
  ArticleVersion,
  Attachment,
  AttachmentStatus,
  CannedInput,
  CannedResponse,
  Colleague,
  ConversationDetail,
  Delivery,
  Duty,
  ImportReport,
  Level,
  Message,
  Note,
  Overview,
  Presence,
  Reach,
  SearchResult,
  Summary,
  SupervisedAgent,
  Team,
  TeamChoice,
  TeamInput,
  Ticket,
  TransferTarget,
  UnansweredQuestion,
  User,
  View,
  Webhook,
  WebhookInput,
} from "./types";

export interface ArticleFilter {
  q?: string;
  status?: string;
  category?: string;
  page?: number;
}

export interface SupervisionFilter {
  status: string;
  team: string;
  agent: string;
  reason: string;
  q: string;
  page: number;
}

export type DraftToTry = ArticleInput & { article_id: string | null };

export function createApi(http: Http) {
  const conversation = (id: string) => `/api/desk/conversations/${encodeURIComponent(id)}`;
  const supervised = (id: string) => `/api/supervision/agents/${encodeURIComponent(id)}`;
  const team = (id: string) => `/api/teams/${encodeURIComponent(id)}`;
  const canned = (id: string) => `/api/canned-responses/${encodeURIComponent(id)}`;
  /** The whole desk's roster without a team. */
  const duty = (teamId: string | null) => (teamId ? `${team(teamId)}/duty` : "/api/duty");
  const webhook = (id: string) => `/api/webhooks/${encodeURIComponent(id)}`;
  const file = (id: string) => `/api/wechat/media/${encodeURIComponent(id)}`;
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
      setPresence: (presence: Presence, reason = "") =>
        http.post<{ agent: Agent }>("/api/desk/presence", { presence, reason }),
      /** @param before the last conversation of the page before. */
      list: (view: View, before?: string) =>
        http.get<{ conversations: Summary[] }>("/api/desk/conversations", { view, before }),
      open: (id: string) => http.get<ConversationDetail>(conversation(id)),
      messagesAfter: (id: string, after: number) =>
        http.get<{ messages: Message[] }>(`${conversation(id)}/messages`, { after }),
      accept: (id: string) => http.post<{ conversation: Summary }>(`${conversation(id)}/accept`),
      takeOver: (id: string) =>
        http.post<{ conversation: Summary }>(`${conversation(id)}/take-over`),
      handBack: (id: string) => http.post<{ conversation: Summary }>(`${conversation(id)}/return`),
      transfer: (id: string, to: TransferTarget, note: string) =>
        http.post<{ conversation: Summary }>(`${conversation(id)}/transfer`, { ...to, note }),
      addNote: (id: string, text: string) =>
        http.post<{ note: Note }>(`${conversation(id)}/notes`, { text }),
      phone: (id: string) => http.post<{ phone: string }>(`${conversation(id)}/phone`),
      /** A message with the numbers in it. */
      numbers: (id: string, seq: number) =>
        http.post<{ text: string }>(`${conversation(id)}/messages/${seq}/numbers`),
      delivery: (id: string) =>
        http.get<{ delivery: Reach | null }>(`${conversation(id)}/delivery`),
      attachments: (id: string) =>
        http.get<{ attachments: Attachment[] }>(`${conversation(id)}/attachments`),
      colleagues: () =>
        http.get<{ agents: Colleague[]; teams: TeamChoice[] }>("/api/desk/agents"),
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
    contacts: {
      setLevel: (id: string, level: Level) =>
        http.put<unknown>(`/api/desk/contacts/${encodeURIComponent(id)}/level`, { level }),
    },
    files: {
      url: (id: string) => file(id),
      status: (id: string) => http.get<{ attachment: AttachmentStatus }>(`${file(id)}/status`),
    },
    supervision: {
      overview: () => http.get<Overview>("/api/supervision/overview"),
      conversations: (filter: SupervisionFilter) =>
        http.get<{ conversations: Summary[]; total: number; page_size: number }>(
          "/api/supervision/conversations",
          { ...filter },
        ),
      agents: () => http.get<{ agents: SupervisedAgent[] }>("/api/supervision/agents"),
      alerts: (hours: number) =>
        http.get<{ alerts: Alert[] }>("/api/supervision/alerts", { hours }),
      setPresence: (id: string, presence: Presence) =>
        http.post<{ agent: Agent }>(`${supervised(id)}/presence`, { presence }),
      setCapacity: (id: string, capacity: number) =>
        http.put<{ agent: Agent }>(`${supervised(id)}/capacity`, { capacity }),
      whisper: (id: string, text: string) =>
        http.post<{ note: Note }>(
          `/api/supervision/conversations/${encodeURIComponent(id)}/whisper`,
          { text },
        ),
    },
    users: () => http.get<{ users: User[] }>("/api/auth/users"),
    teams: {
      list: () => http.get<{ teams: Team[] }>("/api/teams"),
      add: (input: TeamInput) => http.post<{ team: Team }>("/api/teams", input),
      change: (id: string, input: TeamInput, version: number) =>
        http.put<{ team: Team }>(team(id), { ...input, version }),
      delete: (id: string) => http.delete(team(id)),
      duty: (id: string | null) => http.get<Duty>(duty(id)),
      saveDuty: (id: string | null, days: Duty["duty"]) => http.put<Duty>(duty(id), { duty: days }),
    },
    canned: {
      list: () => http.get<{ canned_responses: CannedResponse[] }>("/api/canned-responses"),
      add: (input: CannedInput) =>
        http.post<{ canned_response: CannedResponse }>("/api/canned-responses", input),
      change: (id: string, input: CannedInput, version: number) =>
        http.put<{ canned_response: CannedResponse }>(canned(id), { ...input, version }),
      delete: (id: string) => http.delete(canned(id)),
      used: (id: string) => http.post<unknown>(`${canned(id)}/used`),
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
    webhooks: {
      list: () => http.get<{ webhooks: Webhook[] }>("/api/webhooks"),
      add: (input: WebhookInput) =>
        http.post<{ webhook: Webhook; secret: string }>("/api/webhooks", input),
      change: (id: string, input: WebhookInput & { enabled: boolean; missed?: boolean }) =>
        http.put<{ webhook: Webhook }>(webhook(id), input),
      remove: (id: string) => http.delete(webhook(id)),
      changeSecret: (id: string) =>
        http.post<{ webhook: Webhook; secret: string }>(`${webhook(id)}/secret`),
      test: (id: string) => http.post<{ delivery: Delivery }>(`${webhook(id)}/test`),
      deliveries: (id: string, filter: { status?: string; before?: string; limit?: number }) =>
        http.get<{ deliveries: Delivery[] }>(`${webhook(id)}/deliveries`, filter),
      replay: (id: string, deliveryId: string) =>
        http.post<{ delivery: Delivery }>(
          `${webhook(id)}/deliveries/${encodeURIComponent(deliveryId)}/replay`,
        ),
      replayFailed: (id: string, since: string) =>
        http.post<{ count: number }>(`${webhook(id)}/replay`, { since }),
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
