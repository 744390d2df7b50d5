/** /proc/loadavg (proc(5)): `0.20 0.18 0.12 1/80 11206`. */
import { numberIn, wordsOfLines } from "./table.ts";

export const LOADAVG = "/proc/loadavg";

export function parseLoadavg(text: string) {
  const words = wordsOfLines(text)[0] ?? [];
  return {
    "1min": numberIn(LOADAVG, words, 0),
    "5min": numberIn(LOADAVG, words, 1),
    "15min": numberIn(LOADAVG, words, 2),
  };
}
