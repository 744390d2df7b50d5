/** A snapshot → an empty data directory. Every checksum is looked at before the first file is written. */
import { join } from "node:path";
import { z } from "zod";
import { errorCode, LockstepError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { readText } from "../../core/read-file.ts";
import type { Files } from "../../core/world.ts";
import { CopyTarget } from "./copy-target.ts";
import { SNAPSHOT_MANIFEST, type SnapshotReport } from "./snapshot.ts";
import { type SurveyProgress, surveyData } from "./survey.ts";

/** Where files gather in the data directory before they get their places, all at once. */
const DRAFT = "restore.tmp";
const PARTS = ["import.log", "state", "store"];
/** What a data directory may hold and still be empty. */
const LOCK = "lock";
/** Findings that are told. */
const TOLD = 10;

const manifest = z.object({
  version: z.literal(1),
  takenMs: z.number(),
  files: z.array(z.object({ path: z.string().regex(/^[\w./-]+$/), bytes: z.int().nonnegative() })),
});

export type Manifest = z.output<typeof manifest>;

/** @throws LockstepError `SNAPSHOT_INCOMPLETE` when it is none, or has lost a file; `SNAPSHOT_DAMAGED`. */
export async function checkSnapshot(
  files: Files,
  snapshot: string,
  nowSeconds: number,
  onProgress?: SurveyProgress,
): Promise<Manifest> {
  const found = await readManifest(files, snapshot);
  for (const { path, bytes } of found.files) {
    const there = await sizeOf(files, join(snapshot, path));
    if (there === bytes) continue;
    const is = there === undefined ? "is not there" : `has ${there} bytes`;
    throw new LockstepError(
      "SNAPSHOT_INCOMPLETE",
      `cannot use the snapshot ${snapshot}: ${path} ${is}, and had ${bytes}`,
    );
  }
  const { findings } = await surveyData(files, snapshot, nowSeconds, onProgress);
  if (findings.length === 0) return found;
  const told = findings.slice(0, TOLD).map(({ file, what }) => `${file.path}: ${what}`);
  if (findings.length > TOLD) told.push(`and ${findings.length - TOLD} more`);
  throw new LockstepError("SNAPSHOT_DAMAGED", `cannot use the snapshot ${snapshot}:\n  ${told.join("\n  ")}`);
}

async function readManifest(files: Files, snapshot: string): Promise<Manifest> {
  const path = join(snapshot, SNAPSHOT_MANIFEST);
  try {
    const parsed = manifest.safeParse(JSON.parse(await readText(files, path, LIMITS.nameListBytes)));
    if (parsed.success && !parsed.data.files.some((file) => file.path.split("/").includes(".."))) return parsed.data;
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && !(error instanceof SyntaxError)) throw error;
  }
  throw new LockstepError(
    "SNAPSHOT_INCOMPLETE",
    `cannot use ${snapshot}: its ${SNAPSHOT_MANIFEST} is missing or no list of files; it is no snapshot, or one that was not finished`,
  );
}

async function sizeOf(files: Files, path: string): Promise<number | undefined> {
  try {
    return (await files.stat(path)).bytes;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The caller has checked the snapshot, and holds the lock of the data directory.
 * @throws LockstepError `RESTORE_TARGET` when there is something in it.
 */
export async function restoreSnapshot(
  files: Files,
  snapshot: string,
  { files: list }: Manifest,
  directory: string,
  onProgress: (done: number, total: number) => void,
): Promise<SnapshotReport> {
  const [first] = (await files.list(directory)).filter((name) => name !== LOCK);
  if (first !== undefined) {
    throw new LockstepError(
      "RESTORE_TARGET",
      `cannot restore into ${directory}: it is not empty (${JSON.stringify(first)}); move it away, or name another directory`,
    );
  }
  const draft = join(directory, DRAFT);
  const target = await CopyTarget.create(files, draft);
  let done = 0;
  for (const { path, bytes } of list) {
    const from = join(snapshot, path);
    if (path.endsWith(".seg")) await target.link(from, path, bytes);
    else await target.copy(from, path, bytes);
    onProgress(++done, list.length);
  }
  await target.sync();
  for (const part of PARTS) {
    if (list.some(({ path }) => path === part || path.startsWith(`${part}/`))) {
      await files.rename(join(draft, part), join(directory, part));
    }
  }
  await files.removeDirectory(draft);
  await files.syncDirectory(directory);
  return target.report();
}
