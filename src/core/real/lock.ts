/**
 * A lock is a file that names its process. Node has no flock(2); a file outlives its process, so whoever finds one looks
 * whether that process still lives: by its number, and on Linux by when it started, since numbers are given out again.
 */
import { createHash } from "node:crypto";
import { link, readFile, unlink, writeFile } from "node:fs/promises";
import { errorCode } from "../errors.ts";
import type { FileLock } from "../world.ts";

const TRIES = 10;
let drafts = 0;

export async function lockFile(path: string): Promise<FileLock> {
  const mine = await describe(process.pid);
  const draft = `${path}.${process.pid}-${++drafts}`;
  try {
    await writeFile(draft, mine);
    for (let tries = 0; tries < TRIES; tries++) {
      if (await linked(draft, path)) return { release: () => unlink(path) };
      await removeIfDead(path, draft);
    }
    throw locked(path, "others who want it too");
  } finally {
    await removeDraft(draft);
  }
}

/** Where nothing can be made, it is not there; on a full disk it is, and empty. */
async function removeDraft(draft: string): Promise<void> {
  try {
    await unlink(draft);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** `link` is what makes it exclusive: it never replaces. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Several may find the same dead process' lock; only who has claimed that very holder removes it, so nobody removes
 * what another has put there since.
 *
 * @throws an error with the code `ELOCKED` when the holder lives.
 */
async function removeIfDead(path: string, draft: string): Promise<void> {
  const holder = await textOf(path);
  if (holder === undefined) return; // released just now
  if (await lives(holder)) throw locked(path, `process ${Number.parseInt(holder, 10)}`);
  const claim = `${path}.${createHash("sha256").update(holder).digest("hex").slice(0, 16)}`;
  if (!(await linked(draft, claim))) {
    const claimant = await textOf(claim);
    if (claimant !== undefined && !(await lives(claimant))) await unlink(claim); // it died just at that
    return;
  }
  try {
    if ((await textOf(path)) === holder) await unlink(path);
  } finally {
    await unlink(claim);
  }
}

async function lives(holder: string): Promise<boolean> {
  const pid = Number.parseInt(holder, 10);
  return Number.isInteger(pid) && (await describe(pid)) === holder;
}

/** `1234 5678 0f3a…`: number, start and boot of a living process; of a dead one nothing that was ever written. */
async function describe(pid: number): Promise<string> {
  if (!isAlive(pid)) return "";
  const stat = await textOf(`/proc/${pid}/stat`);
  const boot = await textOf("/proc/sys/kernel/random/boot_id");
  // The name of the program stands in brackets, and may have blanks; the start is the 20th field after it.
  const start = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return `${pid} ${start ?? "?"} ${boot?.trim() ?? "?"}\n`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function locked(path: string, holder: string): Error {
  return Object.assign(new Error(`${path} is held by ${holder}`), { code: "ELOCKED" });
}
