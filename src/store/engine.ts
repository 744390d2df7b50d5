/**
 * The embedded store: a list of names, an index over them, and a partition for every set of archive steps in use.
 *
 *      resolve ─► names.log + index          append ─► partition ─► head + log ─► segments     fetch ◄─ all of them
 *
 * Samples are in memory at once, and on the disk half a second later, or sooner when somebody waits for it
 * (group-commit.ts). When the disk refuses, everything stays pending and is tried again; `pendingBytes` tells the
 * receivers to stop reading.
 */
import { join } from "node:path";
import { assert, errorCode, errorText, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { NameTable } from "../core/name-table.ts";
import type {
  FetchedSeries,
  FetchQuery,
  FindQuery,
  FoundNode,
  FoundSeries,
  SampleBatch,
  SeriesId,
  SeriesStore,
  StoreStats,
  TagQuery,
  TagWordsQuery,
  TimeLimit,
} from "../core/series-store.ts";
import type { Timer, WorkThread, World } from "../core/world.ts";
import { Catalog, type Lives } from "./catalog.ts";
import { fetchSeries } from "./fetch.ts";
import { GroupCommit } from "./group-commit.ts";
import { STORE_JOBS, type StoreJob, type StoreJobResult } from "./jobs.ts";
import { LifetimeKeeper } from "./lifetime-keeper.ts";
import { OpenFiles } from "./open-files.ts";
import { Partition } from "./partition.ts";
import { noteRules, rehome, rulesChanged } from "./rehome.ts";
import { type Archive, SchemaTable, type StorageRules } from "./schemas.ts";
import { Staging } from "./staging.ts";
import { findUnseen } from "./unseen.ts";

const MAINTAIN_MS = 1_000;
/** How often series are looked for that had no value for long. */
const UNSEEN_MS = 3_600_000;
/** Kinds of damage that are remembered with their words. */
const DAMAGE_KEPT = 100;

export interface StoreOptions {
  readonly directory: string;
  readonly rules: StorageRules;
  readonly seriesLimit: number;
  /** Memory for the newest slots, above which windows are written out before they are whole. */
  readonly headBytes: number;
  /** A point of this series lies ahead of our clock, and waits. */
  readonly onFuture?: (name: string) => void;
}

export class EmbeddedStore implements SeriesStore {
  readonly #world: World;
  readonly #log: Log;
  readonly #options: StoreOptions;
  readonly #openFiles: OpenFiles;
  readonly #schemas: SchemaTable;
  readonly #thread: WorkThread<StoreJob, StoreJobResult>;
  /** By their steps, `10-60-600`. */
  readonly #partitions = new Map<string, Partition>();
  readonly #staging = new Staging();
  readonly #keeper: LifetimeKeeper;
  readonly #deleted = { asked: 0, unseen: 0 };
  /** Where the search for series that had no value for long goes on, and when. */
  #unseenFrom = 0;
  #nextUnseenMs = 0;
  readonly #dropped = new Map<string, number>();
  readonly #damage: string[] = [];
  #catalog!: Catalog;
  #appended = 0;
  readonly #commits: GroupCommit;
  #maintenance: Promise<void> | undefined;
  #maintainTimer: Timer | undefined;
  /** What can't be written at the moment, and why. */
  readonly #blocked = new Map<BlockedWork, string>();
  /** What is stored has to be moved before anything else is done with it. */
  #rulesChanged = false;
  #opened = false;
  #closed = false;

  private constructor(world: World, log: Log, options: StoreOptions) {
    this.#world = world;
    this.#log = log;
    this.#options = options;
    this.#openFiles = new OpenFiles(world.files);
    this.#thread = world.threads.start(STORE_JOBS);
    this.#schemas = new SchemaTable(options.rules);
    this.#commits = new GroupCommit({
      world,
      write: (sync) => this.#write(sync),
      needsSync: () => this.#needsSync(),
      onTried: (error) => {
        if (error === undefined) this.#unblock("log");
        else this.#block("log", error);
      },
    });
    this.#keeper = new LifetimeKeeper(world, log, options.directory);
  }

  /** Opens the store in a directory, or makes a new one there. */
  static async open(world: World, log: Log, options: StoreOptions): Promise<EmbeddedStore> {
    const store = new EmbeddedStore(world, log, options);
    await store.#open();
    return store;
  }

  async #open(): Promise<void> {
    const { files } = this.#world;
    const { directory } = this.#options;
    await files.makeDirectory(directory);
    for (const archives of this.#schemas.archiveSets()) this.#partition(stepsOf(archives));
    this.#catalog = await Catalog.open({
      world: this.#world,
      path: join(directory, "names.log"),
      schemas: this.#schemas,
      seriesLimit: this.#options.seriesLimit,
      partitionOf: (steps) => this.#partition(steps),
      onDamage: (what) => this.#onDamage(what),
    });
    const unknown = await this.#keeper.load();
    if (unknown === undefined) this.#keeper.lifetimes.madeUpTo(this.names.ids, this.#nowSeconds());
    let highestId = -1;
    for (const name of await files.list(directory)) {
      // What is there under former rules is moved to where it belongs now.
      if (!/^\d+(-\d+)*$/.test(name) || (await files.list(join(directory, name))).length === 0) continue;
      this.#partition(name.split("-").map(Number));
    }
    for (const partition of this.#partitions.values()) {
      highestId = Math.max(highestId, await partition.open(this.#nowSeconds()));
    }
    this.#catalog.complete(highestId);
    if (unknown !== undefined) await this.#assumeLifetimes(unknown);
    if (this.names.ids === 0) await noteRules(files, directory, this.#options.rules);
    this.#rulesChanged = await rulesChanged(files, directory, this.#options.rules);
    this.#opened = true;
    if (this.#rulesChanged) {
      // Before anything is asked, so that nothing is missing meanwhile. When the disk refuses, upkeep tries again.
      this.#log.info("the rules of retention have changed: moving what is stored to where they want it");
      await this.#maintain();
    }
    this.#scheduleMaintenance();
  }

  async #assumeLifetimes(reason: string): Promise<void> {
    let until = this.#nowSeconds() + LIMITS.futureToleranceSeconds;
    for (const { completeUntil } of this.#partitions.values()) until = Math.max(until, completeUntil[0]!);
    await this.#keeper.assume(reason, this.names.ids, until);
  }

  get names(): NameTable {
    return this.#catalog.names;
  }

  resolve(name: string): SeriesId {
    const id = this.#catalog.resolve(name);
    this.#keeper.lifetimes.madeUpTo(id + 1, this.#nowSeconds());
    if (this.#catalog.needsSync) this.#commits.soon();
    return id;
  }

  delete(ids: readonly SeriesId[]): Promise<void> {
    this.#deleted.asked += this.#catalog.delete(ids);
    return this.durable();
  }

  #partition(steps: readonly number[]): Partition {
    const name = steps.join("-");
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    assert(!this.#opened, "every partition that a rule can lead to is opened with the store");
    const partition = new Partition({
      directory: join(this.#options.directory, name),
      steps,
      files: this.#world.files,
      openFiles: this.#openFiles,
      thread: this.#thread,
      log: this.#log,
      archivesOf: (id) => this.#archivesIn(partition, id),
      methodOf: (id) => this.#catalog.home(id).schema.method,
      onDamage: (what) => this.#onDamage(what),
      onDrop: (reason) => this.#drop(reason),
      namesFirst: () => this.#catalog.commit(),
      onFuture: (id) => this.#options.onFuture?.(this.names.nameOf(id)),
      onSeen: (id, first, last) => this.#keeper.lifetimes.extend(id, first, last),
      beforeForgetting: (must) => this.#keeper.beforeForgetting(must),
    });
    this.#partitions.set(name, partition);
    return partition;
  }

  /** Series that are to be moved away still have all that is in the log in this partition's finest tier. */
  #archivesIn(partition: Partition, id: SeriesId): readonly Archive[] {
    if (id >= this.names.ids) return [];
    const { partition: home, schema } = this.#catalog.home(id);
    return home === partition ? schema.archives : [{ step: 1, points: Number.POSITIVE_INFINITY }];
  }

  // ---- samples ----------------------------------------------------------------------------------------------------

  append({ length, ids, seconds, values }: SampleBatch): void {
    if (length === 0) return;
    const catalog = this.#catalog;
    const first = catalog.home(ids[0]!).partition;
    let home = catalog.homeNumber(ids[0]!);
    let same = 1;
    for (; same < length; same++) {
      const next = catalog.homeNumber(ids[same]!);
      if (next === home) continue;
      if (catalog.home(ids[same]!).partition !== first) break;
      home = next;
    }
    const nowSeconds = this.#nowSeconds();
    if (same === length) this.#give(first, length, ids, seconds, values, nowSeconds);
    else this.#appendMixed({ length, ids, seconds, values }, nowSeconds);
    this.#appended += length;
    this.#commits.soon();
  }

  /** Series of several partitions in one batch: a pass for each. */
  #appendMixed({ length, ids, seconds, values }: SampleBatch, nowSeconds: number): void {
    const partitions = new Set<Partition>();
    for (let i = 0; i < length; i++) partitions.add(this.#catalog.home(ids[i]!).partition);
    for (const partition of partitions) {
      const staged = this.#staging.begin(length);
      let n = 0;
      for (let i = 0; i < length; i++) {
        if (this.#catalog.home(ids[i]!).partition !== partition) continue;
        staged.ids[n] = ids[i]!;
        staged.seconds[n] = seconds[i]!;
        staged.values[n++] = values[i]!;
      }
      this.#give(partition, n, staged.ids, staged.seconds, staged.values, nowSeconds);
    }
  }

  #give(
    partition: Partition,
    length: number,
    ids: Int32Array,
    seconds: Uint32Array,
    values: Float64Array,
    nowSeconds: number,
  ): void {
    partition.memory.take(length, ids, seconds, values, nowSeconds);
    if (partition.memory.urgent && this.#maintenance === undefined) this.#startMaintenance();
  }

  pendingBytes(): number {
    let bytes = this.#catalog.pendingBytes;
    for (const partition of this.#partitions.values()) bytes += partition.pendingBytes;
    // Windows that can't be written stay in memory: there must be an end to it, though the log goes on.
    if (this.#blocked.has("segments")) bytes += Math.max(0, this.#headBytes() - 2 * this.#options.headBytes);
    return bytes;
  }

  durable(): Promise<void> {
    return this.#commits.durable();
  }

  async #write(sync: boolean): Promise<void> {
    await Promise.all([...this.#partitions.values()].map((partition) => partition.commit(sync)));
  }

  #needsSync(): boolean {
    return this.#catalog.needsSync || [...this.#partitions.values()].some((partition) => partition.needsSync);
  }

  // ---- upkeep -----------------------------------------------------------------------------------------------------

  #scheduleMaintenance(): void {
    this.#maintainTimer?.cancel();
    this.#maintainTimer = this.#world.timers.after(MAINTAIN_MS, () => this.#startMaintenance());
  }

  #startMaintenance(): void {
    if (this.#maintenance !== undefined || this.#closed || !this.#opened) return;
    this.#maintainTimer?.cancel();
    this.#maintenance = this.#maintain().finally(() => {
      this.#maintenance = undefined;
      if (!this.#closed) this.#scheduleMaintenance();
    });
  }

  async #maintain(): Promise<void> {
    try {
      if (this.#rulesChanged) await this.#rehome();
      for (const [name, partition] of this.#partitions) {
        await partition.maintain({
          nowSeconds: this.#nowSeconds(),
          keepSeconds: this.#keepSeconds(name),
          hurry: this.#headBytes() > this.#options.headBytes,
        });
      }
      this.#unblock("segments");
      this.#deleteUnseen();
    } catch (error) {
      this.#block("segments", error);
    }
  }

  /** Deletes series that had no value for longer than any is kept, some at a time. */
  #deleteUnseen(): void {
    const nowMs = this.#world.clock.monotonicMs();
    if (nowMs < this.#nextUnseenMs) return;
    this.#noteLate();
    const { ids, next } = findUnseen(
      {
        catalog: this.#catalog,
        lifetimes: this.#keeper.lifetimes,
        partitions: [...this.#partitions.values()],
        nowSeconds: this.#nowSeconds(),
        leastKeptSeconds: this.#schemas.leastKeptSeconds,
      },
      this.#unseenFrom,
    );
    this.#unseenFrom = next ?? 0;
    this.#nextUnseenMs = next === undefined ? nowMs + UNSEEN_MS : nowMs;
    if (ids.length === 0) return;
    this.#deleted.unseen += this.#catalog.delete(ids);
    for (const { memory } of this.#partitions.values()) memory.freeRows(ids);
    this.#log.info("deleted series that had no value for longer than any is kept", { series: ids.length });
    this.#commits.soon();
  }

  #noteLate(): void {
    for (const partition of this.#partitions.values()) partition.noteLate();
  }

  async #rehome(): Promise<void> {
    const { directory, rules } = this.#options;
    const inUse = new Set(this.#schemas.archiveSets().map((archives) => stepsOf(archives).join("-")));
    const nameOf = new Map([...this.#partitions].map(([name, partition]) => [partition, name]));
    await rehome({
      files: this.#world.files,
      directory,
      rules,
      partitions: this.#partitions,
      homeOf: (id) => (id < this.names.ids ? this.#catalog.home(id).partition : undefined),
      keepSeconds: (partition) => this.#keepSeconds(nameOf.get(partition)!),
      nowSeconds: () => this.#nowSeconds(),
      takeAgain: (id, seconds, value) =>
        this.append({
          length: 1,
          ids: Int32Array.of(id),
          seconds: Uint32Array.of(seconds),
          values: Float64Array.of(value),
        }),
      onMoved: (series, from) =>
        this.#log.info("moved series to where the rules of retention want them", { series, from }),
      onEmpty: async (name, partition) => {
        if (inUse.has(name)) return;
        this.#partitions.delete(name);
        await partition.destroy();
      },
    });
    this.#rulesChanged = false;
  }

  #headBytes(): number {
    let bytes = 0;
    for (const { memory } of this.#partitions.values()) bytes += memory.head.bytes;
    return bytes;
  }

  /** How long each tier of a partition is kept: as long as the rule says that keeps it longest. */
  #keepSeconds(name: string): readonly number[] {
    const keep = name.split("-").map(() => 0);
    for (const archives of this.#schemas.archiveSets()) {
      if (stepsOf(archives).join("-") !== name) continue;
      archives.forEach(({ step, points }, tier) => {
        keep[tier] = Math.max(keep[tier]!, step * points);
      });
    }
    // No rule in force: the data of former archives stays until somebody removes it on purpose.
    return keep.map((seconds) => (seconds === 0 ? Number.POSITIVE_INFINITY : seconds));
  }

  #block(work: BlockedWork, error: unknown): void {
    const text = `cannot write its ${work}: ${errorText(error)}`;
    if (!this.#blocked.has(work)) this.#log.error(`the store ${text}; nothing is lost, it tries again each second`);
    this.#blocked.set(work, text);
    if (errorCode(error) === "unknown") this.#log.limited("error", "store-bug", String((error as Error).stack));
  }

  #unblock(work: BlockedWork): void {
    if (this.#blocked.delete(work)) this.#log.info(`the store can write its ${work} again`);
  }

  #onDamage(what: string): void {
    if (this.#damage.includes(what)) return;
    if (this.#damage.length < DAMAGE_KEPT) this.#damage.push(what);
    this.#log.limited("error", `damage ${what}`, `damaged data was found and left out: ${what}`);
  }

  #drop(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  // ---- reading ----------------------------------------------------------------------------------------------------

  generation(): number {
    return this.#catalog.names.ids + this.#deleted.asked + this.#deleted.unseen;
  }

  find(query: FindQuery): Promise<readonly FoundNode[]> {
    return this.#catalog.find(query, this.#livesIn(query));
  }

  findTagged(query: TagQuery): Promise<readonly FoundSeries[]> {
    return this.#catalog.findTagged(query, this.#livesIn(query));
  }

  tagWords(query: TagWordsQuery): Promise<readonly string[]> {
    return this.#catalog.tagWords(query, this.#livesIn(query));
  }

  #livesIn({ fromSeconds, untilSeconds }: TimeLimit): Lives {
    if (fromSeconds === undefined && untilSeconds === undefined) return undefined;
    this.#noteLate();
    const { lifetimes } = this.#keeper;
    const from = fromSeconds ?? 0;
    const until = untilSeconds ?? Number.POSITIVE_INFINITY;
    return (id) => lifetimes.overlaps(id, from, until) || this.#catalog.home(id).partition.hasInMemory(id, from, until);
  }

  fetch(query: FetchQuery): Promise<readonly FetchedSeries[]> {
    const series = query.series.filter(({ id }) => this.#catalog.has(id)); // some may have been deleted since they were found
    return fetchSeries({ ...query, series }, (id) => this.#catalog.home(id));
  }

  stats(): StoreStats {
    const partitions = [...this.#partitions.values()];
    const levels = partitions.flatMap((partition) => partition.levels);
    return {
      series: this.#catalog.size,
      seriesLimit: this.#options.seriesLimit,
      deletedSeries: { ...this.#deleted },
      diskBytes:
        this.#catalog.diskBytes +
        partitions.reduce((sum, partition) => sum + partition.walBytes, 0) +
        levels.reduce((sum, level) => sum + level.diskBytes, 0),
      segments: levels.reduce((sum, level) => sum + level.segments.length, 0),
      pendingBytes: this.pendingBytes(),
      samples: {
        appended: this.#appended,
        late: partitions.reduce((sum, partition) => sum + partition.memory.counts.late, 0),
        future: partitions.reduce((sum, partition) => sum + partition.memory.counts.future, 0),
        dropped: Object.fromEntries(this.#dropped),
      },
      blocked: this.#blocked.size === 0 ? undefined : [...this.#blocked.values()].join("; "),
      damage: this.#damage,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#maintainTimer?.cancel();
    await this.#maintenance;
    await this.#commits.stop();
    try {
      await this.#catalog.commit();
      await this.#keeper.close();
      for (const partition of this.#partitions.values()) await partition.close();
    } finally {
      await this.#catalog.close();
      await this.#openFiles.close();
      await this.#thread.close();
      const closed = new LockstepError("STORE_CLOSED", "the store was closed before everything was on disk");
      this.#commits.rejectWaiters(closed);
    }
  }

  #nowSeconds(): number {
    return Math.floor(this.#world.clock.wallMs() / 1000);
  }
}

type BlockedWork = "log" | "segments";

function stepsOf(archives: readonly Archive[]): readonly number[] {
  return archives.map((archive) => archive.step);
}
