/** Debian's whisper (python3-whisper): random files of its making, and what its fetch gives of them. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../../test/support/random-whisper.py", import.meta.url));
const PYTHON = "/usr/bin/python3";

export interface ReferenceFile {
  readonly name: string;
  readonly path: string;
  /** Step and points, finest first. */
  readonly archives: readonly (readonly [number, number])[];
  readonly method: string;
  readonly xFilesFactor: number;
  readonly windows: readonly ReferenceWindow[];
}

export interface ReferenceWindow {
  readonly from: number;
  readonly until: number;
  /** Absent when whisper has nothing for the window. */
  readonly found?: {
    readonly start: number;
    readonly end: number;
    readonly step: number;
    readonly values: Float64Array;
  };
}

export function makeWhisperFiles(directory: string, files: number, seed: number, nowSeconds: number): ReferenceFile[] {
  const text = execFileSync(PYTHON, [SCRIPT, directory, String(files), String(seed), String(nowSeconds)], {
    encoding: "utf8",
    maxBuffer: 1024 * 1024 * 1024,
  });
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const file = JSON.parse(line) as Omit<ReferenceFile, "windows"> & { windows: RawWindow[] };
      return { ...file, windows: file.windows.map(readWindow) };
    });
}

type RawWindow = { from: number; until: number; start?: number; end: number; step: number; values: string };

function readWindow({ from, until, start, end, step, values }: RawWindow): ReferenceWindow {
  if (start === undefined) return { from, until };
  const bytes = Uint8Array.from(Buffer.from(values, "base64"));
  return { from, until, found: { start, end, step, values: new Float64Array(bytes.buffer) } };
}
