/** A receiver of alert webhooks that says in the terminal what it was told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface WebhookReceiver {
  readonly url: string;
  close(): Promise<void>;
}

/** As far as it is shown: Alertmanager's webhook JSON, version 4. */
interface WebhookMessage {
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

const MAX_BYTES = 1024 * 1024;

/** Whether it was a message. */
function tell(body: string, say: (line: string) => void): boolean {
  let message: WebhookMessage;
  try {
    message = JSON.parse(body) as WebhookMessage;
  } catch {
    say("webhook: something came that is no JSON");
    return false;
  }
  for (const { status, labels, annotations } of message.alerts) {
    say(`webhook: ${status.toUpperCase().padEnd(8)}  ${labels["alertname"]}  ${annotations["summary"]}`);
  }
  return true;
}

export async function startWebhookReceiver(say: (line: string) => void): Promise<WebhookReceiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return void response.writeHead(413).end();
      chunks.push(chunk);
    }
    response.writeHead(tell(Buffer.concat(chunks).toString("utf8"), say) ? 204 : 400).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
