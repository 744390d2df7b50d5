/** Networks as settings name them, `10.1.0.0/16`, and whether an address is in one. */
import { BlockList, isIP, isIPv4 } from "node:net";

export type Network = readonly [address: string, prefixBits: number];

/** @throws Error when it is no network. */
export function parseNetwork(text: string): Network {
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

/** A function that says whether an address is in one of the networks; what is no address is in none. */
export function inNetworks(networks: readonly Network[]): (address: string) => boolean {
  const list = new BlockList();
  for (const [address, length] of networks) list.addSubnet(address, length, isIPv4(address) ? "ipv4" : "ipv6");
  return (address) => {
    const plain = withoutMapping(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? "ipv4" : "ipv6");
  };
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
