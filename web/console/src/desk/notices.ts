/** What others did to one's own conversations or presence, out of the events. Pure. */

import type { DeskEvent, Presence } from "../api/types";

export type DeskNotice =
  | { kind: "taken_over" | "passed_on" | "agent_gone" | "agent_silent"; conversationId: string }
  | { kind: "whispered"; conversationId: string }
  | { kind: "presence"; presence: Presence };

/** @returns what to tell the agent `me`, or null: what one did oneself is no news. */
export function noticeOf(event: DeskEvent, me: string | undefined): DeskNotice | null {
  if (me === undefined || event.actor === `user:${me}`) return null;
  const { type, data, conversation_id: conversationId } = event;
  if (type === "agent.presence_changed") {
    const decided = data.agent_id === me && event.actor?.startsWith("user:");
    return decided ? { kind: "presence", presence: data.presence as Presence } : null;
  }
  if (conversationId === null) return null;
  if (type === "conversation.whispered" && data.agent_id === me) {
    return { kind: "whispered", conversationId };
  }
  if (type === "conversation.taken_over" && data.from_agent === me) {
    return { kind: "taken_over", conversationId };
  }
  if (type === "conversation.transferred" && data.from_agent === me) {
    return { kind: "passed_on", conversationId };
  }
  if (type === "conversation.requeued" && data.agent_id === me) {
    const { cause } = data;
    if (cause === "agent_gone" || cause === "agent_silent") return { kind: cause, conversationId };
  }
  return null;
}
