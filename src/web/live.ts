/**
 * Keeps open browsers up to date: server-sent events with what has changed, at most once a second.
 *
 *     page's model ──every second──► channel ── differs? ──► patch, numbered ──► every browser that looks at the page
 *                                       └────── no ────────► a beat now and then: "nothing new, and I live"
 *
 * A channel is one page with its parameters; all its browsers share one model and one piece of work. The latest patches
 * are kept, so a browser that comes back says which number it saw last and gets what it missed; when that is too long ago,
 * it gets the whole model.
 *
 * Beats are events and not comments: EventSource hides comments from the page, which has to notice when nothing comes any
 * more although the connection looks open.
 */
import { assert, errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { Timer, World } from "../core/world.ts";
import { mergePatch } from "./merge-patch.ts";

/** One browser. */
export interface Listener {
  send(frame: Uint8Array): void;
  readonly unsentBytes: number;
  /** Cuts the connection: the browser comes back when it can. */
  close(): void;
}

/** The page's model now; undefined when there is no such page (any more). */
export type BuildModel = () => Promise<object | undefined>;

export interface LiveOptions {
  readonly world: Pick<World, "clock" | "timers" | "random">;
  readonly log: Log;
  readonly metrics: Metrics;
}

const TICK_MS = 1_000;
/** The browser says "no data" after somewhat more than two of these (browser/live.ts). */
const BEAT_MS = 3_000;
/** Patches that are kept for browsers that come back. */
const PATCHES_KEPT = 60;
/** A channel nobody listens to is forgotten after this. */
const IDLE_MS = 60_000;

export class Live {
  readonly #options: LiveOptions;
  /** Tells the numbers of this process from those of the one before it. */
  readonly #run: string;
  readonly #channels = new Map<string, Channel>();
  readonly #dropped: Counter<"reason">;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#run = Buffer.from(options.world.random.bytes(6)).toString("hex");
    const { metrics } = options;
    this.#dropped = metrics.counter("lockstep_web_live_dropped_total", "Browsers that were cut off, or not let in.", [
      "reason",
    ]);
    metrics.gauge("lockstep_web_live_browsers", "Browsers that are kept up to date.", [], () => [
      { labels: {}, value: this.browsers },
    ]);
  }

  get browsers(): number {
    let browsers = 0;
    for (const { listeners } of this.#channels.values()) browsers += listeners.size;
    return browsers;
  }

  get isFull(): boolean {
    const full = this.browsers >= LIMITS.liveBrowsers;
    if (full) this.#dropped.add(1, { reason: "browser_limit" });
    return full;
  }

  /**
   * The channel of this name, with its model; undefined when `build` says that there is no such page. Whoever gets it
   * uses it at once, or lets it go.
   */
  async channel(name: string, build: BuildModel): Promise<Channel | undefined> {
    const known = this.#channels.get(name);
    const channel = known ?? new Channel(build, this.#run, this.#options.world.clock, this.#dropped);
    if (!(await channel.refresh())) return undefined;
    if (known === undefined && !this.#closed && !this.#channels.has(name)) this.#channels.set(name, channel);
    this.#timer ??= this.#schedule();
    return this.#channels.get(name);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  #schedule(): Timer {
    return this.#options.world.timers.after(TICK_MS, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const nowMs = this.#options.world.clock.monotonicMs();
    for (const [name, channel] of this.#channels) {
      if (channel.listeners.size === 0) {
        if (nowMs - channel.lastSentMs > IDLE_MS) this.#channels.delete(name);
        continue;
      }
      try {
        if (!(await channel.refresh())) this.#channels.delete(name);
      } catch (error) {
        // Nothing is sent: the browsers notice the silence, and say so.
        this.#options.log.limited("error", "live", "a page can't be kept up to date", {
          page: name,
          error: errorText(error),
        });
      }
    }
    this.#timer = this.#closed || this.#channels.size === 0 ? undefined : this.#schedule();
  }
}

interface Kept {
  readonly number: number;
  readonly frame: Uint8Array;
}

export class Channel {
  readonly listeners = new Set<Listener>();
  lastSentMs: number;
  readonly #build: BuildModel;
  readonly #run: string;
  readonly #clock: World["clock"];
  readonly #dropped: Counter<"reason">;
  #model: object | undefined;
  #number = 0;
  #kept: Kept[] = [];
  #refreshing: Promise<boolean> | undefined;

  constructor(build: BuildModel, run: string, clock: World["clock"], dropped: Counter<"reason">) {
    this.#build = build;
    this.#run = run;
    this.#clock = clock;
    this.#dropped = dropped;
    this.lastSentMs = clock.monotonicMs();
  }

  /** Lets a browser in; `lastId` is the number that it saw last, if it was here before. */
  add(listener: Listener, lastId: string | undefined): void {
    this.listeners.add(listener);
    const missed = this.#since(lastId);
    if (missed === undefined) listener.send(this.#whole());
    else for (const { frame } of missed) listener.send(frame);
    listener.send(this.#beat());
  }

  remove(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.lastSentMs = this.#clock.monotonicMs(); // idle from here
  }

  close(): void {
    for (const listener of this.listeners) listener.close();
    this.listeners.clear();
  }

  /** Looks whether the page has changed and tells everybody; false when it is gone. Asked twice at once, it looks once. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<boolean> {
    const model = await this.#build();
    if (model === undefined) {
      this.close();
      return false;
    }
    const patch = this.#model === undefined ? undefined : mergePatch(this.#model, model);
    this.#model = model;
    if (patch !== undefined) this.#broadcast(this.#keep({ patch }));
    else if (this.#clock.monotonicMs() - this.lastSentMs >= BEAT_MS) this.#broadcast(this.#beat());
    return true;
  }

  #keep(data: object): Uint8Array {
    const number = ++this.#number;
    const frame = this.#frame("patch", data, number);
    this.#kept = [...this.#kept, { number, frame }].slice(-PATCHES_KEPT);
    return frame;
  }

  /** The patches after the one with this id; undefined when they are not all there, or it is of another process. */
  #since(lastId: string | undefined): readonly Kept[] | undefined {
    const [run, number] = (lastId ?? "").split("-");
    const seen = Number(number);
    if (run !== this.#run || !Number.isInteger(seen) || seen > this.#number) return undefined;
    const missed = this.#kept.filter((kept) => kept.number > seen);
    return missed.length === this.#number - seen ? missed : undefined;
  }

  #broadcast(frame: Uint8Array): void {
    this.lastSentMs = this.#clock.monotonicMs();
    for (const listener of this.listeners) {
      if (listener.unsentBytes <= LIMITS.liveBufferBytes) {
        listener.send(frame);
        continue;
      }
      this.#dropped.add(1, { reason: "slow" });
      this.listeners.delete(listener);
      listener.close();
    }
  }

  #whole(): Uint8Array {
    assert(this.#model !== undefined, "a channel has its model before it has browsers");
    return this.#frame("model", { model: this.#model }, this.#number);
  }

  #beat(): Uint8Array {
    return this.#frame("beat", {}, this.#number);
  }

  /** One event. JSON has no line breaks of its own, so its text is one line. */
  #frame(event: string, data: object, number: number): Uint8Array {
    const text = JSON.stringify({ nowMs: this.#clock.wallMs(), ...data });
    return Buffer.from(`id: ${this.#run}-${number}\nevent: ${event}\ndata: ${text}\n\n`);
  }
}
