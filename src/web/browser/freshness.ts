/** How old the page is: said at all times, and said loudly when nothing comes any more. Ages grow every second. */
import { formatAge } from "./age.ts";
import { nowMs, setClock } from "./clock.ts";

/** Beats come every three seconds. */
const SILENT_MS = 8_000;

export interface Freshness {
  /** Something arrived. */
  news(nowMs: number): void;
}

export function startFreshness(): Freshness {
  const line = document.getElementById("freshness");
  const text = document.getElementById("freshness-text");
  const announcer = document.getElementById("announce");
  const banner = document.getElementById("stale");
  let newsAtMs = performance.now();
  let heard = false;
  let told = false;

  function tell(): void {
    const ageMs = performance.now() - newsAtMs;
    const silent = ageMs > SILENT_MS;
    if (line !== null) line.dataset["state"] = silent ? "silent" : heard ? "live" : "static";
    if (text !== null && (heard || silent))
      text.textContent = `${silent ? "not live" : "live"} · ${formatAge(ageMs)} old`;
    if (silent !== told && announcer !== null)
      announcer.textContent = silent ? "Lockstep can't be reached" : "Live again";
    told = silent;
    if (banner !== null) {
      banner.hidden = !silent;
      banner.textContent = silent ? `Lockstep can't be reached. What you see is ${formatAge(ageMs)} old.` : "";
    }
  }

  function tick(): void {
    tell();
    growAges();
    // On the second, so that ages on the page change together.
    setTimeout(tick, 1_000 - (nowMs() % 1_000));
  }

  tick();
  return {
    news(saidMs) {
      setClock(saidMs);
      newsAtMs = performance.now();
      heard = true;
      tell();
    },
  };
}

/** Every age on the page; an element without `data-ms` has none to tell, or 0. */
export function growAges(root: ParentNode = document): void {
  for (const element of root.querySelectorAll<HTMLElement>(".age[data-ms]")) {
    const ms = Number(element.dataset["ms"]);
    const text = ms === 0 ? "" : formatAge(nowMs() - ms);
    if (element.textContent !== text) element.textContent = text;
  }
}
