/** Addresses, certificates and networks as settings say them, and what is told of wrong ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "#src/config/load.ts";
import { type Config, configSchema } from "#src/config/schema.ts";
import { formatListenAddress } from "#src/core/options.ts";

function load(text: string, environment: Readonly<Record<string, string>> = {}): Config["receivers"] {
  return loadConfig(configSchema, { file: { path: "l.yaml", text: `receivers:\n${text}` }, environment, flags: [] })
    .values.receivers;
}

test("one address or several, in the file and in the environment", () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ["  line: 0.0.0.0:2003", {}, ["0.0.0.0:2003"]],
    ["  line: [127.0.0.1:2003, '[::1]:2003']", {}, ["127.0.0.1:2003", "[::1]:2003"]],
    ["  line: 127.0.0.1:2003, 10.0.0.1:2003", {}, ["127.0.0.1:2003", "10.0.0.1:2003"]],
    ["  {}", { LOCKSTEP_RECEIVERS_LINE: "127.0.0.1:1,10.0.0.1:2" }, ["127.0.0.1:1", "10.0.0.1:2"]],
    ["  {}", { LOCKSTEP_RECEIVERS_LINE: "[::1]:1" }, ["[::1]:1"]],
    ["  line: tls://h:1\n  tls: { certificate: c, key: k }", {}, ["tls://h:1"]],
  ];
  for (const [text, environment, want] of rows) {
    assert.deepEqual(load(text, environment).line.map(formatListenAddress), want, text);
  }
});

test("only lines on the loopback are received unless more is asked for", () => {
  const { line, udp, unix, pickle, protobuf, http, tls } = load("  {}");
  assert.deepEqual(line.map(formatListenAddress), ["127.0.0.1:2003"]);
  assert.deepEqual([udp, unix, pickle, protobuf, http, tls], new Array(6).fill(undefined));
});

test("what is wrong is told with its place, and what would be right", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["  line: nowhere", /l\.yaml:2: receivers\.line: "nowhere" is not HOST:PORT; right would be 127\.0\.0\.1:2003/],
    ["  line: []", /receivers\.line/],
    ["  pickle: [127.0.0.1:1, 7]", /receivers\.pickle\.1: 7 is not HOST:PORT/],
    ["  udp: tls://127.0.0.1:1", /receivers\.udp: "tls:\/\/127\.0\.0\.1:1": there is no TLS here; right would be 127/],
    ["  line: tls://127.0.0.1:1", /receivers\.tls: an address begins with tls:\/\/, but there is no certificate/],
    ["  tls: { certificate: c, key: k }", /receivers\.tls: there is a certificate, but no address begins with tls:/],
    ["  tls: { certificate: c }", /receivers\.tls\.key/],
    ["  allow: [10.0.0.0/33]", /receivers\.allow\.0: "10\.0\.0\.0\/33" is not a network; right would be 10\.1\.0\.0/],
    ["  connectionsPerPeer: 0", /receivers\.connectionsPerPeer/],
  ];
  for (const [text, message] of rows) assert.throws(() => load(text), { code: "CONFIG", message }, text);
});
