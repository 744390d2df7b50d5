/** Random series of all sorts: steps, gaps, counters, nothing at all; the same names every time. */
import type { MemoryArchive, MemorySeries } from "./memory-reader.ts";
import { NOON_SECONDS } from "./query-environment.ts";
import type { SeededRandom } from "./random.ts";

const NAMES = [
  "a.b",
  "a.c",
  "a.d",
  "a.c.x",
  "a.c.y",
  "a.d.x",
  "b.x",
  "b.y",
  "b.b",
  "n.o.p.q",
  "n.o.r",
  "cpu;dc=a;host=h1",
  "cpu;dc=a;host=h2",
  "cpu;dc=b;host=h1",
  "mem;host=h3",
];
const SPAN_SECONDS = 6 * 3_600;

export function randomSeries(random: SeededRandom): MemorySeries[] {
  return NAMES.map((name) => {
    const step = random.pick([60, 60, 60, 60, 10, 300, 120, 40]);
    if (random.chance(0.7)) return { name, archives: [randomArchive(random, step, 2 * 86_400)] };
    const fine = randomArchive(random, step, 3 * 3_600);
    return { name, archives: [fine, randomArchive(random, step * 5, 2 * 86_400)] };
  });
}

/** Only what the archive keeps: its ring has no room for more. */
function randomArchive(random: SeededRandom, stepSeconds: number, retentionSeconds: number): MemoryArchive {
  const points = Math.floor(Math.min(SPAN_SECONDS, retentionSeconds) / stepSeconds);
  const gaps = random.pick([0, 0, 0.1, 0.5, 0.95, 1]);
  const next = randomShape(random);
  return {
    stepSeconds,
    retentionSeconds,
    startSeconds: NOON_SECONDS - (NOON_SECONDS % stepSeconds) - (points - 1) * stepSeconds,
    values: Array.from({ length: points }, () => (random.chance(gaps) ? Number.NaN : next())),
  };
}

function randomShape(random: SeededRandom): () => number {
  const scale = random.pick([1, 10, 1000, 1e-4, 1e9]);
  let counter = 0;
  switch (random.pick(["integers", "noise", "counter", "constant", "signed"])) {
    case "integers":
      return () => random.between(0, 20);
    case "noise":
      return () => random.next() * scale;
    case "counter":
      return () => {
        counter = random.chance(0.05) ? 0 : counter + random.between(0, 9);
        return counter;
      };
    case "constant": {
      const value = random.pick([0, 1, -3.5, 7]);
      return () => value;
    }
    default:
      return () => (random.next() - 0.5) * scale;
  }
}
