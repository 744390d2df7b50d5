/** The real world: the one that production runs in. */
import type { World } from "../world.ts";
import { realClock } from "./clock.ts";
import { realFiles } from "./files.ts";
import { realHost } from "./host.ts";
import { realHttp } from "./http.ts";
import { realNet } from "./net.ts";
import { realRandom } from "./random.ts";
import { realThreads } from "./threads.ts";
import { realTimers } from "./timers.ts";

export function realWorld(): World {
  return {
    clock: realClock,
    timers: realTimers,
    net: realNet,
    http: realHttp,
    files: realFiles,
    threads: realThreads,
    random: realRandom,
    host: realHost(),
  };
}
