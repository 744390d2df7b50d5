/** /proc/stat: what the processors did since the machine started (proc(5)). */
import { LockstepError } from "../../core/errors.ts";
import { numberIn, wordsOfLines } from "./table.ts";

export const STAT = "/proc/stat";

/** In the order of the file. Time of guests is part of `user` and `nice`. */
export const CPU_STATES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

export type CpuTimes = Readonly<Record<(typeof CPU_STATES)[number], number>>;

export interface ProcStat {
  /** Of all processors together, in ticks. */
  readonly cpu: CpuTimes;
  readonly processors: number;
  readonly contextSwitches: number;
  readonly forks: number;
  readonly running: number;
  /** Waiting for a disk. */
  readonly blocked: number;
}

export function parseStat(text: string): ProcStat {
  const lines = new Map(wordsOfLines(text).map((words) => [words[0]!, words]));
  const one = (name: string) => numberIn(STAT, lines.get(name) ?? [name], 1);
  const cpu = lines.get("cpu");
  if (cpu === undefined) throw new LockstepError("HOST_PROC_FORMAT", `cannot read ${STAT}: it has no line "cpu"`);
  // Kernels before 2.6.11 have no steal.
  const times = CPU_STATES.map((state, i) => [state, i + 1 < cpu.length ? numberIn(STAT, cpu, i + 1) : 0]);
  return {
    cpu: Object.fromEntries(times) as CpuTimes,
    processors: [...lines.keys()].filter((name) => /^cpu\d+$/.test(name)).length,
    contextSwitches: one("ctxt"),
    forks: one("processes"),
    running: one("procs_running"),
    blocked: one("procs_blocked"),
  };
}

/**
 * The share of each state in the time between two looks, 0…1, together 1. Undefined when no time went by. The kernel's
 * count of `iowait` may go back a little (proc(5)): that is nothing, not less than nothing.
 */
export function cpuShares(before: CpuTimes, now: CpuTimes): CpuTimes | undefined {
  const spent = CPU_STATES.map((state) => Math.max(0, now[state] - before[state]));
  const total = spent.reduce((sum, ticks) => sum + ticks, 0);
  if (total === 0) return undefined;
  return Object.fromEntries(CPU_STATES.map((state, i) => [state, spent[i]! / total])) as CpuTimes;
}
