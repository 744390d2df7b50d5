/**
 * How bad something is. Every level, and every state of a node, has its own shape beside its colour, and a word beside
 * both: nobody has to tell red from green.
 */
import type { NodeState } from "../../cluster/liveness.ts";

/** `off`: nothing to judge (stopped on purpose, not watched). `unknown`: it should be known, and is not. */
export type Level = "ok" | "warn" | "crit" | "unknown" | "off";

/** The id of a shape in views/partials/marks.hbs. */
export type Mark = "dot" | "half" | "triangle" | "square" | "diamond" | "pause" | "dash";

export const MARK_OF_LEVEL: Readonly<Record<Level, Mark>> = {
  ok: "dot",
  warn: "triangle",
  crit: "square",
  unknown: "diamond",
  off: "dash",
};

export const NODE_STATES: Readonly<Record<NodeState, { readonly level: Level; readonly mark: Mark }>> = {
  alive: { level: "ok", mark: "dot" },
  late: { level: "warn", mark: "half" },
  stale: { level: "crit", mark: "square" },
  unknown: { level: "unknown", mark: "diamond" },
  stopped: { level: "off", mark: "pause" },
};

const BADNESS: readonly Level[] = ["ok", "off", "unknown", "warn", "crit"];

/** For sorting: the worst is the greatest. */
export function badness(level: Level): number {
  return BADNESS.indexOf(level);
}

export function worst(levels: readonly Level[]): Level {
  return levels.reduce<Level>((worse, level) => (badness(level) > badness(worse) ? level : worse), "ok");
}
