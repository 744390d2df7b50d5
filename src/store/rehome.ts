/**
 * When the rules of retention have changed, series live in another partition than before: what they had is moved there.
 *
 * A file says under which rules everything was where it belongs. It is written when a move is complete; a move that was
 * cut short is done again, and changes nothing that it has done before.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { errorCode } from "../core/errors.ts";
import { readText } from "../core/read-file.ts";
import type { Files } from "../core/world.ts";
import type { Partition } from "./partition.ts";
import type { StorageRules } from "./schemas.ts";
import { DEFAULT_ARCHIVES } from "./schemas.ts";

const FILE = "rules.sha256";
/** Series that are moved at a time. */
const SERIES_AT_ONCE = 20_000;

export interface Rehoming {
  readonly files: Files;
  readonly directory: string;
  readonly rules: StorageRules;
  readonly partitions: ReadonlyMap<string, Partition>;
  readonly homeOf: (id: number) => Partition | undefined;
  readonly keepSeconds: (partition: Partition) => readonly number[];
  readonly nowSeconds: () => number;
  /** A point that waits for its time goes to where its series lives now. */
  readonly takeAgain: (id: number, seconds: number, value: number) => void;
  /** No series lives here any more. */
  readonly onEmpty: (name: string, partition: Partition) => Promise<void>;
  readonly onMoved: (series: number, from: string) => void;
}

/** Whether the rules are not those under which everything was last where it belongs. */
export async function rulesChanged(files: Files, directory: string, rules: StorageRules): Promise<boolean> {
  return (await recorded(files, directory)) !== fingerprint(rules);
}

/** Says that everything is where it belongs. */
export function noteRules(files: Files, directory: string, rules: StorageRules): Promise<void> {
  return record(files, directory, fingerprint(rules));
}

/** Moves everything to where it belongs. Not while a partition is maintained. */
export async function rehome(work: Rehoming): Promise<void> {
  for (const [name, partition] of [...work.partitions]) {
    await partition.flush(work.nowSeconds());
    const strangers = (await partition.idsOnDisk()).filter((id) => isStranger(work, id, partition));
    const homes = new Set(Array.from(strangers, (id) => work.homeOf(id)!));
    for (const home of homes) {
      const ids = strangers.filter((id) => work.homeOf(id) === home);
      for (let i = 0; i < ids.length; i += SERIES_AT_ONCE) {
        await home.moveIn(ids.slice(i, i + SERIES_AT_ONCE), partition.tiers, work.keepSeconds(home));
      }
    }
    const { future } = partition.memory;
    for (let i = 0; i < future.length; i++) {
      if (isStranger(work, future.ids[i]!, partition)) {
        work.takeAgain(future.ids[i]!, future.seconds[i]!, future.values[i]!);
      }
    }
    if (strangers.length > 0) {
      await partition.moveOut(strangers);
      work.onMoved(strangers.length, name);
    }
    await work.onEmpty(name, partition);
  }
  await noteRules(work.files, work.directory, work.rules);
}

function isStranger(work: Rehoming, id: number, partition: Partition): boolean {
  const home = work.homeOf(id);
  return home !== undefined && home !== partition;
}

function fingerprint({ schemas }: StorageRules): string {
  const said = schemas.map(({ pattern, archives }) => [pattern.source, archives]);
  return createHash("sha256")
    .update(JSON.stringify([said, DEFAULT_ARCHIVES]))
    .digest("hex");
}

async function recorded(files: Files, directory: string): Promise<string | undefined> {
  try {
    return await readText(files, join(directory, FILE), 1024);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function record(files: Files, directory: string, text: string): Promise<void> {
  const path = join(directory, FILE);
  const handle = await files.open(`${path}.tmp`, "write");
  try {
    await handle.write(new TextEncoder().encode(text), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await files.rename(`${path}.tmp`, path);
  await files.syncDirectory(directory);
}
