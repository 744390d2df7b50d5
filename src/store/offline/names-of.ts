/** Names of some series, read from names.log without opening the store. */
import type { Files } from "../../core/world.ts";
import { DELETED } from "../names-log.ts";
import { LOG_KINDS } from "./data-files.ts";
import { scanLog } from "./scan-log.ts";

export type NamesOf = ReadonlyMap<number, string>;

const decoder = new TextDecoder();

export async function readNames(files: Files, path: string, wanted: ReadonlySet<number>): Promise<NamesOf> {
  const names = new Map<number, string>();
  if (wanted.size === 0) return names;
  const slash = path.lastIndexOf("/");
  const file = { path: path.slice(slash + 1), log: LOG_KINDS.names };
  await scanLog(files, path.slice(0, slash), file, (payload) => {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    let id = view.getUint32(0, true);
    if (id === DELETED) return; // what they were called is still of use to who reads of them
    for (let at = 4; at + 2 <= payload.length; id++) {
      const length = view.getUint16(at, true);
      if (wanted.has(id)) names.set(id, decoder.decode(payload.subarray(at + 2, at + 2 + length)));
      at += 2 + length;
    }
  });
  return names;
}
