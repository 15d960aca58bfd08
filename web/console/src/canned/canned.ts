/** The canned responses this user may use, fetched once and again whenever the list is opened. */

import { reactive } from "vue";

import { api } from "../api";
import type { CannedInput, CannedResponse } from "../api/types";
import { describe, type Failure } from "../shared/failure";

export const canned = reactive({
  all: [] as CannedResponse[],
  loaded: false,
  failure: null as Failure | null,
});

export async function load(): Promise<void> {
  try {
    canned.all = (await api.canned.list()).canned_responses;
    canned.loaded = true;
    canned.failure = null;
  } catch (error) {
    canned.failure = describe(error);
  }
}

/** @param before the one that is changed, as it was read; null for a new one. */
export async function save(
  before: CannedResponse | null,
  input: CannedInput,
): Promise<CannedResponse> {
  const answer = before
    ? api.canned.change(before.id, input, before.version)
    : api.canned.add(input);
  const saved = (await answer).canned_response;
  canned.all = [...canned.all.filter((other) => other.id !== saved.id), saved];
  return saved;
}

export async function remove(id: string): Promise<void> {
  await api.canned.delete(id);
  canned.all = canned.all.filter((other) => other.id !== id);
}

/** Count a use; that it is counted matters to nobody's work, so a failure is not told. */
export function used(id: string): void {
  const one = canned.all.find((other) => other.id === id);
  if (one) one.uses += 1;
  api.canned.used(id).catch(() => {});
}
