/** Files under /proc that hold one line of numbers (proc(5)). */
import { numberIn, wordsOfLines } from "./table.ts";

export const UPTIME = "/proc/uptime";
export const FILE_NR = "/proc/sys/fs/file-nr";

/** Seconds since the machine started, time in suspension included. */
export function parseUptime(text: string): number {
  return numberIn(UPTIME, wordsOfLines(text)[0] ?? [], 0);
}

/** File handles in use by the whole machine, and how many it may have. */
export function parseFileNr(text: string): { readonly open: number; readonly limit: number } {
  const words = wordsOfLines(text)[0] ?? [];
  return { open: numberIn(FILE_NR, words, 0) - numberIn(FILE_NR, words, 1), limit: numberIn(FILE_NR, words, 2) };
}
