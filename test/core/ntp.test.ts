import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import {
  decodeNtp,
  encodeNtp,
  fromNtp,
  NTP_ZERO,
  ntpReferenceId,
  ntpReferenceText,
  sameNtp,
  toNtp,
} from "#src/core/ntp.ts";

/** What chronyd 4.3 (Debian 12) with `local stratum 8` sent when it was asked with the stamp 0123456789abcdef. */
const CHRONY = Buffer.from(
  "240800e600000000000000007f7f0101eeaeafecd5cb6f610123456789abcdefeeaeafee2169d387eeaeafee21754a3c",
  "hex",
);

test("a packet of chrony is read field by field", () => {
  const packet = decodeNtp(CHRONY);
  assert.deepEqual(
    { ...packet, reference: 0, origin: 0, receive: 0, transmit: 0 },
    {
      leap: 0,
      version: 4,
      mode: 4,
      stratum: 8,
      poll: 0,
      precision: -26,
      rootDelaySeconds: 0,
      rootDispersionSeconds: 0,
      referenceId: 0x7f7f0101,
      reference: 0,
      origin: 0,
      receive: 0,
      transmit: 0,
    },
  );
  assert.deepEqual(packet.origin, { seconds: 0x01234567, fraction: 0x89abcdef });
  const arrivedMs = fromNtp(packet.receive, Date.UTC(2026, 0));
  assert.equal(new Date(arrivedMs).toISOString(), "2026-11-23T12:28:30.130Z");
  assert.ok(Math.abs(fromNtp(packet.transmit, arrivedMs) - arrivedMs - 0.175) < 0.001);
});

test("what is decoded encodes to the same bytes", () => {
  assert.deepEqual(Buffer.from(encodeNtp(decodeNtp(CHRONY))), CHRONY);
});

test("a packet in the middle of a larger buffer is read where it lies", () => {
  const around = new Uint8Array(100);
  around.set(CHRONY, 17);
  assert.deepEqual(decodeNtp(around.subarray(17, 65)), decodeNtp(CHRONY));
});

test("what follows the 48 bytes is left alone", () => {
  assert.deepEqual(decodeNtp(Buffer.concat([CHRONY, Buffer.alloc(20, 255)])), decodeNtp(CHRONY));
});

test("a short packet is refused", () => {
  for (const length of [0, 1, 47]) {
    assert.throws(
      () => decodeNtp(CHRONY.subarray(0, length)),
      (error) => error instanceof LockstepError && error.code === "NTP_PACKET",
    );
  }
});

test("a bound is rounded up, never down, and stops at the largest the field can hold", () => {
  const encoded = (rootDispersionSeconds: number): number =>
    decodeNtp(encodeNtp({ ...decodeNtp(CHRONY), rootDispersionSeconds })).rootDispersionSeconds;
  assert.equal(encoded(1e-9), 1 / 65_536);
  assert.equal(encoded(0), 0);
  assert.equal(encoded(-5), 0);
  assert.equal(encoded(1e9), (2 ** 32 - 1) / 65_536);
});

test("reference ids that are text", () => {
  assert.equal(ntpReferenceId("RATE"), 0x52415445);
  assert.equal(ntpReferenceText(0x52415445), "RATE");
  assert.equal(ntpReferenceText(ntpReferenceId("GPS")), "GPS");
  assert.equal(ntpReferenceText(0x7f7f0101), "");
  assert.equal(ntpReferenceText(0), "");
});

const TIMES: readonly (readonly [string, number, { seconds: number; fraction: number }])[] = [
  ["1970", 0, { seconds: 2_208_988_800, fraction: 0 }],
  ["half a second", 500, { seconds: 2_208_988_800, fraction: 2 ** 31 }],
  ["a second's last instant", 1_999.99999999999, { seconds: 2_208_988_802, fraction: 0 }],
  ["the last second of era 0", 2_085_978_495_000, { seconds: 2 ** 32 - 1, fraction: 0 }],
  ["the first second of era 1", 2_085_978_496_000, { seconds: 0, fraction: 0 }],
];
for (const [name, wallMs, ntp] of TIMES) {
  test(`${name} goes into NTP time and back`, () => {
    assert.deepEqual(toNtp(wallMs), ntp);
    assert.ok(Math.abs(fromNtp(ntp, wallMs) - wallMs) < 1e-6);
  });
}

test("a stamp of the other era is the one nearest to our clock", () => {
  const after2036 = 2_085_978_500_000;
  assert.equal(fromNtp(toNtp(after2036), 2_085_978_490_000), after2036);
  assert.equal(fromNtp(toNtp(2_085_978_490_000), after2036), 2_085_978_490_000);
});

test("two stamps are the same when both words are", () => {
  assert.ok(sameNtp({ seconds: 1, fraction: 2 }, { seconds: 1, fraction: 2 }));
  assert.ok(!sameNtp({ seconds: 1, fraction: 2 }, { seconds: 1, fraction: 3 }));
  assert.ok(!sameNtp({ seconds: 1, fraction: 0 }, NTP_ZERO));
});
