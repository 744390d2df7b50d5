/**
 * The foreign parts that the tests are held against, from Debian: which are missing, and how they are installed.
 * Nothing that they install is started as a service.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

/** Package → a file that shows that it is there. */
const PARTS = {
  rrdtool: "/usr/bin/rrdtool",
  "collectd-core": "/usr/sbin/collectd",
  "graphite-carbon": "/usr/bin/carbon-cache",
  "python3-whisper": "/usr/lib/python3/dist-packages/whisper.py",
  "graphite-web": "/usr/lib/python3/dist-packages/graphite/render/functions.py",
  "carbon-c-relay": "/usr/bin/carbon-c-relay",
  prometheus: "/usr/bin/promtool",
  "prometheus-node-exporter": "/usr/bin/prometheus-node-exporter",
  chrony: "/usr/sbin/chronyd",
  libfaketime: "/usr/bin/faketime",
  chromium: "/usr/bin/chromium",
  openssl: "/usr/bin/openssl",
  curl: "/usr/bin/curl",
  "python3-protobuf": "/usr/lib/python3/dist-packages/google/protobuf/message.py",
  "python3-lz4": "/usr/lib/python3/dist-packages/lz4/frame/__init__.py",
  "python3-snappy": "/usr/lib/python3/dist-packages/snappy/__init__.py",
  "victoria-metrics": "/usr/bin/victoria-metrics",
};

/** faketime's program and library come in packages of two names. */
const ALSO = { libfaketime: ["faketime"] };

export function ensureDebianParts() {
  const missing = Object.keys(PARTS).filter((name) => !existsSync(PARTS[name]));
  if (missing.length === 0) return;
  const packages = missing.flatMap((name) => [name, ...(ALSO[name] ?? [])]);
  const command = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  if (!existsSync("/usr/bin/apt-get")) {
    fail(
      packages,
      "This is no Debian: please install their like by hand; the tests look for",
      missing.map((name) => PARTS[name]),
    );
  }
  if (process.getuid?.() !== 0) fail(packages, "You are not root, so please install them:", [`sudo ${command}`]);
  console.error(`Installing what the tests are held against: ${packages.join(", ")} …`);
  withoutServices(() => {
    install(["update", "-qq"]);
    install(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  });
}

/** Debian starts the services that it installs, unless a policy says no. */
function withoutServices(work) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(policy);
  }
}

function install(args) {
  const done = spawnSync("apt-get", args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (done.status !== 0) {
    console.error(`lockstep: apt-get ${args.join(" ")} failed; the tests need these packages`);
    process.exit(1);
  }
}

function fail(packages, why, lines) {
  console.error(`lockstep: the tests are held against real parts that are not here: ${packages.join(", ")}`);
  console.error(`${why}\n\n  ${lines.join("\n  ")}\n`);
  console.error("What needs none of them runs with: npm run check");
  process.exit(1);
}
