/** All kinds of rules. Written by `npm run fix`: add a file to the folder, not a line here. */
import { clockDrift } from "./clock-drift.ts";
import { staleHeartbeat } from "./stale-heartbeat.ts";

export const RULE_KINDS = [clockDrift, staleHeartbeat] as const;
