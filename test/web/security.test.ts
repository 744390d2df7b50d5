/** Who is answered at all, and what every answer carries. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import express from "express";
import { silentLog } from "#src/core/log.ts";
import { createApp } from "#src/web/app.ts";
import { loadAssets } from "#src/web/assets.ts";
import { GRAPHITE_ROUTES } from "#src/web/graphite-routes.ts";
import type { MountedRoute } from "#src/web/mount.ts";
import { WEB_ROUTES } from "#src/web/routes/index.ts";
import { CONTENT_SECURITY_POLICY, isLoopback } from "#src/web/security.ts";
import { openWeb } from "#src/web/server.ts";
import { createViews } from "#src/web/views.ts";
import { countingMetrics } from "../support/counting-metrics.ts";
import { FakeWorld } from "../support/fake-world.ts";
import { openStage, type Stage } from "../support/web-stage.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({}, "https://lockstep.example.org");
  stage.addNode("n1");
});
after(() => stage.close());

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** With whatever Host, which fetch does not allow. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
  url = stage.url,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { ...options, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on("error", reject).end();
  });
}

test("every answer has the policy, errors too", async () => {
  for (const path of [
    "/",
    "/node/prod/n1",
    "/api/health",
    "/metrics",
    "/healthz",
    "/nothing",
    "/favicon.svg",
    "/node/a/b",
  ]) {
    const { headers } = await ask(path);
    assert.equal(headers["content-security-policy"], CONTENT_SECURITY_POLICY, path);
    assert.equal(headers["x-content-type-options"], "nosniff", path);
    assert.equal(headers["referrer-policy"], "no-referrer", path);
    assert.equal(headers["x-powered-by"], undefined, path);
  }
});

test("the policy runs nothing but files of ours", () => {
  assert.match(CONTENT_SECURITY_POLICY, /^default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.match(CONTENT_SECURITY_POLICY, /require-trusted-types-for 'script'/);
  assert.doesNotMatch(CONTENT_SECURITY_POLICY, /unsafe|\*|https?:/);
});

test("nothing may be kept but assets", async () => {
  for (const path of ["/", "/api/clusters", "/events?page=no", "/nothing"]) {
    assert.equal((await ask(path)).headers["cache-control"], "no-store", path);
  }
});

test("names of this machine are answered, and the one that people use; others are not", async () => {
  const { port } = new URL(stage.url);
  for (const host of [
    "localhost",
    `127.0.0.1:${port}`,
    `LOCALHOST:${port}`,
    "[::1]:9",
    "lockstep.example.org",
    "localhost.",
  ]) {
    assert.equal((await ask("/healthz", { headers: { host } })).status, 200, host);
  }
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    "lockstep.example.org.evil",
    "0.0.0.0",
  ]) {
    assert.equal((await ask("/healthz", { headers: { host } })).status, 421, host);
  }
});

test("addresses that others reach are refused, with a way out", async () => {
  await assert.rejects(
    openWeb({ dependencies: {} as never, listen: { host: "0.0.0.0", port: 8484 } }),
    /cannot serve the pages on 0\.0\.0\.0:8484: there is no login yet.* web\.listen .*ssh -L/,
  );
});

const loopback: readonly (readonly [string, boolean])[] = [
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.0.0.1.evil.example", false],
  ["127.evil", false],
  ["::ffff:10.0.0.1", false],
];
for (const [host, want] of loopback) {
  test(`${host} is ${want ? "" : "not "}reached by this machine only`, () => assert.equal(isLoopback(host), want));
}

test("other methods are refused, and told which are right", async () => {
  for (const [method, path, allow] of [
    ["POST", "/", "GET, HEAD"],
    ["DELETE", "/api/alerts", "GET, HEAD"],
    ["PUT", "/render", "GET, POST, HEAD"],
    ["PATCH", "/node/prod/n1", "GET, HEAD"],
  ] as const) {
    const { status, headers } = await ask(path, { method });
    assert.deepEqual([status, headers["allow"]], [405, allow], `${method} ${path}`);
  }
});

test("no path leads out of the assets", async () => {
  const { body } = await ask("/");
  const root = /\/assets\/[0-9a-f]+/.exec(body)![0];
  for (const path of [
    "/../../package.json",
    "/..%2f..%2fpackage.json",
    "/%2e%2e/views.js",
    "/theme.css%00",
    "/browser",
    "",
  ]) {
    assert.equal((await ask(root + path)).status, 404, path);
  }
  assert.equal((await ask(`${root}/theme.css`)).status, 200);
  assert.equal((await ask(`/assets/0000000000000000/theme.css`)).status, 404);
});

test("who may do nothing is let in nowhere but where everybody may", async (t) => {
  const route = ({ paths, methods, access }: Pick<MountedRoute, "paths" | "methods" | "access">): MountedRoute => ({
    paths,
    methods,
    access,
    handler: (_request, response) => void response.send("let in"),
  });
  const admin = route({ paths: ["/admin"], methods: ["post"], access: "admin" });
  const routes = [...WEB_ROUTES, ...GRAPHITE_ROUTES].map(route);
  const server = await serve([...routes, admin], ["public"]);
  t.after(server.close);
  for (const { paths, methods, access } of [...routes, admin]) {
    for (const path of paths) {
      for (const method of methods) {
        const concrete = path.replace("*path", "x").replace(/:\w+/g, "x");
        const { status } = await ask(concrete, { method: method.toUpperCase() }, server.url);
        assert.equal(status, access === "public" ? 200 : 403, `${method} ${path}`);
      }
    }
  }
});

test("what changes something is not done for another site's page", async (t) => {
  const admin: MountedRoute = {
    paths: ["/admin"],
    methods: ["post"],
    access: "admin",
    handler: (_request, response) => void response.send("done"),
  };
  const server = await serve([admin], ["admin"]);
  t.after(server.close);
  const own = new URL(server.url).host;
  const post = async (origin?: string) => {
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    return (await ask("/admin", { method: "POST", headers }, server.url)).status;
  };
  assert.equal(await post(), 200);
  assert.equal(await post(`http://${own}`), 200);
  assert.equal(await post("https://lockstep.example.org"), 200);
  assert.equal(await post("https://evil.example"), 403);
  assert.equal(await post("null"), 403);
});

async function serve(routes: readonly MountedRoute[], grants: readonly MountedRoute["access"][]) {
  const views = createViews(loadAssets(), new FakeWorld().clock, "test");
  const app = express();
  app.use(
    createApp(
      {
        log: silentLog,
        metrics: countingMetrics(),
        views,
        hosts: new Set(["127.0.0.1"]),
        externalUrl: "https://lockstep.example.org",
        grants: new Set(grants),
      },
      routes,
    ),
  );
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

const HOSTILE = [
  `<img src=x onerror=alert(1)>`,
  `"><script>alert(1)</script>`,
  `' onmouseover='alert(1)`,
  "{{shell}}",
  "%3Cscript%3E",
];

test("hostile names are text, wherever they are shown", async (t) => {
  const hostile = await openStage();
  t.after(() => hostile.close());
  for (const name of HOSTILE) hostile.addNode(name);
  hostile.alerts = HOSTILE.map((name) => ({
    fingerprint: name,
    labels: { alertname: name, severity: name, cluster: "prod", node: name },
    annotations: { summary: name },
    state: "firing",
    verdict: "fire",
    startsAtMs: hostile.room.now().wallMs,
    heldMs: 0,
  }));
  const paths = [
    "/",
    ...HOSTILE.map((name) => `/node/prod/${encodeURIComponent(name)}`),
    `/nothing/${encodeURIComponent(HOSTILE[1]!)}`,
  ];
  for (const path of paths) {
    const { body } = await ask(path, { headers: { accept: "text/html" } }, hostile.url);
    assert.doesNotMatch(body, /<img|<script>|<script [^>]*alert|' onmouseover='|"><script/, path);
  }
});

test("our own failures are told without their insides", async (t) => {
  const broken = await openStage({
    snapshot: () => {
      throw new Error("secret detail");
    },
  });
  t.after(() => broken.close());
  for (const accept of ["text/html", "text/plain"]) {
    const { status, body } = await ask("/", { headers: { accept } }, broken.url);
    assert.equal(status, 500);
    assert.match(body, /the log tells of it as failure(=|&#x3D;)\d/);
    assert.doesNotMatch(body, /secret|\.js:|at /);
  }
});
