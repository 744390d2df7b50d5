/**
 * A burst of NTP exchanges with one server: asks, stamps, checks, and says what the answers prove together.
 *
 * What is sent gives nothing away: all fields are zero and the transmit stamp is eight random bytes (what the IETF's
 * NTP data minimisation draft asks of clients). An answer counts only if it repeats them, so nobody who can't read the
 * question can forge one; the true time of sending stays here. Each burst has its own socket, and so its own port.
 *
 * The exchanges follow each other at once, so that the clocks have no time to part between the first and the last.
 */
import { estimateOffset, intersectOffsets, type OffsetEstimate, RATE_LIMIT } from "../core/clock-offset.ts";
import { LockstepError } from "../core/errors.ts";
import {
  decodeNtp,
  encodeNtp,
  fromNtp,
  NTP_LEAP_UNSYNCHRONISED,
  NTP_MAX_DISTANCE_SECONDS,
  NTP_MODE_CLIENT,
  NTP_MODE_SERVER,
  NTP_PACKET_BYTES,
  NTP_STRATA,
  NTP_VERSIONS,
  NTP_ZERO,
  type NtpPacket,
  type NtpTimestamp,
  ntpReferenceText,
  sameNtp,
} from "../core/ntp.ts";
import { carry, stillHolds } from "../core/wall-reader.ts";
import type { SocketAddress, WallReading, World } from "../core/world.ts";

export interface BurstRequest {
  readonly server: SocketAddress;
  readonly exchanges: number;
  /** For one exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Hears of every packet that was refused, and every answer that did not come; `error` is the system's, if any. */
  refused(reason: BurstFailure, error?: Error): void;
}

/** Why an exchange, or a whole burst, proved nothing. */
export type BurstFailure =
  /** No answer in time. */
  | "timeout"
  /** The system refused to send, or told of an ICMP error. */
  | "network"
  /** The collection's deadline came first. */
  | "aborted"
  /** Not an NTP server's answer. */
  | "malformed"
  /** An answer to something that was not asked: forged, repeated, or very late. */
  | "unasked"
  /** The server says that its own clock is not set, or is too far from its reference to be of use. */
  | "unsynchronised"
  /** "You ask too often." */
  | "kiss_rate"
  /** "Go away." */
  | "kiss_deny"
  /** The stamps can't all be true. */
  | "contradiction"
  /** Our own clock was set meanwhile. */
  | "stepped";

export interface Burst {
  /** Undefined when nothing was proven; `failure` says why. */
  readonly measured: BurstMeasurement | undefined;
  /** What ended the burst before its last exchange. */
  readonly failure: BurstFailure | undefined;
}

export interface BurstMeasurement {
  readonly estimate: OffsetEstimate;
  /** Our wall clock at the time of the estimate. */
  readonly wallMs: number;
  /** How far the server says its clock may be from the true time: half its root delay, and its root dispersion. */
  readonly rootDistanceMs: number;
}

/** "No precision told." */
const PRECISION_UNTOLD = 32;
/** After so many questions without an answer, nobody is there. */
const SILENT_EXCHANGES = 3;

/** Whatever happens is told in the result. */
export async function ntpBurst(world: World, request: BurstRequest): Promise<Burst> {
  const reading = world.clock.readWall();
  const { proofs, failure } = await askBurst(world, request, reading);
  // From here on nothing is waited for: nobody can set our clock between the check and the result.
  if (proofs.length === 0) return { measured: undefined, failure };
  const estimate = intersectOffsets(proofs.map((proof) => proof.estimate));
  if (!stillHolds(reading, RATE_LIMIT, world.clock)) return unproven(request, "stepped");
  if (estimate === undefined) return unproven(request, "contradiction");
  const { wallMs } = carry(reading, RATE_LIMIT, estimate.monotonicMs);
  const rootDistanceMs = Math.max(...proofs.map((proof) => proof.rootDistanceMs));
  return { measured: { estimate, wallMs, rootDistanceMs }, failure };
}

function unproven(request: BurstRequest, failure: BurstFailure): Burst {
  request.refused(failure);
  return { measured: undefined, failure };
}

interface Asked {
  readonly proofs: readonly Proof[];
  readonly failure: BurstFailure | undefined;
}

async function askBurst(world: World, request: BurstRequest, reading: WallReading): Promise<Asked> {
  let asker: Asker;
  try {
    asker = await openAsker(world, request);
  } catch (error) {
    request.refused("network", new LockstepError("CLOCK_SOCKET", "could not open a UDP socket", { cause: error }));
    return { proofs: [], failure: "network" };
  }
  try {
    return await askAll(asker, request, reading);
  } finally {
    await asker.close();
  }
}

async function askAll(asker: Asker, request: BurstRequest, reading: WallReading): Promise<Asked> {
  const proofs: Proof[] = [];
  let server = request.server;
  let failure: BurstFailure | undefined;
  for (let asked = 1; asked <= request.exchanges; asked++) {
    const answer = await asker.ask(server);
    const proof = typeof answer === "string" ? answer : prove(answer, reading);
    if (typeof proof === "string") {
      failure = proof;
      if (proof !== "network") request.refused(proof);
      const mayBeLost = proof === "timeout" && proofs.length === 0 && asked < SILENT_EXCHANGES;
      if (!mayBeLost) break;
    } else {
      failure = undefined;
      proofs.push(proof);
      server = proof.from; // a name is resolved for the first question only: that takes time
    }
  }
  return { proofs, failure };
}

// ---- one exchange -----------------------------------------------------------------------------------------------

/** Times are of our monotonic clock. */
interface Answer {
  readonly packet: NtpPacket;
  readonly from: SocketAddress;
  readonly sentMs: number;
  readonly receivedMs: number;
}

interface Proof {
  readonly estimate: OffsetEstimate;
  readonly rootDistanceMs: number;
  readonly from: SocketAddress;
}

function prove({ packet, from, sentMs, receivedMs }: Answer, reading: WallReading): Proof | BurstFailure {
  const refusal = refusalOf(packet);
  if (refusal !== undefined) return refusal;
  const sent = carry(reading, RATE_LIMIT, sentMs);
  const received = carry(reading, RATE_LIMIT, receivedMs);
  const theirErrorMs = 2 ** packet.precision * 1000;
  const estimate = estimateOffset(
    {
      t1: sent.wallMs,
      t2: fromNtp(packet.receive, received.wallMs),
      t3: fromNtp(packet.transmit, received.wallMs),
      t4: received.wallMs,
      readErrorMs: received.uncertaintyMs + theirErrorMs,
    },
    receivedMs,
  );
  if (estimate === undefined) return "contradiction";
  return { estimate, rootDistanceMs: rootDistanceSeconds(packet) * 1000, from };
}

function refusalOf(packet: NtpPacket): BurstFailure | undefined {
  if (packet.stratum === 0) return refusalByKiss(ntpReferenceText(packet.referenceId));
  if (packet.leap === NTP_LEAP_UNSYNCHRONISED || packet.stratum > NTP_STRATA.last) return "unsynchronised";
  if (rootDistanceSeconds(packet) + 2 ** packet.precision >= NTP_MAX_DISTANCE_SECONDS) return "unsynchronised";
  if (sameNtp(packet.receive, NTP_ZERO) || sameNtp(packet.transmit, NTP_ZERO)) return "malformed";
  return undefined;
}

/** Kiss codes (RFC 5905 §7.4); those that ask for nothing (INIT, STEP) tell of a server that is not ready. */
function refusalByKiss(code: string): BurstFailure {
  if (code === "RATE") return "kiss_rate";
  return code === "DENY" || code === "RSTR" ? "kiss_deny" : "unsynchronised";
}

function rootDistanceSeconds(packet: NtpPacket): number {
  return packet.rootDelaySeconds / 2 + packet.rootDispersionSeconds;
}

// ---- the socket -------------------------------------------------------------------------------------------------

interface Asker {
  ask(server: SocketAddress): Promise<Answer | BurstFailure>;
  close(): Promise<void>;
}

interface Question {
  readonly nonce: NtpTimestamp;
  readonly sentMs: number;
  settle(outcome: Answer | BurstFailure): void;
}

async function openAsker({ clock, net, random, timers }: World, request: BurstRequest): Promise<Asker> {
  let question: Question | undefined;
  const socket = await net.bindUdp({
    host: request.server.host.includes(":") ? "::" : "0.0.0.0",
    port: 0,
    onMessage(bytes, from) {
      const receivedMs = clock.monotonicMs(); // T4: before anything else takes time
      const packet = bytes.length < NTP_PACKET_BYTES ? undefined : decodeNtp(bytes);
      if (packet?.mode !== NTP_MODE_SERVER) request.refused("malformed");
      else if (question === undefined || !sameNtp(packet.origin, question.nonce)) request.refused("unasked");
      else question.settle({ packet, from, sentMs: question.sentMs, receivedMs });
    },
    onError(error) {
      request.refused("network", error);
      question?.settle("network");
    },
  });

  function ask(server: SocketAddress): Promise<Answer | BurstFailure> {
    return new Promise((resolve) => {
      const nonce = randomTimestamp(random.bytes(8));
      const packet = requestPacket(nonce);
      const settle = (outcome: Answer | BurstFailure): void => {
        question = undefined;
        timer.cancel();
        request.signal.removeEventListener("abort", abort);
        resolve(outcome);
      };
      const abort = (): void => settle("aborted");
      const timer = timers.after(request.timeoutMs, () => settle("timeout"));
      if (request.signal.aborted) {
        settle("aborted");
        return;
      }
      request.signal.addEventListener("abort", abort);
      question = { nonce, sentMs: clock.monotonicMs(), settle };
      socket.send(packet, server);
    });
  }

  return { ask, close: () => socket.close() };
}

function requestPacket(nonce: NtpTimestamp): Uint8Array {
  return encodeNtp({
    leap: 0,
    version: NTP_VERSIONS.newest,
    mode: NTP_MODE_CLIENT,
    stratum: 0,
    poll: 0,
    precision: PRECISION_UNTOLD,
    rootDelaySeconds: 0,
    rootDispersionSeconds: 0,
    referenceId: 0,
    reference: NTP_ZERO,
    origin: NTP_ZERO,
    receive: NTP_ZERO,
    transmit: nonce,
  });
}

function randomTimestamp(bytes: Uint8Array): NtpTimestamp {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return { seconds: view.getUint32(0), fraction: view.getUint32(4) };
}
