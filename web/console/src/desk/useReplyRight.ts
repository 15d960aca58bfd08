import { computed, type ComputedRef } from "vue";

import type { Summary } from "../api/types";
import { session } from "../session/session";
import { replyRight, type ReplyRight } from "./lists";
import { desk } from "./live";

/** Whether the person looking may reply in this conversation, or why not. */
export function useReplyRight(summary: () => Summary | null): ComputedRef<ReplyRight | null> {
  return computed(() => {
    const row = summary();
    return row && replyRight(row, [desk.state.agent?.id, session.user?.id]);
  });
}
