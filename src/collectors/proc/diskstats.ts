/** /proc/diskstats (Documentation/admin-guide/iostats.rst in the kernel): a line per block device and partition. */
import { numberIn, wordsOfLines } from "./table.ts";

export const DISKSTATS = "/proc/diskstats";

export interface DiskStats {
  readonly device: string;
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  /** Time in which at least one request was under way. */
  readonly busySeconds: number;
}

/** Whatever the device's own sector size is, the kernel counts here in units of this. */
const SECTOR_BYTES = 512;

/** Devices that are made of memory or of files, and diskette drives. */
const NO_DISK = /^(?:z?ram|loop|fd)\d+$/;

/** Whole disks, in the order of the file. */
export function parseDiskstats(text: string): DiskStats[] {
  const lines = wordsOfLines(text);
  const devices = new Set(lines.map((words) => words[2]));
  return lines
    .filter((words) => words[2] !== undefined && !NO_DISK.test(words[2]) && !isPartition(words[2], devices))
    .map((words) => ({
      device: words[2]!,
      reads: numberIn(DISKSTATS, words, 3),
      readBytes: numberIn(DISKSTATS, words, 5) * SECTOR_BYTES,
      writes: numberIn(DISKSTATS, words, 7),
      writtenBytes: numberIn(DISKSTATS, words, 9) * SECTOR_BYTES,
      busySeconds: numberIn(DISKSTATS, words, 12) / 1000,
    }));
}

/** `sda1` beside `sda`, `nvme0n1p2` beside `nvme0n1`. A virtual disk `xvda1` without an `xvda` is a disk of its own. */
function isPartition(device: string, devices: ReadonlySet<string | undefined>): boolean {
  const disk = /^(.+?)p?\d+$/.exec(device)?.[1];
  return disk !== undefined && devices.has(disk);
}
