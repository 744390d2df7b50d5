/**
 * Which addresses a webhook may be sent to.
 *
 * A URL in the settings, or a name that somebody else controls, must not make the aggregator talk to what only it can
 * reach: loopback, private networks, link-local services (cloud metadata), and everything that is reserved (IANA's
 * special-purpose registries). Those need leave in the settings. Asked for the very address that is connected to, so a
 * name can't resolve to one address for the check and another for the connection.
 */
import { BlockList, isIP, isIPv4 } from "node:net";

const RESERVED_V4: readonly (readonly [string, number])[] = [
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

const RESERVED_V6: readonly (readonly [string, number])[] = [
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

const reserved = blockList([...RESERVED_V4, ...RESERVED_V6]);

/** A function that says whether an address may be connected to; `allowed` are networks that get leave: `10.1.0.0/16`. */
export function addressGuard(allowed: readonly string[]): (address: string) => boolean {
  const leave = blockList(allowed.map(parseNetwork));
  return (address) => {
    const plain = withoutMapping(address);
    const family = isIP(plain);
    if (family === 0) return false;
    const kind = family === 4 ? "ipv4" : "ipv6";
    return !reserved.check(plain, kind) || leave.check(plain, kind);
  };
}

/** @throws Error when it is no network. */
export function parseNetwork(text: string): readonly [string, number] {
  const [address, bits, rest] = text.split("/");
  const family = isIP(address ?? "");
  const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (
    family === 0 ||
    rest !== undefined ||
    !Number.isInteger(length) ||
    length < 0 ||
    length > (family === 4 ? 32 : 128)
  ) {
    throw new Error(`"${text}" is not a network; right would be 10.1.0.0/16 or 127.0.0.1`);
  }
  return [address!, length];
}

function blockList(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, length] of networks) list.addSubnet(address, length, isIPv4(address) ? "ipv4" : "ipv6");
  return list;
}

/** `::ffff:10.0.0.1` is 10.0.0.1, in whatever spelling; a zone (`%eth0`) does not matter. */
function withoutMapping(address: string): string {
  const [bare = ""] = address.split("%");
  if (isIP(bare) !== 6) return bare;
  const canonical = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const high = Number.parseInt(mapped[1]!, 16);
  const low = Number.parseInt(mapped[2]!, 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
