/**
 * What a channel is: one way to deliver a message, in one file. The outbox decides when and how often; a channel makes
 * the request and says what the answer means.
 */
import type { z } from "zod";
import type { World } from "../../core/world.ts";
import type { Alert } from "../alert.ts";
import type { NotificationReason } from "../notification.ts";

export interface ChannelKind<Schema extends z.ZodType = z.ZodType> {
  /** The key of a receiver's settings: `webhook: { url: … }`. */
  readonly name: string;
  readonly summary: string;
  readonly options: Schema;
  create(context: ChannelContext, options: z.output<Schema>): Channel;
}

/** Fixes the type of a kind's options by its schema. */
export function channelKind<Schema extends z.ZodType>(kind: ChannelKind<Schema>): ChannelKind<Schema> {
  return kind;
}

export interface ChannelContext {
  readonly world: World;
  /** Where people reach this aggregator: links in messages begin with it. */
  readonly externalUrl: string;
}

export interface Channel {
  /** What is kept in the outbox, made once: what is sent again is the same to the byte. */
  format(message: Message): string;
  /** One attempt. Rejects when there was no answer. */
  deliver(body: string, messageId: string): Promise<Answer>;
}

/** What is to be told, by one receiver, about one group. */
export interface Message {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly reason: NotificationReason;
  readonly alerts: readonly { readonly fingerprint: string; readonly alert: Alert }[];
}

export type Answer =
  | { readonly kind: "delivered" }
  /** Not now: try again, not before `afterMs` if it said so. */
  | { readonly kind: "again"; readonly why: string; readonly afterMs: number | undefined }
  /** Never: sending the same again is of no use. */
  | { readonly kind: "refused"; readonly why: string };
