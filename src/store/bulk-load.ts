/**
 * Loads the history of many series into a store that nobody has open, tier by tier.
 *
 *     add(name, archives) … ─► columns in memory ─► flush(): names.log, then an overlay segment for each tier
 *
 * Through the front door, a point of the past goes to the tier that its age leads to. Here each tier gets what another
 * store kept for it, value for value, without a log: a flush that is interrupted is done again, and gives the same.
 */
import { basename, join } from "node:path";
import { errorCode, LockstepError } from "../core/errors.ts";
import { NameTable } from "../core/name-table.ts";
import type { SeriesId } from "../core/series-store.ts";
import type { Files, World } from "../core/world.ts";
import { columnBlock } from "./column-block.ts";
import {
  alignDown,
  endOfPiece,
  fillFromPiece,
  fitsExactly,
  type HistoryArchive,
  holeOf,
  placeHistory,
  type TierPiece,
  withoutHole,
} from "./history.ts";
import { LIFETIMES_FILE, Lifetimes } from "./lifetimes.ts";
import { WINDOW_SLOTS } from "./memory.ts";
import { NamesLog } from "./names-log.ts";
import {
  parseSegmentName,
  partitionDirectories,
  readWal,
  segmentName,
  stepsOfDirectory,
  walNumber,
} from "./offline-partition.ts";
import { OpenFiles } from "./open-files.ts";
import { summaryWindowSlots } from "./partition.ts";
import { noteRules } from "./rehome.ts";
import { type Archive, SchemaTable, type SeriesSchema, type StorageRules } from "./schemas.ts";
import { Segment } from "./segment.ts";
import { RAW_COLUMNS, SUMMARY_COLUMNS } from "./segment-format.ts";
import { SegmentWriter } from "./segment-writer.ts";

export interface BulkLoadOptions {
  /** Of the store. */
  readonly directory: string;
  readonly rules: StorageRules;
  readonly seriesLimit: number;
}

/** What became of one series. */
export interface Loaded {
  readonly schema: SeriesSchema;
  /** Whether our tiers hold everything as it was. */
  readonly exact: boolean;
}

interface LoadEntry {
  readonly id: SeriesId;
  readonly summed: boolean;
  /** Where two have a value for the same slot, the later one is right. */
  readonly pieces: readonly TierPiece[];
}

interface LoadPartition {
  readonly directory: string;
  readonly steps: readonly number[];
  /** By tier, then by series. */
  readonly entries: readonly Map<SeriesId, LoadEntry>[];
  /** Where the segments of closed windows end, by tier; 0 for none. */
  readonly summarisedUntil: number[];
  sequence: number;
}

export class BulkLoader {
  readonly #world: Pick<World, "files" | "clock">;
  readonly #options: BulkLoadOptions;
  readonly #schemas: SchemaTable;
  readonly #names: NameTable;
  #namesLog!: NamesLog;
  readonly #partitions = new Map<string, LoadPartition>();
  #pendingSlots = 0;
  /** When series lived; absent when nobody knows it of those that are there already. */
  #lifetimes: Lifetimes | undefined = new Lifetimes();

  private constructor(world: Pick<World, "files" | "clock" | "random">, options: BulkLoadOptions) {
    this.#world = world;
    this.#options = options;
    this.#schemas = new SchemaTable(options.rules);
    this.#names = new NameTable(new DataView(world.random.bytes(4).buffer).getInt32(0));
  }

  /** Nobody else may have the store open: the caller holds its lock. */
  static async open(world: Pick<World, "files" | "clock" | "random">, options: BulkLoadOptions): Promise<BulkLoader> {
    const loader = new BulkLoader(world, options);
    await loader.#open();
    return loader;
  }

  async #open(): Promise<void> {
    const { files } = this.#world;
    const { directory } = this.#options;
    await files.makeDirectory(directory);
    const { names } = await NamesLog.open(files, join(directory, "names.log"), {
      onSize: () => undefined,
      onName: (id, bytes, from, length) => {
        if (id < this.#names.ids) return; // named already: a record that stands there twice
        this.#skipNamesTo(id);
        this.#names.addSeriesBytes(bytes, from, length);
      },
      onDeleted: (ids) => this.#names.removeSeries(ids),
    });
    this.#namesLog = names;
    // Everything that comes into an empty store goes to where these rules want it.
    if (names.next === 0) await noteRules(files, directory, this.#options.rules);
    const unknown = await this.#lifetimes!.load(files, join(directory, LIFETIMES_FILE));
    if (unknown !== undefined && names.next > 0) this.#lifetimes = undefined;
    let unnamed = names.next;
    for (const path of await partitionDirectories(files, directory)) {
      unnamed = Math.max(unnamed, (await this.#scanPartition(path)) + 1);
    }
    if (unnamed > this.#names.ids) {
      // Samples that have lost their names keep their ids.
      this.#skipNamesTo(unnamed);
      this.#namesLog.skipTo(unnamed);
    }
  }

  #skipNamesTo(id: SeriesId): void {
    while (this.#names.ids < id) this.#names.addSeries(`lockstep.lost.${this.#names.ids}`);
  }

  /** Notes how far a partition has got; returns the highest series id in it. */
  async #scanPartition(path: string): Promise<SeriesId> {
    const { files } = this.#world;
    const steps = stepsOfDirectory(basename(path))!;
    const partition = newPartition(path, steps);
    let highestId = -1;
    const openFiles = new OpenFiles(files);
    for (const name of await files.list(path)) {
      if (walNumber(name) !== undefined) highestId = Math.max(highestId, await highestIdOfWal(files, join(path, name)));
      const parsed = parseSegmentName(name);
      if (parsed === undefined) continue;
      const { header, highestId: highest, endSeconds } = await openSound(files, openFiles, join(path, name));
      partition.sequence = Math.max(partition.sequence, parsed.sequence, header.sequence);
      highestId = Math.max(highestId, highest);
      const { tier } = parsed;
      if (!header.overlay && tier < steps.length) {
        partition.summarisedUntil[tier] = Math.max(partition.summarisedUntil[tier]!, endSeconds);
      }
    }
    this.#partitions.set(steps.join("-"), partition);
    return highestId;
  }

  /** Slots that wait in memory for `flush`. */
  get pendingSlots(): number {
    return this.#pendingSlots;
  }

  /**
   * Takes the history of a series. `theirs` says how much its archives could hold; `archives` come in the same order,
   * finest first.
   * @throws LockstepError `STORE_SERIES_LIMIT`.
   */
  add(name: string, archives: readonly HistoryArchive[], theirs: readonly Archive[]): Loaded {
    const id = this.#resolve(name);
    const schema = this.#schemas.of(name);
    const partition = this.#partitionOf(schema);
    const nowSeconds = Math.floor(this.#world.clock.wallMs() / 1000);
    schema.archives.forEach(({ step, points }, tier) => {
      const fromSeconds = alignDown(nowSeconds - step * points, step) + step;
      const history = placeHistory(archives, { tier, stepSeconds: step, fromSeconds, schema });
      const coarser = schema.archives[tier + 1];
      const pieces =
        coarser === undefined
          ? history.pieces
          : withoutHole(
              history.pieces,
              step,
              holeOf(history, openFrom(partition, tier + 1, nowSeconds), coarser.step, schema),
            );
      if (pieces.length === 0) return;
      const before = partition.entries[tier]!.get(id)?.pieces ?? [];
      partition.entries[tier]!.set(id, { id, summed: schema.method === "sum", pieces: [...before, ...pieces] });
      for (const piece of pieces) this.#pendingSlots += (endOfPiece(piece, step) - piece.startSeconds) / step;
    });
    return { schema, exact: fitsExactly(theirs, schema.archives) };
  }

  #resolve(name: string): SeriesId {
    const known = this.#names.idOfName(name);
    if (known >= 0) return known;
    const { seriesLimit } = this.#options;
    if (this.#names.ids >= seriesLimit) {
      throw new LockstepError(
        "STORE_SERIES_LIMIT",
        `cannot take "${name}": the store has its limit of ${seriesLimit} series (store.seriesLimit)`,
      );
    }
    const id = this.#names.addSeries(name);
    this.#namesLog.add(this.#names.bytesOf(id));
    return id;
  }

  #partitionOf({ archives }: SeriesSchema): LoadPartition {
    const steps = archives.map(({ step }) => step);
    const name = steps.join("-");
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const partition = newPartition(join(this.#options.directory, name), steps);
    this.#partitions.set(name, partition);
    return partition;
  }

  /** Writes what waits; when it returns, all of it is on the disk. Returns the values that were written. */
  async flush(): Promise<number> {
    await this.#namesLog.commit(); // before the samples that use the names
    await this.#saveLifetimes(); // before them, too: a search may find too much, never too little
    let values = 0;
    for (const partition of this.#partitions.values()) {
      if (partition.entries.every(({ size }) => size === 0)) continue;
      await this.#world.files.makeDirectory(partition.directory);
      for (let tier = 0; tier < partition.steps.length; tier++) values += await this.#writeTier(partition, tier);
      await this.#world.files.syncDirectory(partition.directory);
    }
    await this.#world.files.syncDirectory(this.#options.directory);
    this.#pendingSlots = 0;
    return values;
  }

  async #saveLifetimes(): Promise<void> {
    const lifetimes = this.#lifetimes;
    if (lifetimes === undefined) return;
    const { files, clock } = this.#world;
    for (const { steps, entries } of this.#partitions.values()) {
      for (const [tier, byId] of entries.entries()) {
        for (const { id, pieces } of byId.values()) {
          const [start, end] = spanOf(pieces, steps[tier]!);
          lifetimes.extend(id, start, end - 1);
        }
      }
    }
    lifetimes.madeUpTo(this.#names.ids, Math.floor(clock.wallMs() / 1000));
    const { directory } = this.#options;
    await lifetimes.save(files, directory, join(directory, LIFETIMES_FILE));
  }

  async #writeTier(partition: LoadPartition, tier: number): Promise<number> {
    const entries = [...partition.entries[tier]!.values()].sort((a, b) => a.id - b.id);
    partition.entries[tier]!.clear();
    if (entries.length === 0) return 0;
    const stepSeconds = partition.steps[tier]!;
    const columns = tier === 0 ? RAW_COLUMNS : SUMMARY_COLUMNS;
    const windowSlots = windowSlotsOf(stepSeconds, tier);
    const sequence = ++partition.sequence;
    const path = join(partition.directory, segmentName({ tier, stepSeconds, startSeconds: 0, sequence }));
    const header = {
      columns,
      stepSeconds,
      windowSlots,
      sequence,
      overlay: true,
      merged: false,
      walThrough: 0,
    } as const;
    const writer = new SegmentWriter(this.#world.files, path, header);
    const [start, end] = spanOf(
      entries.flatMap(({ pieces }) => pieces),
      stepSeconds,
    );
    const span = windowSlots * stepSeconds;
    const room = columnBlock(1, windowSlots, stepSeconds, 0, columns);
    let values = 0;
    for (let window = alignDown(start, span); window < end; window += span) {
      for (const { id, summed, pieces } of entries) {
        const block = { ...room, startSeconds: window };
        for (const column of room.columns) column.fill(Number.NaN);
        for (const piece of pieces) fillFromPiece(piece, block, summed, stepSeconds / partition.steps[0]!);
        values += knownIn(block.columns[0]!);
        writer.add(window, id, block.columns, 0);
        if (writer.full) await writer.write();
      }
    }
    await writer.finish();
    return values;
  }

  close(): Promise<void> {
    return this.#namesLog.close();
  }
}

/** What a damaged segment holds is not known: nothing is laid over it before somebody has looked. */
async function openSound(files: Files, openFiles: OpenFiles, path: string): Promise<Segment> {
  try {
    return await Segment.open(files, openFiles, path);
  } catch (cause) {
    const code = errorCode(cause);
    if (code !== "SEGMENT_DAMAGED" && code !== "SEGMENT_VERSION") throw cause;
    throw new LockstepError(code, `cannot load into the store: ${path} is damaged (lockstep store repair)`, { cause });
  }
}

function newPartition(directory: string, steps: readonly number[]): LoadPartition {
  return { directory, steps, entries: steps.map(() => new Map()), summarisedUntil: steps.map(() => 0), sequence: 0 };
}

function windowSlotsOf(stepSeconds: number, tier: number): number {
  return tier === 0 ? WINDOW_SLOTS : summaryWindowSlots(stepSeconds);
}

/** From when on the store will summarise a tier when it is opened: where its segments end, or its present window. */
function openFrom({ steps, summarisedUntil }: LoadPartition, tier: number, nowSeconds: number): number {
  const stepSeconds = steps[tier]!;
  return summarisedUntil[tier]! || alignDown(nowSeconds, windowSlotsOf(stepSeconds, tier) * stepSeconds);
}

function spanOf(pieces: readonly TierPiece[], stepSeconds: number): readonly [number, number] {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const piece of pieces) {
    start = Math.min(start, piece.startSeconds);
    end = Math.max(end, endOfPiece(piece, stepSeconds));
  }
  return [start, end];
}

function knownIn(values: Float64Array): number {
  let known = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) known++;
  return known;
}

async function highestIdOfWal(files: Files, path: string): Promise<SeriesId> {
  let highest = -1;
  await readWal(files, path, {
    onHorizon: () => undefined,
    onPoints: (count, ids) => {
      for (let i = 0; i < count; i++) if (ids[i]! > highest) highest = ids[i]!;
    },
  });
  return highest;
}
