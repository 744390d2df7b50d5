/**
 * The series that there are: their names on disk and in memory, how each is kept, and where it is found.
 *
 * What is looked for by name alone (the tree and the tags) is made behind the others after a start: samples can be
 * taken a second before a million names can be searched. A search waits for it.
 */
import { errorText, LockstepError } from "../core/errors.ts";
import { NameTable } from "../core/name-table.ts";
import { Serial } from "../core/serial.ts";
import type {
  FindQuery,
  FoundNode,
  FoundSeries,
  SeriesId,
  TagExpression,
  TagQuery,
  TagWordsQuery,
} from "../core/series-store.ts";
import type { World } from "../core/world.ts";
import type { SeriesHome } from "./fetch.ts";
import { NameTree } from "./name-tree.ts";
import { NamesLog } from "./names-log.ts";
import type { Partition } from "./partition.ts";
import type { SchemaTable } from "./schemas.ts";
import { TagIndex } from "./tag-index.ts";

/** Names that are made findable at a time: some milliseconds. */
const NAMES_AT_ONCE = 8192;
/** Of a series of which nobody has asked yet how it is kept. */
const UNKNOWN = 0xffff;
const SEMICOLON = 59;
/** Every tagged series has a name. */
const ANY_TAGGED: TagExpression = { key: "name", operator: "!=", value: "" };

/** Whether a series had a value in the range of time of a search; undefined when it has none. */
export type Lives = ((id: SeriesId) => boolean) | undefined;

export interface CatalogOptions {
  readonly world: World;
  readonly path: string;
  readonly schemas: SchemaTable;
  readonly seriesLimit: number;
  readonly partitionOf: (steps: readonly number[]) => Partition;
  readonly onDamage: (what: string) => void;
}

export class Catalog {
  readonly names: NameTable;
  readonly #options: CatalogOptions;
  readonly #tree = new NameTree();
  readonly #tags = new TagIndex();
  /** Where a series can live, and how it is kept. */
  readonly #homes: SeriesHome[] = [];
  /** By series id: its place in `homes`. */
  #homeOf = new Uint16Array(1024).fill(UNKNOWN);
  /** Ids whose names are lost, or that were deleted: they are not found. */
  readonly #gone = new Set<SeriesId>();
  /** Series up to this id can be found. */
  #findable = 0;
  #indexing: Promise<void> | undefined;
  #log!: NamesLog;
  readonly #serial = new Serial();
  #closed = false;

  private constructor(options: CatalogOptions) {
    this.#options = options;
    this.names = new NameTable(new DataView(options.world.random.bytes(4).buffer).getInt32(0));
  }

  /** Reads the list of names, or begins one. */
  static async open(options: CatalogOptions): Promise<Catalog> {
    const catalog = new Catalog(options);
    const { path, world, onDamage } = options;
    const { names, damage } = await NamesLog.open(world.files, path, {
      onSize: (bytes) => catalog.names.reserve(Math.min(options.seriesLimit, bytes >> 5)),
      onName: (id, bytes, from, length) => {
        if (id < catalog.names.ids) return; // a record that stands there twice must not move those behind it
        catalog.#skipTo(id);
        catalog.#noHome(catalog.names.addSeriesBytes(bytes, from, length));
      },
      onDeleted: (ids) => catalog.#forget(ids),
    });
    catalog.#log = names;
    if (damage.skippedRecords > 0) onDamage(`${path}: ${damage.skippedRecords} damaged record(s) skipped`);
    return catalog;
  }

  /** Everything on disk has been read, and mentions ids up to this one. Ids without a name are never given to another. */
  complete(highestId: number): void {
    const next = Math.max(highestId + 1, this.#log.next);
    if (next > this.names.ids) {
      this.#options.onDamage(`names.log: the names of ${next - this.names.ids} series are lost`);
      this.#skipTo(next);
      this.#log.skipTo(next);
    }
    this.#tree.reserve(this.names.ids);
    if (this.#findable < this.names.ids) void this.#index();
  }

  #skipTo(id: SeriesId): void {
    while (this.names.ids < id) {
      const lost = this.names.addSeries(`lockstep.lost.${this.names.ids}`);
      this.#gone.add(lost);
      this.#noHome(lost);
    }
  }

  // ---- names ------------------------------------------------------------------------------------------------------

  /** @throws LockstepError `STORE_SERIES_LIMIT`. */
  resolve(name: string): SeriesId {
    const known = this.names.idOfName(name);
    if (known >= 0) return known;
    const { seriesLimit } = this.#options;
    if (this.size >= seriesLimit) {
      throw new LockstepError(
        "STORE_SERIES_LIMIT",
        `cannot take "${name}": the store has its limit of ${seriesLimit} series (store.series_limit)`,
      );
    }
    const id = this.names.addSeries(name);
    this.#noHome(id);
    this.#log.add(this.names.bytesOf(id));
    if (this.#findable === id) this.#makeFindable();
    return id;
  }

  /** How many series there are. */
  get size(): number {
    return this.names.ids - this.#gone.size;
  }

  /** Whether an id is that of a series that is there. */
  has(id: SeriesId): boolean {
    return id >= 0 && id < this.names.ids && !this.#gone.has(id);
  }

  /** Durable with the next commit. Ids that are none, or gone already, change nothing. Returns how many series went. */
  delete(ids: readonly SeriesId[]): number {
    const present = [...new Set(ids)].filter((id) => this.has(id));
    if (present.length === 0) return 0;
    this.#log.delete(present);
    const tagged: FoundSeries[] = [];
    const plain: Uint8Array[] = [];
    for (const id of present) {
      if (id >= this.#findable) continue;
      const name = this.names.bytesOf(id);
      if (name.includes(SEMICOLON)) tagged.push({ path: this.names.nameOf(id), id });
      else plain.push(name);
    }
    this.#tags.remove(tagged);
    this.#tree.remove(plain);
    this.#forget(present);
    return present.length;
  }

  #forget(ids: readonly SeriesId[]): void {
    this.names.removeSeries(ids);
    for (const id of ids) this.#gone.add(id);
  }

  get pendingBytes(): number {
    return this.#log.pendingBytes;
  }
  get diskBytes(): number {
    return this.#log.diskBytes;
  }
  get needsSync(): boolean {
    return this.#log.needsSync;
  }

  /** Writes and syncs what is new. */
  commit(): Promise<void> {
    return this.#serial.run(() => this.#log.commit());
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#log.close();
  }

  // ---- how a series is kept ---------------------------------------------------------------------------------------

  home(id: SeriesId): SeriesHome {
    return this.#homes[this.homeNumber(id)]!;
  }

  /** Equal for series that are kept alike. */
  homeNumber(id: SeriesId): number {
    const known = this.#homeOf[id]!;
    return known === UNKNOWN ? this.#chooseHome(id) : known;
  }

  #chooseHome(id: SeriesId): number {
    const { schemas, partitionOf } = this.#options;
    const schema = schemas.of(this.names.nameOf(id));
    let home = this.#homes.findIndex((one) => one.schema === schema);
    if (home < 0) {
      const partition = partitionOf(schema.archives.map((archive) => archive.step));
      home = this.#homes.push({ schema, partition }) - 1;
    }
    this.#homeOf[id] = home;
    return home;
  }

  #noHome(id: SeriesId): void {
    if (id < this.#homeOf.length) return;
    const homeOf = new Uint16Array(this.#homeOf.length * 2).fill(UNKNOWN, this.#homeOf.length);
    homeOf.set(this.#homeOf);
    this.#homeOf = homeOf;
  }

  // ---- finding ----------------------------------------------------------------------------------------------------

  /** @throws LockstepError `STORE_FIND_LIMIT`. */
  async find(query: FindQuery, lives: Lives): Promise<readonly FoundNode[]> {
    await this.#index();
    return this.#tree.find(query.pattern, query.limit, lives);
  }

  /** @throws LockstepError `STORE_FIND_LIMIT`, `STORE_TAG_QUERY`. */
  async findTagged(query: TagQuery, lives: Lives): Promise<readonly FoundSeries[]> {
    await this.#index();
    const selected = this.#tags.find(query.expressions);
    const ids = lives === undefined ? selected : selected.filter(lives);
    if (ids.length > query.limit) {
      throw new LockstepError(
        "STORE_FIND_LIMIT",
        `the tags select more than ${query.limit} series; make them narrower`,
      );
    }
    return Array.from(ids, (id) => ({ id, path: this.names.nameOf(id) }));
  }

  /** @throws LockstepError `STORE_TAG_QUERY`. */
  async tagWords({ key, prefix, expressions }: TagWordsQuery, lives: Lives): Promise<readonly string[]> {
    await this.#index();
    const all = expressions.length === 0;
    const selected = all && lives === undefined ? undefined : this.#tags.find(all ? [ANY_TAGGED] : expressions);
    const among = lives === undefined ? selected : selected?.filter(lives);
    const wanted = (word: string): boolean => word.startsWith(prefix);
    return key === undefined ? this.#tags.keys(among, wanted) : this.#tags.values(key, among, wanted);
  }

  /** Makes all names findable, some at a time. */
  async #index(): Promise<void> {
    if (this.#findable === this.names.ids) return;
    this.#indexing ??= this.#indexSlices().finally(() => {
      this.#indexing = undefined;
    });
    await this.#indexing;
  }

  async #indexSlices(): Promise<void> {
    while (this.#findable < this.names.ids && !this.#closed) {
      const end = Math.min(this.names.ids, this.#findable + NAMES_AT_ONCE);
      while (this.#findable < end) this.#makeFindable();
      await new Promise<void>((resolve) => this.#options.world.timers.after(0, resolve));
    }
  }

  #makeFindable(): void {
    const id = this.#findable++;
    if (this.#gone.has(id)) return;
    const name = this.names.bytesOf(id);
    if (!name.includes(SEMICOLON)) {
      this.#tree.add(name, id);
      return;
    }
    try {
      this.#tags.add(this.names.nameOf(id), id);
    } catch (error) {
      // Such a name is not admitted now; an earlier version may have taken it.
      this.#options.onDamage(`the tags of series ${id} can't be read: ${errorText(error)}`);
    }
  }
}
