/** Light or dark: as the system has it, until somebody chooses. The server knows the choice from a cookie (web/views.ts). */
const YEAR_SECONDS = 31_536_000;

export function startTheme(): void {
  const button = document.getElementById("theme");
  if (button === null) return;
  button.hidden = false;
  button.addEventListener("click", switchTheme);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select") !== null;
    if (event.key === "d" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) switchTheme();
  });
}

function switchTheme(): void {
  const { dataset } = document.documentElement;
  const dark =
    dataset["theme"] === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : dataset["theme"] === "dark";
  dataset["theme"] = dark ? "light" : "dark";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `theme=${dataset["theme"]}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  document.dispatchEvent(new Event("themechange"));
}
