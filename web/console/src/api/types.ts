/** What the server sends and takes, as documented on its /docs page. */

export type Role = "admin" | "supervisor" | "agent" | "editor";

export interface User {
  id: string;
  username: string;
  name: string;
  role: Role;
  team_id?: string | null;
}

export type Presence = "online" | "away" | "offline";

export interface Agent {
  id: string;
  name: string;
  presence: Presence;
  capacity: number;
  active: number;
  offered?: number;
  away_reason?: string;
}

/** An agent as colleagues see them. */
export interface Colleague extends Agent {
  is_there: boolean;
}

/** A word among colleagues about a conversation. */
export interface Note {
  id: string;
  author_name: string | null;
  text: string;
  at: string;
}

export type Author = "contact" | "bot" | "agent" | "system";
export type View = "queue" | "mine" | "bot" | "closed";
export type ConversationStatus = "bot" | "queued" | "offered" | "active" | "closed";

export interface Message {
  seq: number;
  id: string;
  conversation_id: string;
  author: Author;
  author_name: string | null;
  text: string;
  buttons?: { title: string }[] | null;
  data?: Record<string, unknown> | null;
  client_message_id: string | null;
  at: string;
}

export interface Summary {
  id: string;
  status: ConversationStatus;
  channel: string;
  contact: { id: string; name: string | null; phone: string | null };
  reason: string | null;
  summary: string | null;
  priority: string | number | null;
  queued_at: string | null;
  offered_until?: string | null;
  position: number | null;
  agent: { id: string; name: string } | null;
  last_message: { author: Author; text: string; at: string } | null;
  last_seq: number;
  updated_at: string;
}

export type Verdict = "solved" | "not_solved";

export interface Packet {
  reason: string | null;
  summary: string | null;
  slots: { name: string; label: string; value: unknown }[];
  ticket: PacketTicket | null;
  answers_tried: AnswerTried[];
  candidate_articles: CandidateArticle[];
  missing: { name: string; label: string }[];
}

export type PacketTicket = Partial<Ticket> & Pick<Ticket, "number">;

export interface AnswerTried {
  article_id: string;
  question: string;
  query: string | null;
  verdict: Verdict | null;
}

export interface CandidateArticle {
  article_id: string;
  question: string;
  answer: string;
  score: number | null;
}

export interface ConversationDetail {
  conversation: Summary;
  packet: Packet | null;
  messages: Message[];
  notes?: Note[];
}

export interface DeskEvent {
  type: string;
  conversation_id: string | null;
  actor: string | null;
  data: Record<string, unknown>;
  at: string;
}

export interface Ticket {
  number: string;
  type: string;
  priority: string;
  status: string;
  fault_type: string | null;
  symptom: string | null;
  since: string | null;
  since_at?: string | null;
  since_precision?: string | null;
  place: string | null;
  contact_name: string | null;
  phone: string | null;
  hoped_time: string | null;
  hoped_at?: string | null;
  hoped_precision?: string | null;
  details?: Record<string, { label: string; value: string }>;
  affects: string | null;
  tried: string[] | null;
  level: string | null;
  channel: string | null;
  conversation_id: string | null;
  registered_at: string | null;
  assess_by: string | null;
  respond_by: string | null;
  resolve_by: string | null;
  urged_count?: number;
}

export type ArticleStatus = "draft" | "review" | "published" | "archived";

export interface ArticleInput {
  question: string;
  similar_questions: string[];
  answer: string;
  category: string;
  tags: string[];
  valid_from: string | null;
  valid_until: string | null;
}

export interface Article extends ArticleInput {
  id: string;
  status: ArticleStatus;
  version: number;
  published_version: number | null;
  has_unpublished_changes: boolean;
  updated_at: string;
  updated_by: string | null;
}

export type ArticleRow = Pick<Article, "id" | "question" | "category" | "status" | "updated_at"> &
  Partial<Article>;

export interface ArticleVersion extends Partial<ArticleInput> {
  version: number;
  saved_at?: string | null;
  saved_by?: string | null;
  published_at?: string | null;
}

export type Decision = "answer" | "suggest" | "none";

export interface Hit {
  article_id: string | null;
  question: string;
  matched: string;
  score: number;
  answer: string;
  why?: unknown;
}

export interface SearchResult {
  query: string;
  decision: Decision;
  hits: Hit[];
}

export interface ImportProblem {
  line: number;
  column: string | null;
  reason: string;
  value?: unknown;
}

export interface ImportReport {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  problems: ImportProblem[];
  imported: boolean;
}

export interface UnansweredQuestion {
  id: string;
  text: string;
  reason: string;
  conversation_id: string | null;
  created_at: string;
}
