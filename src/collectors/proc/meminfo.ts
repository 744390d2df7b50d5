/** /proc/meminfo (proc(5)): lines such as `MemTotal:  3983760 kB`. */
import { numberIn, wordsOfLines } from "./table.ts";

export const MEMINFO = "/proc/meminfo";

/** Bytes by the kernel's name, for the lines in kB; the others count pages, not memory. */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const sized = wordsOfLines(text).filter((words) => words[2] === "kB");
  return new Map(sized.map((words) => [words[0]!.replace(/:$/, ""), numberIn(MEMINFO, words, 1) * 1024]));
}
