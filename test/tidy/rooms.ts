/**
 * The rooms of src/ and what each may import (docs/architecture.md): the one place where the table stands as data.
 * The tidy test holds the code, and biome.json, to it.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  carbon: ["core"],
  rrd: ["core"],
  whisper: ["core"],
  exposition: ["core"],
  connect: ["core"],
  collectors: ["core", "rrd", "exposition", "connect"],
  exporters: ["core", "carbon"],
  receivers: ["core", "carbon"],
  store: ["core"],
  state: ["core"],
  query: ["core"],
  cluster: ["core", "connect"],
  alerts: ["core", "query", "cluster", "state"],
  web: ["core", "query", "cluster", "alerts", "state"],
};

/** Rooms that compose others: nobody imports them. `config` may take each room's index or options, nothing deeper. */
export const COMPOSING_ROOMS: readonly string[] = ["commands", "config"];
