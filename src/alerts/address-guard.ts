/**
 * Which addresses a webhook may be sent to.
 *
 * A URL in the settings, or a name that somebody else controls, must not make the aggregator talk to what only it can
 * reach: loopback, private networks, link-local services (cloud metadata), and everything that is reserved (IANA's
 * special-purpose registries). Those need leave in the settings. Asked for the very address that is connected to, so a
 * name can't resolve to one address for the check and another for the connection.
 */
import { isIP } from "node:net";
import { inNetworks, type Network, parseNetwork } from "../core/networks.ts";

const RESERVED_V4: readonly Network[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

const RESERVED_V6: readonly Network[] = [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

const isReserved = inNetworks([...RESERVED_V4, ...RESERVED_V6]);

/** A function that says whether an address may be connected to; `allowed` are networks that get leave: `10.1.0.0/16`. */
export function addressGuard(allowed: readonly string[]): (address: string) => boolean {
  const hasLeave = inNetworks(allowed.map(parseNetwork));
  return (address) => {
    const [bare = ""] = address.split("%");
    return isIP(bare) !== 0 && (!isReserved(address) || hasLeave(address));
  };
}
