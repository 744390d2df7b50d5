/** All collectors. Written by `npm run fix`: add a file to the folder, not a line here. */
import { clock } from "./clock.ts";
import { heartbeat } from "./heartbeat.ts";
import { hostCollector } from "./host.ts";
import { prometheusCollector } from "./prometheus.ts";
import { rrdCollector } from "./rrd.ts";
import { selfCollector } from "./self.ts";

export const COLLECTORS = [clock, heartbeat, hostCollector, prometheusCollector, rrdCollector, selfCollector] as const;
