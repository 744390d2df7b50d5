/**
 * The aggregator's answerer of time requests (SNTP, RFC 5905 §14): the clock that the nodes measure theirs against,
 * and that any other NTP client may ask.
 *
 * What it says is what it knows. Its stamps are this machine's wall clock; `precision` and root dispersion are the
 * error of reading that clock. Whether the clock itself is right it can't know, so it speaks as chrony's `local`
 * directive does: a high stratum and the reference id LOCL ("uncalibrated local clock"), so that a client that has any
 * better source prefers that one. Leap seconds are not announced.
 *
 * It can't be used against others: an answer is never longer than its request, only clients' requests are answered (so
 * two servers can't keep each other busy), and each address has a budget, above which it is told so once (`RATE`,
 * RFC 5905 §7.4) and then no more.
 */
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import {
  decodeNtp,
  encodeNtp,
  NTP_LEAP_UNSYNCHRONISED,
  NTP_MODE_CLIENT,
  NTP_MODE_SERVER,
  NTP_PACKET_BYTES,
  NTP_STRATA,
  NTP_VERSIONS,
  NTP_ZERO,
  type NtpPacket,
  ntpReferenceId,
  toNtp,
} from "../core/ntp.ts";
import { formatHostPort, hostPort } from "../core/options.ts";
import { createWallReader, type WallReader } from "../core/wall-reader.ts";
import type { Clock, SocketAddress, World } from "../core/world.ts";

export const sntpOptions = z.strictObject({
  listen: hostPort().default({ host: "127.0.0.1", port: 10123 }).describe("Where time requests are answered (UDP)."),
  stratum: z
    .int()
    .min(NTP_STRATA.first)
    .max(NTP_STRATA.last)
    .default(10)
    .describe("How far from a true clock this one says it is; 10 says that nobody vouches for it."),
  requestsPerSecond: z
    .number()
    .positive()
    .default(100)
    .describe("Requests answered to one address, a second on average. A node sends eight in ten seconds."),
  burst: z.int().positive().default(400).describe("Requests answered to one address at once."),
});

export type SntpOptions = z.output<typeof sntpOptions>;

export interface SntpContext {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface SntpAnswerer {
  readonly address: SocketAddress;
  close(): Promise<void>;
}

/** Why a packet got no time. */
type Ignored = "short" | "version" | "mode" | "port" | "rate";

const REFERENCE_LOCAL = ntpReferenceId("LOCL");
const KISS_RATE = ntpReferenceId("RATE");
/** Nothing that we read is better than some hundred nanoseconds. */
const FINEST_PRECISION = -22;

/** Rejects with the system's error when the address can't be bound. */
export async function openSntp({ world, log, metrics, ...options }: SntpContext & SntpOptions): Promise<SntpAnswerer> {
  const answered = metrics.counter("lockstep_sntp_answers_total", "Time requests answered.");
  const ignored = metrics.counter("lockstep_sntp_ignored_total", "Packets to the time port that got no time.", [
    "reason",
  ]);
  const wall = createWallReader(world.clock);
  const budgets = createBudgets(options);
  const socket = await world.net.bindUdp({
    ...options.listen,
    onMessage,
    onError: (error) => log.limited("warn", "send", "a time answer could not be sent", { error: error.message }),
  });

  function onMessage(bytes: Uint8Array, from: SocketAddress): void {
    const arrivedMs = world.clock.monotonicMs(); // before anything else takes time: this becomes T2
    const request = readRequest(bytes, from);
    if (typeof request === "string") {
      ignored.add(1, { reason: request });
      return;
    }
    const grant = budgets.spend(from.host, arrivedMs);
    if (grant === "answer") {
      answered.add(1, {});
      socket.send(answerTo(request, options.stratum, wall, arrivedMs, world.clock), from);
      return;
    }
    ignored.add(1, { reason: "rate" satisfies Ignored });
    if (grant === "silence") return;
    log.limited("warn", "rate", "an address asks for the time too often", { address: from.host });
    socket.send(kissTo(request), from);
  }

  log.info("answering time requests", { address: formatHostPort(socket.address), stratum: options.stratum });
  return { address: socket.address, close: () => socket.close() };
}

function readRequest(bytes: Uint8Array, from: SocketAddress): NtpPacket | Ignored {
  if (bytes.length < NTP_PACKET_BYTES) return "short";
  if (from.port === 0) return "port";
  const packet = decodeNtp(bytes);
  if (packet.version < NTP_VERSIONS.oldest || packet.version > NTP_VERSIONS.newest) return "version";
  return packet.mode === NTP_MODE_CLIENT ? packet : "mode";
}

function answerTo(request: NtpPacket, stratum: number, wall: WallReader, arrivedMs: number, clock: Clock): Uint8Array {
  const arrived = wall.at(arrivedMs); // may wait for an edge of the wall clock: that time is between T2 and T3
  const leaving = wall.at(clock.monotonicMs());
  const errorSeconds = Math.max(arrived.uncertaintyMs, leaving.uncertaintyMs) / 1000;
  const transmit = toNtp(leaving.wallMs);
  return encodeNtp({
    leap: 0,
    version: request.version,
    mode: NTP_MODE_SERVER,
    stratum,
    poll: request.poll,
    precision: Math.max(FINEST_PRECISION, Math.ceil(Math.log2(errorSeconds))),
    rootDelaySeconds: 0,
    rootDispersionSeconds: errorSeconds,
    referenceId: REFERENCE_LOCAL,
    reference: transmit,
    origin: request.transmit,
    receive: toNtp(arrived.wallMs),
    transmit,
  });
}

/**
 * "You ask too often." Its stamps tell no time (RFC 5905 §7.4): all are the request's own, as ntpd has them, since chrony
 * takes an answer without stamps for a broken one, and then does not slow down.
 */
function kissTo(request: NtpPacket): Uint8Array {
  return encodeNtp({
    leap: NTP_LEAP_UNSYNCHRONISED,
    version: request.version,
    mode: NTP_MODE_SERVER,
    stratum: 0,
    poll: request.poll,
    precision: 0,
    rootDelaySeconds: 0,
    rootDispersionSeconds: 0,
    referenceId: KISS_RATE,
    reference: NTP_ZERO,
    origin: request.transmit,
    receive: request.transmit,
    transmit: request.transmit,
  });
}

// ---- the budget of an address -----------------------------------------------------------------------------------

interface Budgets {
  spend(address: string, nowMs: number): "answer" | "kiss" | "silence";
}

interface Bucket {
  tokens: number;
  atMs: number;
  /** It was told that it asks too often, and has not kept to its rate since. */
  kissed: boolean;
}

/** A token bucket an address; the address heard longest ago makes room for a new one. */
function createBudgets({ requestsPerSecond, burst }: SntpOptions): Budgets {
  const buckets = new Map<string, Bucket>();
  return {
    spend(address, nowMs) {
      const bucket = buckets.get(address) ?? { tokens: burst, atMs: nowMs, kissed: false };
      buckets.delete(address); // set again below: the map is in the order of last use
      if (buckets.size >= LIMITS.sntpAddresses) buckets.delete(buckets.keys().next().value!);
      buckets.set(address, bucket);
      bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * requestsPerSecond);
      bucket.atMs = nowMs;
      if (bucket.tokens >= 1) {
        if (bucket.tokens > burst / 2) bucket.kissed = false;
        bucket.tokens--;
        return "answer";
      }
      if (bucket.kissed) return "silence";
      bucket.kissed = true;
      return "kiss";
    },
  };
}
