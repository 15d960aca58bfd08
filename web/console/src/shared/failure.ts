/** Turn any failure into a sentence for people and a next step. */

import { ApiError } from "../api/http";
import { words } from "../words";

export interface Failure {
  message: string;
  advice: string;
}

export function describe(error: unknown): Failure {
  if (!(error instanceof ApiError)) {
    return { message: words.errorUnknown, advice: words.advice.server ?? "" };
  }
  const message = words.errors[error.code] ?? (error.message || words.errorUnknown);
  return { message, advice: adviceFor(error) };
}

function adviceFor({ status, code }: ApiError): string {
  if (code === "wrong_credentials") return "";
  const { advice } = words;
  const text = advice[code] ?? advice[KINDS[status] ?? (status >= 500 ? "server" : "invalid")];
  return text ?? "";
}

const KINDS: Record<number, string> = {
  0: "network",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  422: "invalid",
  429: "busy",
};
