/**
 * The RRD files of a Posit Connect that is not there: some of the subjects that Connect's monitor writes, a row a minute
 * as it does it, with a few hours of history, and updated while the demo runs.
 */
import { join } from "node:path";
import { errorText } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Timer, World } from "../../core/world.ts";
import type { RrdSpec } from "../../rrd/create.ts";
import type { RrdUpdate } from "../../rrd/update.ts";
import { createRrdFile, updateRrdFile } from "../../rrd/write-file.ts";

const STEP_SECONDS = 60;
const HISTORY_SECONDS = 6 * 3_600;
const UPDATE_MS = 10_000;
const GIB = 2 ** 30;
const MEMORY = 32 * GIB;

interface Subject {
  readonly stem: string;
  readonly dataSources: readonly string[];
  /** The readings at a time, for a node of that phase. */
  read(seconds: number, phase: number): readonly number[];
}

const SUBJECTS: readonly Subject[] = [
  {
    stem: "system.load",
    dataSources: ["1min", "5min", "15min"],
    read: (seconds, phase) => [1, 3, 9].map((slowness) => round(1 + 2.5 * wave(seconds, phase, 240 * slowness))),
  },
  {
    stem: "system.memory",
    dataSources: ["total", "available", "used"],
    read(seconds, phase) {
      const used = Math.round(MEMORY * (0.3 + 0.4 * wave(seconds, phase, 1_500)));
      return [MEMORY, MEMORY - used, used];
    },
  },
];

/** Makes the files in `directory`; `close` ends the updates. */
export async function startRrdFiles(
  world: World,
  log: Log,
  directory: string,
  phase: number,
): Promise<{ close(): Promise<void> }> {
  const { files, clock, timers } = world;
  await files.makeDirectory(directory);
  const startSeconds = Math.floor(clock.wallMs() / 1000) - HISTORY_SECONDS;
  for (const subject of SUBJECTS) {
    const path = pathOf(directory, subject);
    await createRrdFile(files, path, specOf(subject, startSeconds));
    const history = Array.from({ length: HISTORY_SECONDS / STEP_SECONDS - 1 }, (_, i) =>
      updateAt(subject, startSeconds + (i + 1) * STEP_SECONDS, phase),
    );
    await updateRrdFile(files, path, history);
  }

  let timer: Timer;
  let working = Promise.resolve();
  const tick = (): void => {
    working = update();
    timer = timers.after(UPDATE_MS, tick);
  };
  const update = async (): Promise<void> => {
    for (const subject of SUBJECTS) {
      try {
        await updateRrdFile(files, pathOf(directory, subject), [updateAt(subject, clock.wallMs() / 1000, phase)]);
      } catch (error) {
        log.limited("warn", subject.stem, `the demo's ${subject.stem}.rrd could not be updated: ${errorText(error)}`);
      }
    }
  };
  timer = timers.after(UPDATE_MS, tick);
  return {
    close() {
      timer.cancel();
      return working;
    },
  };
}

function specOf({ dataSources }: Subject, startSeconds: number): RrdSpec {
  const archive = { xff: 0.5, rows: 2_000 };
  return {
    stepSeconds: STEP_SECONDS,
    startSeconds,
    dataSources: dataSources.map((name) => ({ name, type: "GAUGE", heartbeatSeconds: 5 * STEP_SECONDS })),
    archives: [
      { ...archive, function: "AVERAGE", stepsPerRow: 1 },
      { ...archive, function: "AVERAGE", stepsPerRow: 6 },
      { ...archive, function: "MAX", stepsPerRow: 6 },
    ],
  };
}

function updateAt(subject: Subject, timeSeconds: number, phase: number): RrdUpdate {
  return { timeSeconds, readings: subject.read(timeSeconds, phase) };
}

function pathOf(directory: string, { stem }: Subject): string {
  return join(directory, `${stem}.rrd`);
}

/** Between 0 and 1, slow and smooth, with a little that is quicker. */
function wave(seconds: number, phase: number, periodSeconds: number): number {
  const slow = Math.sin((2 * Math.PI * seconds) / periodSeconds + phase);
  const quick = Math.sin((2 * Math.PI * seconds) / (periodSeconds / 7.3) + 3 * phase);
  return 0.5 + 0.4 * slow + 0.1 * quick;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
