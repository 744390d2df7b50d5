/**
 * NTP packets (RFC 5905 §7.3), as much of them as SNTP needs: 48 bytes, both ways.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     ├LI─┼VN───┼Mode─┼───Stratum─────┼─────Poll──────┼──Precision────┤
 *     │                Root delay (16.16 s)                           │  4
 *     │                Root dispersion (16.16 s)                      │  8
 *     │                Reference id                                   │ 12
 *     │                Reference time stamp (32.32 s since 1900)      │ 16
 *     │                Origin time stamp       T1                     │ 24
 *     │                Receive time stamp      T2                     │ 32
 *     │                Transmit time stamp     T3                     │ 40
 *     └───────────────────────────────────────────────────────────────┘ 48
 */
import { assert, LockstepError } from "./errors.ts";

export const NTP_PACKET_BYTES = 48;

export const NTP_MODE_CLIENT = 3;
export const NTP_MODE_SERVER = 4;

/** "The clock is not synchronised": such an answer says nothing. */
export const NTP_LEAP_UNSYNCHRONISED = 3;

/** The versions whose packets look like this; an answer repeats the version of its request. */
export const NTP_VERSIONS = { oldest: 1, newest: 4 } as const;

/** Strata of servers that have the time; 0 marks a kiss of death, 16 and more a server that knows nothing. */
export const NTP_STRATA = { first: 1, last: 15 } as const;

/** A server further than this from its own reference is unusable (RFC 5905 MAXDISP). */
export const NTP_MAX_DISTANCE_SECONDS = 16;

/** Seconds from 1900-01-01 to 1970-01-01. */
const ERA_OFFSET_SECONDS = 2_208_988_800;
const TWO_32 = 4_294_967_296;

export interface NtpPacket {
  /** 0 none, 1 last minute of the day has 61 s, 2 has 59 s, 3 not synchronised. */
  readonly leap: number;
  readonly version: number;
  readonly mode: number;
  /** 0 = kiss of death, 1 = primary, 2…15, 16 = not synchronised. */
  readonly stratum: number;
  /** log2 of seconds. */
  readonly poll: number;
  /** log2 of seconds. */
  readonly precision: number;
  readonly rootDelaySeconds: number;
  readonly rootDispersionSeconds: number;
  /** Four bytes: an address, or ASCII such as `LOCL`, or a kiss code such as `RATE`. */
  readonly referenceId: number;
  readonly reference: NtpTimestamp;
  readonly origin: NtpTimestamp;
  readonly receive: NtpTimestamp;
  readonly transmit: NtpTimestamp;
}

/** 32.32 bits, kept as the two words: a double can't hold them, and the origin must come back bit for bit. */
export interface NtpTimestamp {
  readonly seconds: number;
  readonly fraction: number;
}

export const NTP_ZERO: NtpTimestamp = { seconds: 0, fraction: 0 };

/** `RATE`, `LOCL`: a reference id that is text. */
export function ntpReferenceId(text: string): number {
  assert(/^[\x20-\x7e]{1,4}$/.test(text), "a reference id has one to four ASCII characters");
  return [...text.padEnd(4, "\0")].reduce((id, character) => id * 256 + character.charCodeAt(0), 0);
}

/** The text of a reference id that is one, as every kiss code is; "" for any other. */
export function ntpReferenceText(id: number): string {
  const text = String.fromCharCode(id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255).replace(/\0+$/, "");
  return /^[\x20-\x7e]+$/.test(text) ? text : "";
}

/** @throws LockstepError `NTP_PACKET` when it is too short. Extension fields and authentication after byte 48 are ignored. */
export function decodeNtp(bytes: Uint8Array): NtpPacket {
  if (bytes.length < NTP_PACKET_BYTES) {
    throw new LockstepError("NTP_PACKET", `an NTP packet has at least 48 bytes, this one has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, NTP_PACKET_BYTES);
  const first = view.getUint8(0);
  return {
    leap: first >> 6,
    version: (first >> 3) & 7,
    mode: first & 7,
    stratum: view.getUint8(1),
    poll: view.getInt8(2),
    precision: view.getInt8(3),
    rootDelaySeconds: view.getUint32(4) / 65_536,
    rootDispersionSeconds: view.getUint32(8) / 65_536,
    referenceId: view.getUint32(12),
    reference: readTimestamp(view, 16),
    origin: readTimestamp(view, 24),
    receive: readTimestamp(view, 32),
    transmit: readTimestamp(view, 40),
  };
}

export function encodeNtp(packet: NtpPacket): Uint8Array {
  const bytes = new Uint8Array(NTP_PACKET_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (packet.leap << 6) | (packet.version << 3) | packet.mode);
  view.setUint8(1, packet.stratum);
  view.setInt8(2, packet.poll);
  view.setInt8(3, packet.precision);
  view.setUint32(4, toShort(packet.rootDelaySeconds));
  view.setUint32(8, toShort(packet.rootDispersionSeconds));
  view.setUint32(12, packet.referenceId);
  writeTimestamp(view, 16, packet.reference);
  writeTimestamp(view, 24, packet.origin);
  writeTimestamp(view, 32, packet.receive);
  writeTimestamp(view, 40, packet.transmit);
  return bytes;
}

/** Milliseconds since 1970 → NTP time. Wraps in 2036 as the format does; `fromNtp` unwraps. */
export function toNtp(wallMs: number): NtpTimestamp {
  const seconds = Math.floor(wallMs / 1000);
  const fraction = Math.round(((wallMs - seconds * 1000) / 1000) * TWO_32);
  const carry = fraction >= TWO_32 ? 1 : 0;
  return { seconds: (seconds + ERA_OFFSET_SECONDS + carry) % TWO_32, fraction: carry === 1 ? 0 : fraction };
}

/** NTP time → milliseconds since 1970, in the era that lies nearest to `aroundMs`. */
export function fromNtp(time: NtpTimestamp, aroundMs: number): number {
  const ms = (time.seconds - ERA_OFFSET_SECONDS) * 1000 + (time.fraction / TWO_32) * 1000;
  const eraMs = TWO_32 * 1000;
  return ms + Math.round((aroundMs - ms) / eraMs) * eraMs;
}

export function sameNtp(a: NtpTimestamp, b: NtpTimestamp): boolean {
  return a.seconds === b.seconds && a.fraction === b.fraction;
}

/** Rounded up: these are bounds. */
function toShort(seconds: number): number {
  return Math.min(TWO_32 - 1, Math.max(0, Math.ceil(seconds * 65_536)));
}

function readTimestamp(view: DataView, at: number): NtpTimestamp {
  return { seconds: view.getUint32(at), fraction: view.getUint32(at + 4) };
}

function writeTimestamp(view: DataView, at: number, time: NtpTimestamp): void {
  view.setUint32(at, time.seconds);
  view.setUint32(at + 4, time.fraction);
}
