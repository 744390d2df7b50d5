/** What was refused, by reason, and the latest of it to look at: a sender that is misconfigured should be easy to find. */
import { LIMITS } from "../core/limits.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { Clock, SocketAddress } from "../core/world.ts";

export interface Reject {
  readonly wallMs: number;
  readonly receiver: string;
  readonly sender: string;
  readonly reason: string;
  /** The beginning of what was refused, made printable. */
  readonly text: string;
}

const TEXT_CHARACTERS = 200;

export class Rejects {
  readonly #clock: Clock;
  readonly #counter: Counter<"receiver" | "reason">;
  readonly #latest: Reject[] = [];

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#counter = metrics.counter(
      "lockstep_receiver_rejected_total",
      "Lines and packets that were not taken, by reason.",
      ["receiver", "reason"],
    );
  }

  /** `times`: how many like it there were, of which this is one. */
  add(receiver: string, from: SocketAddress, reason: string, bytes: Uint8Array, times = 1): void {
    this.#counter.add(times, { receiver, reason });
    const text = printable(Buffer.from(bytes.subarray(0, TEXT_CHARACTERS)).toString("utf8"));
    this.#latest.push({ wallMs: this.#clock.wallMs(), receiver, sender: from.host, reason, text });
    if (this.#latest.length > LIMITS.rejectsKept) this.#latest.shift();
  }

  /** The latest ones, the newest first. */
  latest(): readonly Reject[] {
    return [...this.#latest].reverse();
  }
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}
