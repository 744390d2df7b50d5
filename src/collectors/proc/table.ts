/** What the files under /proc have in common: lines of words, of which most are numbers. */
import { LockstepError } from "../../core/errors.ts";

/** The lines that are not empty, as words. */
export function wordsOfLines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[0] !== "");
}

/** @throws LockstepError `HOST_PROC_FORMAT` when the word is no number, or is missing. */
export function numberIn(file: string, words: readonly string[], at: number): number {
  const word = words[at];
  const value = word === undefined || word === "" ? Number.NaN : Number(word);
  if (Number.isFinite(value)) return value;
  const line = words.join(" ").slice(0, 100);
  throw new LockstepError("HOST_PROC_FORMAT", `cannot read ${file}: word ${at + 1} of "${line}" is no number`);
}
