/** A receiver of alert webhooks that remembers what it was told, and when. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ToldAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  /** When the message came, by this process' clock. */
  readonly receivedMs: number;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly told: readonly ToldAlert[];
  close(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const told: ToldAlert[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { version, alerts } = JSON.parse(Buffer.concat(chunks).toString()) as {
      version: string;
      alerts: Omit<ToldAlert, "receivedMs">[];
    };
    if (version !== "4") throw new Error(`a message of version ${version}`);
    for (const alert of alerts) told.push({ ...alert, receivedMs: Date.now() });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    told,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
