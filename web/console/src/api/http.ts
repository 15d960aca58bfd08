/** One way to call the server: JSON in, JSON out, every failure an `ApiError`. */

export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when the server could not be reached at all. */
    readonly status: number,
    /** Stable, for programs; the message is for people. */
    readonly code: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface HttpOptions {
  fetch: typeof fetch;
  /** Called for every 401 except a refused sign-in. */
  onSignedOut?: () => void;
  timeoutMs?: number;
}

export interface Http {
  get<T>(path: string, query?: Query): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<unknown>;
  upload<T>(path: string, query: Query, file: Blob): Promise<T>;
}

export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value != null && value !== "");
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

export function createHttp({ fetch, onSignedOut, timeoutMs = 20_000 }: HttpOptions): Http {
  async function send<T>(path: string, init: RequestInit, patienceMs = timeoutMs): Promise<T> {
    const gaveUp = AbortSignal.timeout(patienceMs);
    let response: Response;
    try {
      response = await fetch(path, { credentials: "same-origin", signal: gaveUp, ...init });
    } catch {
      throw new ApiError("", 0, gaveUp.aborted ? "timeout" : "network");
    }
    const body = await readBody(response);
    if (response.ok) return body as T;
    const error = errorFrom(response.status, body);
    if (error.status === 401 && error.code !== "wrong_credentials") onSignedOut?.();
    throw error;
  }

  const withJson = (method: string, body: unknown): RequestInit => ({
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

  return {
    get: (path, query) => send(withQuery(path, query), { method: "GET" }),
    // Writes are always JSON, an empty object included: the server refuses the content types
    // that another site's form could send.
    post: (path, body = {}) => send(path, withJson("POST", body)),
    put: (path, body) => send(path, withJson("PUT", body)),
    delete: (path) => send(path, withJson("DELETE", {})),
    upload: (path, query, file) =>
      send(
        withQuery(path, query),
        { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file },
        timeoutMs * 6,
      ),
  };
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => "");
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function errorFrom(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  const code = typeof error?.code === "string" ? error.code : `http_${status}`;
  const message = typeof error?.message === "string" ? error.message : "";
  return new ApiError(message, status, code);
}
