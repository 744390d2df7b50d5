/**
 * Which machine wrote a file. An RRD file is a dump of C structures, so where its fields lie depends on the machine:
 * how long a `long` is, on which multiples a `double` begins, and which byte of a number comes first.
 *
 *       0     4        9         12        16        24        28        32        40
 *       ├─────┼────────┼─────────┼─────────┼─────────┼─────────┼─────────┼─────────┤
 *       │ RRD │ version│ ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ │  cookie │ data sources      │ archives │   64-bit
 *       │ RRD │ version│ ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ │  cookie │  ds     │ archives│          │   32-bit, doubles on 8 (ARM, MIPS)
 *       │ RRD │ version│ ┄┄┄┄┄┄┄ │ cookie            │ ds (20) │ archives (24)      │   32-bit, doubles on 4 (i386)
 *
 * The cookie is the number 8.642135E130: where it stands tells the alignment, how it reads tells the byte order. Where
 * it stands at 16, the word size shows in the two words after it: in a 64-bit file one of them is the upper half of a
 * small number, hence zero; in a 32-bit file both are counts, hence not.
 */
import { type RrdSource, rrdError } from "./errors.ts";

export interface Machine {
  readonly littleEndian: boolean;
  /** Of C's `long`, which counts everything. */
  readonly wordBytes: 4 | 8;
  /** Doubles begin on multiples of this. */
  readonly doubleAlignment: 4 | 8;
  /** Of C's `time_t`: longer than a word on 32-bit machines whose time goes beyond 2038. */
  readonly timeBytes: 4 | 8;
}

export const FLOAT_COOKIE = 8.642135e130;

/** Enough bytes from the start of a file to recognise the machine. */
export const MACHINE_BYTES = 32;

/** The machine of this kind that our own writer writes as: what Debian's rrdtool writes on amd64 and arm64. */
export const NATIVE: Machine = { littleEndian: true, wordBytes: 8, doubleAlignment: 8, timeBytes: 8 };

/** `prefix` has at least `MACHINE_BYTES`. `timeBytes` is as long as a word until the file's size says otherwise. */
export function recogniseMachine(prefix: Uint8Array, source: RrdSource): Machine {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  for (const littleEndian of [true, false]) {
    if (view.getFloat64(16, littleEndian) === FLOAT_COOKIE) {
      const upperHalf = view.getUint32(littleEndian ? 28 : 24, littleEndian);
      const wordBytes = upperHalf === 0 ? 8 : 4;
      return { littleEndian, wordBytes, doubleAlignment: 8, timeBytes: wordBytes };
    }
    if (view.getFloat64(12, littleEndian) === FLOAT_COOKIE) {
      return { littleEndian, wordBytes: 4, doubleAlignment: 4, timeBytes: 4 };
    }
  }
  throw rrdError("RRD_MACHINE", source, "its float cookie is neither at byte 12 nor at byte 16, in neither byte order");
}
