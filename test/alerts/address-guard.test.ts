import assert from "node:assert/strict";
import { test } from "node:test";
import { addressGuard } from "#src/alerts/address-guard.ts";
import { parseNetwork } from "#src/core/networks.ts";

test("addresses that only the aggregator can reach need leave", () => {
  const guard = addressGuard([]);
  const rows: readonly (readonly [string, boolean])[] = [
    ["93.184.216.34", true],
    ["2606:2800:220:1::1", true],
    ["127.0.0.1", false],
    ["127.255.255.254", false],
    ["0.0.0.0", false],
    ["10.1.2.3", false],
    ["172.16.0.1", false],
    ["172.32.0.1", true],
    ["192.168.1.1", false],
    ["169.254.169.254", false],
    ["100.64.0.1", false],
    ["198.18.0.1", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["::1", false],
    ["::", false],
    ["::ffff:127.0.0.1", false],
    ["::ffff:7f00:1", false],
    ["0:0:0:0:0:ffff:0a00:0001", false],
    ["::127.0.0.1", false],
    ["::ffff:93.184.216.34", true],
    ["64:ff9b::7f00:1", false],
    ["2002:7f00:1::", false],
    ["fe80::1%eth0", false],
    ["fd00::1", false],
    ["ff02::1", false],
    ["not an address", false],
    ["", false],
  ];
  for (const [address, want] of rows) assert.equal(guard(address), want, address);
});

test("leave is given by network", () => {
  const guard = addressGuard(["127.0.0.1", "10.1.0.0/16", "fd00::/8"]);
  const rows: readonly (readonly [string, boolean])[] = [
    ["127.0.0.1", true],
    ["::ffff:127.0.0.1", true],
    ["127.0.0.2", false],
    ["10.1.255.1", true],
    ["10.2.0.1", false],
    ["fd12::1", true],
    ["::1", false],
  ];
  for (const [address, want] of rows) assert.equal(guard(address), want, address);
  for (const wrong of ["10.0.0.0/33", "10.0.0", "::/129", "a/8", "10.0.0.0/8/8", "10.0.0.0/x"]) {
    assert.throws(() => parseNetwork(wrong), /is not a network/, wrong);
  }
});
