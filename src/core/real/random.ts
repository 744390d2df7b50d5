import { randomBytes } from "node:crypto";
import type { Random } from "../world.ts";

export const realRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => new Uint8Array(randomBytes(count)),
};
