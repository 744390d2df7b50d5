import { z } from "zod";
import { hostPort } from "../core/options.ts";

export const webOptions = z.strictObject({
  listen: hostPort()
    .default({ host: "127.0.0.1", port: 8484 })
    .describe(
      "Where the pages and the Graphite API are served. There is no login yet: other than loopback addresses are refused.",
    ),
  externalUrl: z
    .string()
    .regex(/^https?:\/\/\S+[^/]$/, "is no URL without a slash at its end; right would be https://lockstep.example.org")
    .optional()
    .describe(
      "How people reach the pages: links in messages begin with it. Default: http:// and the address of web.listen.",
    ),
});

export type WebOptions = z.output<typeof webOptions>;
