/**
 * An HTTP POST in the JSON of Alertmanager's webhooks, version 4: what most receivers understand already.
 * (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config)
 */
import { z } from "zod";
import { LIMITS } from "../../core/limits.ts";
import { parseNetwork } from "../../core/networks.ts";
import { duration, secret } from "../../core/options.ts";
import type { HttpResponse } from "../../core/world.ts";
import { addressGuard } from "../address-guard.ts";
import type { Alert } from "../alert.ts";
import { type Answer, type ChannelContext, channelKind, type Message } from "./channel.ts";

const options = z.strictObject({
  url: z
    .string()
    .refine(isHttpUrl, { error: "is no http or https URL; right would be https://example.org/hooks/lockstep" })
    .describe("Where messages are posted to."),
  bearerToken: secret().optional().describe("Sent as `Authorization: Bearer …`."),
  allowedNetworks: z
    .array(z.string().superRefine(checkNetwork))
    .default([])
    .describe("Private or reserved networks that the URL may lead to: without leave, none. Example: [10.1.0.0/16]."),
  timeout: duration("15s", "An attempt that takes longer has failed."),
});

export const webhook = channelKind({
  name: "webhook",
  summary: "POSTs Alertmanager's webhook JSON (version 4) to a URL.",
  options,
  create(context, { url, bearerToken, allowedNetworks, timeout }) {
    const allowAddress = addressGuard(allowedNetworks);
    const authorization = bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken.reveal()}` };
    return {
      format: (message) => formatWebhook(message, context),
      async deliver(body, messageId) {
        const answer = await context.world.http.request({
          method: "POST",
          url,
          headers: {
            "content-type": "application/json",
            "user-agent": "Lockstep",
            "webhook-id": messageId,
            ...authorization,
          },
          body: new TextEncoder().encode(body),
          timeoutMs: timeout,
          maxResponseBytes: LIMITS.webhookResponseBytes,
          allowAddress,
        });
        return readAnswer(answer, context.world.clock.wallMs());
      },
    };
  },
});

/** What an answer means (RFC 9110): 2xx is a success, 408, 425, 429 and 5xx pass, everything else will not change. */
export function readAnswer(answer: HttpResponse, nowMs: number): Answer {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const why = `the receiver answered ${status}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: "again", why, afterMs: retryAfterMs(answer.headers["retry-after"], nowMs) };
  }
  return { kind: "refused", why };
}

const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** `Retry-After` in seconds or as a date; at most an hour. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms));
}

/** Field by field as Alertmanager 0.25 sends it, with the reason that 0.33 added; Go writes a newline after it. */
export function formatWebhook(message: Message, context: Pick<ChannelContext, "externalUrl">): string {
  const kept = message.alerts.slice(0, LIMITS.alertsPerMessage);
  const alerts = kept.map(({ fingerprint, alert }) => ({
    status: statusOf(alert),
    labels: sorted(alert.labels),
    annotations: sorted(alert.annotations),
    startsAt: new Date(alert.startsAtMs).toISOString(),
    endsAt: alert.resolvedAtMs === undefined ? "0001-01-01T00:00:00Z" : new Date(alert.resolvedAtMs).toISOString(),
    generatorURL: `${context.externalUrl}/node/${encodeURIComponent(alert.labels["cluster"] ?? "")}/${encodeURIComponent(alert.labels["node"] ?? "")}`,
    fingerprint,
  }));
  const status = alerts.some((alert) => alert.status === "firing") ? "firing" : "resolved";
  const body = {
    receiver: message.receiver,
    status,
    alerts,
    groupLabels: sorted(message.groupLabels),
    commonLabels: common(kept.map(({ alert }) => alert.labels)),
    commonAnnotations: common(kept.map(({ alert }) => alert.annotations)),
    externalURL: context.externalUrl,
    version: "4",
    groupKey: message.groupKey,
    truncatedAlerts: message.alerts.length - kept.length,
    notification_reason: message.reason,
  };
  return `${JSON.stringify(body)}\n`;
}

function statusOf(alert: Alert): "firing" | "resolved" {
  return alert.state === "resolved" ? "resolved" : "firing";
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The entries that all records share. */
function common(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first, ...rest] = records;
  const shared = Object.entries(first ?? {}).filter(([name, value]) => rest.every((record) => record[name] === value));
  return sorted(Object.fromEntries(shared));
}

function isHttpUrl(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

function checkNetwork(text: string, context: z.core.$RefinementCtx): void {
  try {
    parseNetwork(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
}
