/** /proc/net/dev (proc(5)): a line per network interface of our network namespace. */
import { numberIn, wordsOfLines } from "./table.ts";

export const NET_DEV = "/proc/net/dev";

export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly drops: number;
}

export interface InterfaceTraffic {
  readonly name: string;
  readonly rx: Traffic;
  readonly tx: Traffic;
}

const FIRST_RECEIVED = 0;
const FIRST_SENT = 8;

/** All interfaces but the loopback, in the order of the file. */
export function parseNetDev(text: string): InterfaceTraffic[] {
  return text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map(parseLine)
    .filter(({ name }) => name !== "lo");
}

/** A name may hold a colon (`eth0:1`) and touch the first number: the last colon ends it. */
function parseLine(line: string): InterfaceTraffic {
  const colon = line.lastIndexOf(":");
  const numbers = wordsOfLines(line.slice(colon + 1))[0] ?? [];
  const traffic = (first: number): Traffic => ({
    bytes: numberIn(NET_DEV, numbers, first),
    packets: numberIn(NET_DEV, numbers, first + 1),
    errors: numberIn(NET_DEV, numbers, first + 2),
    drops: numberIn(NET_DEV, numbers, first + 3),
  });
  return { name: line.slice(0, colon).trim(), rx: traffic(FIRST_RECEIVED), tx: traffic(FIRST_SENT) };
}
