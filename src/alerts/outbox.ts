/**
 * Messages that have to reach their receivers: kept in the state until each is delivered or given up, tried again for a
 * day, per receiver in order.
 *
 * A message keeps its id through all attempts: a receiver that has seen it can tell. A kill between a delivery and its
 * entry in the state sends it once more; nothing loses it.
 */
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { Timer, World } from "../core/world.ts";
import type { Change, Json, StateStore } from "../state/state.ts";
import type { Channel, Message } from "./channels/channel.ts";

const OUTBOX = "outbox";
const DEAD_LETTERS = "dead_letters";
const GIVE_UP_MS = 24 * 3_600_000;
const FIRST_PAUSE_MS = 1_000;
/** Pauses grow to a minute in the first quarter of an hour, and to ten minutes after it. */
const EAGER_MS = 15 * 60_000;
const EAGER_PAUSE_MS = 60_000;
const PATIENT_PAUSE_MS = 10 * 60_000;
const ATTEMPTS_SHOWN = 200;

/** A message on its way, as the state keeps it. */
export interface OutboxMessage {
  readonly id: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly body: string;
  readonly createdMs: number;
  readonly attempts: number;
  readonly lastError?: string;
}

/** One attempt, for the page of deliveries. */
export interface Attempt {
  readonly wallMs: number;
  readonly receiver: string;
  readonly messageId: string;
  readonly groupKey: string;
  readonly attempt: number;
  readonly outcome: "delivered" | "again" | "refused" | "given up";
  readonly detail: string;
  readonly durationMs: number;
}

export interface OutboxOptions {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly state: StateStore;
  readonly channels: ReadonlyMap<string, Channel>;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queues = new Map<string, OutboxMessage[]>();
  readonly #busy = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  readonly #attempts: Attempt[] = [];
  readonly #outcomes: Counter<"receiver" | "outcome">;
  #closed = false;

  private constructor(options: OutboxOptions) {
    this.#options = options;
    this.#outcomes = options.metrics.counter(
      "lockstep_alerts_deliveries_total",
      "Attempts to deliver a message, by what came of them.",
      ["receiver", "outcome"],
    );
    options.metrics.gauge("lockstep_alerts_outbox_messages", "Messages that wait to be delivered.", ["receiver"], () =>
      [...this.#queues].map(([receiver, queue]) => ({ labels: { receiver }, value: queue.length })),
    );
  }

  /** Goes on with what an earlier run left undelivered. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    const left = [...(await options.state.load(OUTBOX)).values()] as unknown as OutboxMessage[];
    for (const message of left.sort((a, b) => a.createdMs - b.createdMs)) outbox.take(message);
    return outbox;
  }

  /** Makes a message of what is to be told; the change has to be committed before `take`. */
  prepare(message: Message): { readonly message: OutboxMessage; readonly change: Change } {
    const { world, channels } = this.#options;
    const prepared: OutboxMessage = {
      id: `evt_${Buffer.from(world.random.bytes(16)).toString("hex")}`,
      receiver: message.receiver,
      groupKey: message.groupKey,
      body: channels.get(message.receiver)!.format(message),
      createdMs: world.clock.wallMs(),
      attempts: 0,
    };
    return { message: prepared, change: recordOf(prepared) };
  }

  /** Puts a message that is in the state on its way. */
  take(message: OutboxMessage): void {
    const queue = this.#queues.get(message.receiver) ?? [];
    this.#queues.set(message.receiver, queue);
    queue.push(message);
    if (queue.length > LIMITS.outboxMessages) void this.#giveUp(queue.shift()!, "more messages wait than are kept");
    this.#work(message.receiver);
  }

  /** The latest attempts, the newest first. */
  attempts(): readonly Attempt[] {
    return [...this.#attempts].reverse();
  }

  waiting(): number {
    let waiting = 0;
    for (const queue of this.#queues.values()) waiting += queue.length;
    return waiting;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }

  /** Delivers a receiver's first message, unless that is going on or it is not time yet. */
  #work(receiver: string): void {
    if (this.#closed || this.#busy.has(receiver) || this.#timers.has(receiver)) return;
    const message = this.#queues.get(receiver)?.[0];
    if (message === undefined) return;
    this.#busy.add(receiver);
    void this.#attempt(message).finally(() => {
      this.#busy.delete(receiver);
      this.#work(receiver);
    });
  }

  async #attempt(message: OutboxMessage): Promise<void> {
    const { world, channels } = this.#options;
    const channel = channels.get(message.receiver);
    if (channel === undefined) {
      await this.#finish(message, "given up", "the receiver is no longer in the settings", 0);
      return;
    }
    const startMs = world.clock.monotonicMs();
    const answer = await channel.deliver(message.body, message.id).catch((error: unknown) => {
      return { kind: "again" as const, why: errorText(error), afterMs: undefined };
    });
    const durationMs = world.clock.monotonicMs() - startMs;
    if (this.#closed) return;
    const ageMs = world.clock.wallMs() - message.createdMs;
    if (answer.kind === "delivered") await this.#finish(message, "delivered", "", durationMs);
    else if (answer.kind === "refused") await this.#finish(message, "refused", answer.why, durationMs);
    else if (ageMs > GIVE_UP_MS) await this.#finish(message, "given up", answer.why, durationMs);
    else await this.#tryAgain(message, answer.why, answer.afterMs, durationMs);
  }

  async #tryAgain(message: OutboxMessage, why: string, afterMs: number | undefined, durationMs: number): Promise<void> {
    const { world, log } = this.#options;
    const tried = { ...message, attempts: message.attempts + 1, lastError: why };
    this.#queues.get(message.receiver)![0] = tried;
    this.#note(message, "again", why, durationMs);
    log.limited("warn", `deliver ${message.receiver} ${why}`, "could not deliver a message; trying again", {
      receiver: message.receiver,
      why,
    });
    const pauseMs =
      afterMs ?? pauseBefore(tried.attempts, world.clock.wallMs() - message.createdMs) * world.random.next();
    this.#timers.set(
      message.receiver,
      world.timers.after(pauseMs, () => {
        this.#timers.delete(message.receiver);
        this.#work(message.receiver);
      }),
    );
    await this.#commit([recordOf(tried)]);
  }

  async #finish(message: OutboxMessage, outcome: Attempt["outcome"], why: string, durationMs: number): Promise<void> {
    this.#queues.get(message.receiver)!.shift();
    this.#note(message, outcome, why, durationMs);
    if (outcome === "delivered") await this.#commit([{ collection: OUTBOX, key: message.id, value: undefined }]);
    else await this.#giveUp(message, why);
  }

  /** Keeps what can't be delivered where a person finds it. */
  async #giveUp(message: OutboxMessage, why: string): Promise<void> {
    this.#options.log.error("a message could not be delivered and is a dead letter now", {
      receiver: message.receiver,
      group: message.groupKey,
      why,
    });
    await this.#commit([
      { collection: OUTBOX, key: message.id, value: undefined },
      { collection: DEAD_LETTERS, key: message.id, value: { ...message, lastError: why } as unknown as Json },
    ]);
  }

  #note(message: OutboxMessage, outcome: Attempt["outcome"], detail: string, durationMs: number): void {
    const { receiver, id, groupKey } = message;
    this.#outcomes.add(1, { receiver, outcome });
    const wallMs = this.#options.world.clock.wallMs();
    this.#attempts.push({
      wallMs,
      receiver,
      messageId: id,
      groupKey,
      attempt: message.attempts + 1,
      outcome,
      detail,
      durationMs,
    });
    if (this.#attempts.length > ATTEMPTS_SHOWN) this.#attempts.shift();
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#options.state.commit(changes);
    } catch (error) {
      // After a restart the message would be tried once more: its receiver knows it by its id.
      this.#options.log.limited("error", "state", `the state of a delivery could not be kept: ${errorText(error)}`);
    }
  }
}

/** The longest pause before an attempt; the actual one is a random part of it. */
function pauseBefore(attempt: number, ageMs: number): number {
  const cap = ageMs < EAGER_MS ? EAGER_PAUSE_MS : PATIENT_PAUSE_MS;
  return Math.min(cap, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 20));
}

function recordOf(message: OutboxMessage): Change {
  return { collection: OUTBOX, key: message.id, value: message as unknown as Json };
}
