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

/** A team one may transfer to, and how many are there to take its cases. */
export interface TeamChoice {
  id: string;
  name: string;
  online: number;
}

export type TransferTarget = { agent_id: string } | { team_id: string };

/** Someone who has the same conversation open. */
export interface Viewer {
  id: string;
  name: string;
}

/** A word among colleagues about a conversation; a whisper is only for who serves it. */
export interface Note {
  id: string;
  kind?: "note" | "whisper";
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
  data?: MessageData | null;
  client_message_id: string | null;
  /** A phone number in it is hidden; the server notes who has it shown. */
  masked?: boolean;
  at: string;
}

export interface MessageData {
  kind?: unknown;
  number?: unknown;
  attachments?: Attachment[];
}

/** A file a customer sent; of kind `other` there is none. */
export interface Attachment {
  id: string;
  kind: "image" | "voice" | "video" | "file" | "other";
}

/** Whether such a file is here yet, and what it is. */
export interface AttachmentStatus extends Attachment {
  status: "waiting" | "stored" | "failed";
  content_type: string | null;
}

/** What may still be sent to a customer on WeChat, and what has not arrived. */
export interface Reach {
  left: number;
  of: number;
  until: string | null;
  subscribed: boolean;
  /** Numbers of messages that have not gone out. */
  waiting: number[];
  not_sent: { seq: number; status: "failed" | "unclear"; advice: string | null }[];
  /** What became of telling the customer that something waits for them. */
  reminder?: { status: string; advice: string | null } | null;
}

/** Empty for an ordinary customer. */
export type Level = "" | "vip";

export interface Summary {
  id: string;
  status: ConversationStatus;
  close_reason?: string | null;
  channel: string;
  contact: { id: string; name: string | null; phone: string | null; level: Level };
  reason: string | null;
  summary: string | null;
  priority: string | number | null;
  queued_at: string | null;
  offered_until?: string | null;
  position: number | null;
  agent: { id: string; name: string } | null;
  team?: { id: string; name: string } | null;
  /** Since when a customer who is being served or waits has no page of ours open. */
  left_at?: string | null;
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
  /** The customer's other tickets, on any of their accounts, newest first. */
  earlier_tickets?: PacketTicket[];
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
  delivery?: Reach | null;
  earlier?: Summary[];
}

/** How many wait or are served, in one team's queue or in all. */
export interface Standing {
  waiting: number;
  offered: number;
  active: number;
  longest_since: string | null;
  over: number;
}

export interface TeamStanding extends Standing {
  id: string | null;
  name: string | null;
  limit_seconds: number | null;
  online: number;
}

export interface Overview extends Standing {
  bot: number;
  teams: TeamStanding[];
  agents: { online: number; away: number; offline: number; load: number; capacity: number };
}

export interface SupervisedAgent extends Colleague {
  seen_at: string | null;
  teams: string[];
}

export interface Alert {
  id: number;
  kind: string;
  conversation_id: string | null;
  contact: { id: string; name: string | null } | null;
  agent: { id: string; name: string } | null;
  at: string;
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

/** What a canned response is made of. */
export interface CannedInput {
  title: string;
  text: string;
  shortcut: string;
  category: string;
  team_id: string | null;
  /** One's own; otherwise shared, which supervisors keep. */
  personal: boolean;
}

/** Saved whole; who saves says which version theirs was made from. */
export interface Versioned {
  version: number;
  updated_by: string;
}

export interface CannedResponse extends CannedInput, Versioned {
  id: string;
  may_change: boolean;
  /** How often this user put it into a reply. */
  uses: number;
  /** How the title sounds, a syllable a word. */
  pinyin: string;
}

/** Times of a day from–until, such as `["09:00", "12:00"]`. */
export type Spans = [from: string, until: string][];

export interface Hours {
  workdays: Spans;
  weekends: Spans;
  holidays: Spans;
  /** Single dates, which come before the rest; none is closed. */
  days: Record<string, Spans>;
}

/** Null is as the settings of the desk say. */
export interface TeamInput {
  name: string;
  reasons: string[];
  categories: string[];
  overflow_seconds: number | null;
  overflow_to: string | null;
  /** User names. */
  members: string[];
  assignment: "offer" | "pick" | null;
  most_waiting: number | null;
  longest_wait_seconds: number | null;
  hours: Hours | null;
}

export interface Team extends TeamInput, Versioned {
  id: string;
  is_open: boolean;
  opens_at: string | null;
}

export interface Duty {
  /** User names by day. */
  duty: Record<string, string[]>;
  expected_today: string[];
  /** The coming days that are not worked, and why. */
  days_off: Record<string, "weekends" | "holidays">;
}

/** Another system that is told of events. */
export interface Webhook {
  id: string;
  url: string;
  description: string;
  events: string[];
  enabled: boolean;
  disabled_because: "by_hand" | "failing" | "gone" | null;
  failing_since: string | null;
  previous_secret_until: string | null;
  pending: number;
  created_at: string;
}

export type WebhookInput = Pick<Webhook, "url" | "events" | "description">;

/** One event on its way to a webhook, with what came of the last attempt. */
export interface Delivery {
  id: string;
  type: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  next_at: string | null;
  took_ms: number | null;
  error: string | null;
  response_status: number | null;
  response_body: string;
  body: string;
  created_at: string;
}
