/** What is wrong with Lockstep itself: a monitor that hides its own trouble is believed too long. */
import type { Attempt } from "../../alerts/outbox.ts";
import type { StoreStats } from "../../core/series-store.ts";
import type { Notice } from "./overview.ts";

export interface NoticeInput {
  readonly store: StoreStats;
  readonly deliveries: { readonly waiting: number; readonly attempts: readonly Attempt[] };
  /** Why series can't be read at the moment. */
  readonly unreadable: string | undefined;
}

export function noticesOf({ store, deliveries, unreadable }: NoticeInput): readonly Notice[] {
  const notices: Notice[] = [];
  if (store.blocked !== undefined) {
    const meanwhile = "Samples wait in memory, then at their senders.";
    notices.push({ level: "crit", text: `The store ${store.blocked}. ${meanwhile}` });
  }
  if (unreadable !== undefined) {
    notices.push({ level: "crit", text: `The store can't be read, so figures and lights are missing: ${unreadable}` });
  }
  if (store.damage.length > 0) {
    const where = `${store.damage.length} ${store.damage.length === 1 ? "place" : "places"}`;
    notices.push({ level: "warn", text: `The store found damaged data in ${where}; /api/health lists them.` });
  }
  const last = deliveries.attempts[0];
  if (deliveries.waiting > 0 && last !== undefined && last.outcome !== "delivered") {
    const waiting = deliveries.waiting === 1 ? "A message waits" : `${deliveries.waiting} messages wait`;
    notices.push({
      level: "warn",
      text: `${waiting} to be delivered. The last attempt, to ${last.receiver}: ${last.detail}`,
    });
  }
  return notices;
}
