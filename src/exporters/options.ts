import { z } from "zod";
import { byteSize } from "../core/options.ts";

export const carbonOptions = z.strictObject({
  queueSize: byteSize(
    "64 MiB",
    "Samples that can't be sent wait in memory up to this size; then the oldest are dropped, and counted.",
  ),
});

export type CarbonOptions = z.output<typeof carbonOptions>;
