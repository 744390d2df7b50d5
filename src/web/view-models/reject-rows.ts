/** What the receivers refused, a row for each reason: who sent the latest, and what it was. */
import type { RejectedView } from "../dependencies.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { type Since, since } from "./since.ts";

export interface RejectRow {
  readonly meaning: string;
  /** `1,204 times`. */
  readonly count: string;
  /** `line_tcp from 10.0.0.7`. */
  readonly from: string;
  /** The beginning of the latest; empty when there is nothing to show of it. */
  readonly text: string;
  readonly since: Since;
}

/** The reason with the newest first. */
export function rejectRows(reasons: readonly RejectedView[]): Keyed<RejectRow> {
  return keyed(reasons.map((reason) => [reason.reason, rejectRow(reason)]));
}

function rejectRow({ meaning, count, latest }: RejectedView): RejectRow {
  const newest = latest[0];
  return {
    meaning: `${meaning.slice(0, 1).toUpperCase()}${meaning.slice(1)}`,
    count: count === 1 ? "once" : `${count.toLocaleString("en")} times`,
    from: newest === undefined ? "" : `${newest.receiver} from ${newest.sender}`,
    text: newest?.text.trim() ?? "",
    since: since("", newest?.wallMs, "ago"),
  };
}
