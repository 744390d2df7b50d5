/**
 * Where the fields of the file's structures lie, for any machine. The file is these, one after the other, without gaps:
 *
 *     statHead │ dataSource × ds │ archive × rra │ live │ pdp × ds │ cdp × ds × rra │ pointer × rra │ rows of each archive
 *     └── written when the file is created ──────┘└── written by every update ────────────────────┘
 *
 * Names as in rrdtool's rrd_format.h: a pdp is the value of one step being gathered, a cdp that of one row; each of
 * the two, each definition, and the head end in ten parameters of eight bytes, which are doubles or words.
 */
import type { Machine } from "./machine.ts";

export interface Structs {
  readonly statHead: {
    readonly dataSources: number;
    readonly archives: number;
    readonly step: number;
    readonly bytes: number;
  };
  readonly dataSource: { readonly type: number; readonly parameters: number; readonly bytes: number };
  readonly archive: {
    readonly rows: number;
    readonly stepsPerRow: number;
    readonly parameters: number;
    readonly bytes: number;
  };
  readonly live: { readonly microseconds: number; readonly bytes: number };
  readonly pdp: { readonly parameters: number; readonly bytes: number };
  readonly cdp: { readonly bytes: number };
  readonly pointer: { readonly bytes: number };
}

export const PARAMETER_BYTES = 8;
const PARAMETERS_BYTES = 10 * PARAMETER_BYTES;
/** Names of data sources, types and consolidation functions, their final zero included. */
export const NAME_BYTES = 20;
/** The last reading, as text, its final zero included. */
export const LAST_READING_BYTES = 30;
/** Files before 0003 have whole seconds only. */
export const FIRST_VERSION_WITH_MICROSECONDS = 3;

export function structsOf(machine: Machine, version: number): Structs {
  const { wordBytes: word, doubleAlignment } = machine;
  const aligned = (offset: number) => Math.ceil(offset / doubleAlignment) * doubleAlignment;
  const dataSources = aligned(4 + 5) + 8; // magic, version; the cookie
  const step = dataSources + 2 * word;
  const rows = Math.ceil(NAME_BYTES / word) * word;
  const archiveParameters = aligned(rows + 2 * word);
  const pdpParameters = aligned(LAST_READING_BYTES);
  return {
    statHead: {
      dataSources,
      archives: dataSources + word,
      step,
      bytes: aligned(step + word) + PARAMETERS_BYTES,
    },
    dataSource: { type: NAME_BYTES, parameters: 2 * NAME_BYTES, bytes: 2 * NAME_BYTES + PARAMETERS_BYTES },
    archive: {
      rows,
      stepsPerRow: rows + word,
      parameters: archiveParameters,
      bytes: archiveParameters + PARAMETERS_BYTES,
    },
    live: { microseconds: machine.timeBytes, bytes: liveBytes(machine, version) },
    pdp: { parameters: pdpParameters, bytes: pdpParameters + PARAMETERS_BYTES },
    cdp: { bytes: PARAMETERS_BYTES },
    pointer: { bytes: word },
  };
}

function liveBytes({ wordBytes, timeBytes, doubleAlignment }: Machine, version: number): number {
  if (version < FIRST_VERSION_WITH_MICROSECONDS) return timeBytes;
  // A time of eight bytes is aligned like a double.
  const alignment = timeBytes === 8 ? doubleAlignment : wordBytes;
  return Math.ceil((timeBytes + wordBytes) / alignment) * alignment;
}
