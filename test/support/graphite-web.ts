/**
 * A real graphite-web, started by a test on a loopback port over a directory of whisper files: the oracle.
 *
 * Debian's package is used (1.1.8); GRAPHITE_WEB names the `webapp` directory of another release. Nothing is cached,
 * nothing is asked of a carbon, and the clock is what each request's `now` says. The server ends with its standard
 * input, so that it can't outlive the test.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { MemorySeries } from "./memory-reader.ts";
import { writeWhisperFile } from "./whisper-file.ts";

const PYTHON = "/usr/bin/python3";
const { GRAPHITE_WEB, PATH } = process.env;
const WEBAPP = GRAPHITE_WEB ?? "/usr/lib/python3/dist-packages";

export interface GraphiteWeb {
  /** `1.1.8`, as `/version` says. */
  readonly version: string;
  /** Makes these series the only ones. */
  load(series: readonly MemorySeries[]): Promise<void>;
  get(path: string, parameters: Parameters): Promise<Answer>;
  post(path: string, parameters: Parameters): Promise<Answer>;
  close(): Promise<void>;
}

export type Parameters = readonly (readonly [string, string])[];

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Why no oracle can run here, or undefined when one can. */
export function graphiteWebMissing(): string | undefined {
  const found = spawnSync(PYTHON, ["-c", "import graphite.render.functions, whisper"], {
    env: { PYTHONPATH: WEBAPP, DJANGO_SETTINGS_MODULE: "graphite.settings", GRAPHITE_SETTINGS_MODULE: "none" },
  });
  return found.error === undefined && spawnedPython(found.stderr.toString())
    ? undefined
    : "graphite-web is not installed here (Debian: graphite-web, graphite-carbon)";
}

/** Importing the functions without settings fails late, in Django: that is proof enough that the package is there. */
function spawnedPython(errors: string): boolean {
  return !errors.includes("No module named");
}

export async function startGraphiteWeb(): Promise<GraphiteWeb> {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-oracle-"));
  const whisperDirectory = join(directory, "whisper");
  for (const name of ["whisper", "log", "conf", "rrd", "ceres"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "oracle_settings.py"), settings(directory));
  writeFileSync(join(directory, "oracle.py"), SERVER);
  const child = spawn(PYTHON, ["-W", "ignore", join(directory, "oracle.py")], {
    env: { PATH, PYTHONPATH: `${directory}:${WEBAPP}`, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (bytes: Buffer) => {
    errors = (errors + bytes.toString()).slice(-10_000);
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const first = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve)),
    exited.then(() => ""),
  ]);
  const port = Number(/^port (\d+)$/.exec(first)?.[1]);
  if (!(port > 0)) throw new Error(`graphite-web did not start:\n${errors}`);
  const url = `http://127.0.0.1:${port}`;
  const post = (path: string, parameters: Parameters): Promise<Answer> =>
    ask(`${url}${path}`, { method: "POST", body: form(parameters) });
  let loaded: string[] = [];
  return {
    version: (await ask(`${url}/version/`)).body.trim(),
    async load(series) {
      await post(
        "/tags/delSeries",
        loaded.map((name) => ["path", name] as const),
      );
      rmSync(whisperDirectory, { recursive: true });
      mkdirSync(whisperDirectory);
      for (const one of series) writeWhisperFile(whisperDirectory, one);
      loaded = series.map(({ name }) => name).filter((name) => name.includes(";"));
      await post(
        "/tags/tagMultiSeries",
        loaded.map((name) => ["path", name] as const),
      );
    },
    get: (path, parameters) => ask(`${url}${path}?${form(parameters)}`),
    post,
    async close() {
      child.stdin.end();
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function form(parameters: Parameters): URLSearchParams {
  return new URLSearchParams(parameters.map(([key, value]): [string, string] => [key, value]));
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return {
    status: response.status,
    contentType: response.headers.get("content-type") ?? "",
    body: await response.text(),
  };
}

function settings(directory: string): string {
  return `
SECRET_KEY = 'an oracle has no secrets'
ALLOWED_HOSTS = ['*']
TIME_ZONE = 'UTC'
STORAGE_DIR = ${JSON.stringify(directory)}
CONF_DIR = STORAGE_DIR + '/conf'
LOG_DIR = STORAGE_DIR + '/log'
WHISPER_DIR = STORAGE_DIR + '/whisper'
RRD_DIR = STORAGE_DIR + '/rrd'
CERES_DIR = STORAGE_DIR + '/ceres'
INDEX_FILE = STORAGE_DIR + '/index'
CARBONLINK_HOSTS = []
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.dummy.DummyCache'}}
DEFAULT_CACHE_DURATION = 0
FIND_CACHE_DURATION = 0
TAGDB_CACHE_DURATION = 0
USE_WORKER_POOL = False
LOG_INFO_PERFORMANCE = False
LOG_ROTATION = False
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': STORAGE_DIR + '/graphite.db'}}
`;
}

const SERVER = `
import os, sys, threading
os.environ['DJANGO_SETTINGS_MODULE'] = 'graphite.settings'
os.environ['GRAPHITE_SETTINGS_MODULE'] = 'oracle_settings'
import django
django.setup()
from django.core.management import call_command
call_command('migrate', verbosity=0, run_syncdb=True)
from django.core.wsgi import get_wsgi_application
from wsgiref.simple_server import make_server, WSGIRequestHandler

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

server = make_server('127.0.0.1', 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print('port %d' % server.server_port, flush=True)
server.serve_forever()
`;
