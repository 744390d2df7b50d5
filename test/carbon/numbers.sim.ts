/** The line parser's numbers against Number(): the same double, whatever the digits and wherever the stream is cut. */
import { LineParser } from "#src/carbon/line.ts";
import { NameTable } from "#src/core/name-table.ts";
import type { Scenario } from "../sim/scenario.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

const NUMBERS = 2_200_000;
const PER_FEED = 20_000;
const encoder = new TextEncoder();

export function randomNumber(random: SeededRandom): string {
  const digits = (count: number): string => Array.from({ length: count }, () => random.below(10)).join("");
  const sign = random.pick(["", "", "-", "+"]);
  switch (random.below(8)) {
    case 0:
      return sign + digits(1 + random.below(20));
    case 1:
      return `${sign}${digits(1 + random.below(12))}.${digits(1 + random.below(12))}`;
    case 2:
      return `${sign}.${digits(1 + random.below(20))}`;
    case 3:
      return `${sign}${digits(1 + random.below(5))}e${random.pick(["", "-", "+"])}${random.below(330)}`;
    case 4:
      return String((random.next() - 0.5) * 10 ** random.below(20));
    case 5:
      return `${sign}${digits(1 + random.below(3))}.`;
    case 6:
      return String(anyDouble(random));
    default:
      return `${sign}${digits(14 + random.below(4))}.${digits(random.below(4))}`; // about where digits stop being exact
  }
}

const bits = new DataView(new ArrayBuffer(8));

function anyDouble(random: SeededRandom): number {
  bits.setUint32(0, random.below(2 ** 32));
  bits.setUint32(4, random.below(2 ** 32));
  const value = bits.getFloat64(0);
  return Number.isFinite(value) ? value : 0;
}

/** @throws Error when a number is another double than Number() makes of it. */
export function compareNumbers(seed: number, count: number): void {
  const random = seeded(seed);
  const names = new NameTable(seed, 4);
  const got: number[] = [];
  const parser = new LineParser(
    names,
    {
      rules: undefined,
      admit: (name) => (names.idOfName(name) >= 0 ? names.idOfName(name) : names.addSeries(name)),
      take: ({ length, values }) => {
        for (let i = 0; i < length; i++) got.push(values[i]!);
      },
      control: () => undefined,
      refuse: () => undefined,
      reject: (reason, line) => {
        throw new Error(`seed ${seed}: ${reason}: ${Buffer.from(line).toString()}`);
      },
    },
    () => 0,
  );
  for (let done = 0; done < count; done += PER_FEED) {
    const texts = Array.from({ length: Math.min(PER_FEED, count - done) }, () => randomNumber(random));
    const bytes = encoder.encode(texts.map((text) => `a.b ${text} 1700000000\n`).join(""));
    got.length = 0;
    for (let at = 0; at < bytes.length; ) {
      const next = at + 1 + random.below(random.pick([50, 5_000, 400_000]));
      parser.feed(bytes.subarray(at, next));
      at = next;
    }
    if (got.length !== texts.length) throw new Error(`seed ${seed}: ${got.length} of ${texts.length} numbers came`);
    texts.forEach((text, i) => {
      if (!Object.is(got[i], Number(text)))
        throw new Error(`seed ${seed}: ${text} gave ${got[i]}, not ${Number(text)}`);
    });
  }
}

export const exactNumbers: Scenario = {
  name: "the line parser's numbers are Number()'s, wherever the stream is cut",
  run(seed) {
    compareNumbers(seed, NUMBERS);
    return Promise.resolve(`${NUMBERS.toLocaleString("en")} numbers`);
  },
};
