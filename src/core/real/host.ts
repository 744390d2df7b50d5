import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Host } from "../world.ts";

/** Reads the boot id once: it cannot change while a process lives. */
export function realHost(): Host {
  return {
    hostname: hostname(),
    processId: process.pid,
    bootId: readBootId(),
    usage: () => {
      const cpu = process.cpuUsage();
      return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (cpu.user + cpu.system) / 1e6 };
    },
  };
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return ""; // not Linux: reboots can't be told from restarts there, and nothing pretends to
  }
}
