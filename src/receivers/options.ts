import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import { hostPort } from "../core/options.ts";
import { rulesOptions } from "./rules/options.ts";

export { sntpOptions } from "./sntp.ts";

export const receiversOptions = z.strictObject({
  line: hostPort()
    .default({ host: "127.0.0.1", port: 2003 })
    .describe("Where Carbon's plaintext lines are received over TCP."),
  udp: hostPort().optional().describe("Where Carbon's plaintext lines are received over UDP. Off unless given."),
  pickle: hostPort().optional().describe("Where Carbon's pickle protocol is received over TCP. Off unless given."),
  newSeriesPerSecond: z
    .number()
    .positive()
    .default(LIMITS.newSeriesPerSecond)
    .describe("New series a second that one sender may make, averaged over ten seconds."),
  rules: rulesOptions.prefault({}),
});

export type ReceiversOptions = z.output<typeof receiversOptions>;
