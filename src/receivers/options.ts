import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import { parseNetwork } from "../core/networks.ts";
import { type ListenAddress, listenAddresses } from "../core/options.ts";
import { rulesOptions } from "./rules/options.ts";

export { sntpOptions } from "./sntp.ts";

const network = z.string().transform((text, context) => {
  try {
    return parseNetwork(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});

const tls = z.strictObject({
  certificate: z.string().describe("The file with the certificate of `tls://` addresses, and its chain, in PEM."),
  key: z.string().describe("The file with its private key, in PEM, without a passphrase."),
  clientCa: z
    .string()
    .optional()
    .describe(
      "A file with certificates of authorities: given, peers have to show a certificate of one of them (mTLS).",
    ),
});

export const receiversOptions = z
  .strictObject({
    line: listenAddresses({ tls: true })
      .default([{ host: "127.0.0.1", port: 2003, tls: false }])
      .describe("Where Carbon's plaintext lines are received over TCP."),
    udp: listenAddresses({ tls: false })
      .optional()
      .describe("Where Carbon's plaintext lines are received over UDP. Off unless given."),
    unix: z
      .string()
      .min(1)
      .optional()
      .describe("The path of a stream socket for plaintext lines, open to its owner and group. Off unless given."),
    pickle: listenAddresses({ tls: true })
      .optional()
      .describe("Where Carbon's pickle protocol is received over TCP. Off unless given."),
    protobuf: listenAddresses({ tls: true })
      .optional()
      .describe("Where Carbon's protobuf protocol is received over TCP. Off unless given."),
    http: listenAddresses({ tls: true })
      .optional()
      .describe("Where plaintext lines are received as bodies of HTTP requests (POST /). Off unless given."),
    tls: tls.optional(),
    allow: z
      .array(network)
      .min(1)
      .optional()
      .meta({ kind: "list of networks", format: formatNetworks })
      .describe("Networks whose peers may send, as `[10.1.0.0/16, 127.0.0.1]`. Default: all that reach the addresses."),
    newSeriesPerSecond: z
      .number()
      .positive()
      .default(LIMITS.newSeriesPerSecond)
      .describe("New series a second that one sender may make, averaged over ten seconds."),
    connections: z
      .number()
      .int()
      .positive()
      .default(LIMITS.connections)
      .describe("Connections of all receivers together; further ones are refused."),
    connectionsPerPeer: z
      .number()
      .int()
      .positive()
      .default(LIMITS.connectionsPerPeer)
      .describe("Connections of one address; further ones are refused."),
    rules: rulesOptions.prefault({}),
  })
  .superRefine((options, context) => {
    const { line, pickle = [], protobuf = [], http = [] } = options;
    const wanted = [line, pickle, protobuf, http].flat().some((address) => address.tls);
    if (wanted === (options.tls !== undefined)) return;
    const message = wanted
      ? "an address begins with tls://, but there is no certificate; right would be { certificate: FILE, key: FILE }"
      : "there is a certificate, but no address begins with tls://; right would be receivers.line: tls://0.0.0.0:2003";
    context.addIssue({ code: "custom", message, path: ["tls"] });
  });

function formatNetworks(value: unknown): string {
  return `[${(value as readonly (readonly [string, number])[]).map((entry) => entry.join("/")).join(", ")}]`;
}

export type ReceiversOptions = z.output<typeof receiversOptions>;
export type { ListenAddress };
