// How the card looks. Colours follow the page's own `color-scheme`; every one is a variable a site may set.

export const CSS = `
:host {
  --ground: var(--relay-ground, light-dark(#fff, #191c22));
  --ink: var(--relay-ink, light-dark(#16181d, #eceef2));
  --soft: var(--relay-soft, light-dark(#565d6b, #a3acba));
  --line: var(--relay-line, light-dark(#d6dae1, #363c47));
  --wash: var(--relay-wash, light-dark(#f4f6f8, #21252d));
  --accent: var(--relay-accent, light-dark(#1f4fd8, #8fb0ff));
  --on-accent: var(--relay-on-accent, light-dark(#fff, #0d1836));
  --good: var(--relay-good, light-dark(#14713f, #74d3a0));
  --wait: var(--relay-wait, light-dark(#7a5200, #eabb5f));
  --bad: var(--relay-bad, light-dark(#b3261e, #f2958e));
  --radius: var(--relay-radius, 14px);
  display: block; margin-block: 1.5rem;
}
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="light"]) { color-scheme: light; }
:host([hidden]) { display: none; }
*, *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
.card {
  max-width: var(--relay-width, 30rem); margin-inline: auto; padding: 1.5rem;
  display: grid; gap: .85rem; background: var(--ground); color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--radius); overflow-wrap: anywhere;
  font: 1rem/1.5 var(--relay-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif);
}
p { margin: 0; }
header { display: flex; gap: .7rem; align-items: center; }
.mark { flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; display: grid; place-items: center; background: var(--wash); color: var(--soft); }
.mark svg { width: 1.2rem; height: 1.2rem; fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
[data-tone="good"] .mark { background: var(--good); color: var(--ground); }
[data-tone="bad"] .mark { color: var(--bad); }
[data-tone="wait"] .mark { color: var(--wait); }
.title { font-size: 1.125rem; font-weight: 650; line-height: 1.3; }
.price { font-size: 1.75rem; font-weight: 650; line-height: 1.15; letter-spacing: -.015em; font-variant-numeric: tabular-nums; }
.price span { margin-left: .6rem; font-size: 1rem; font-weight: 400; letter-spacing: 0; color: var(--soft); }
.notice { padding: .6rem .85rem; border-radius: calc(var(--radius) * .6); background: var(--wash); font-size: .9375rem; }
.status { font-size: .9375rem; color: var(--soft); }
.status:empty { position: absolute; }
.status:focus { outline: none; }
[data-tone="bad"] .status { color: var(--bad); font-weight: 550; }
.actions { display: grid; gap: .55rem; }
.actions:empty { display: none; }
button, a {
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  display: flex; gap: .65rem; align-items: center; justify-content: center; min-height: 2.75rem; padding: .55rem 1rem;
  color: var(--ink); background: transparent; border: 1px solid var(--line); border-radius: calc(var(--radius) * .7);
}
button:hover, a:hover { border-color: currentcolor; }
.primary { color: var(--on-accent); background: var(--accent); border-color: transparent; }
.primary:hover { filter: brightness(1.08); }
a.link { color: var(--accent); border-color: transparent; }
a.link:hover { text-decoration: underline; border-color: transparent; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
small { display: block; font-size: .8125rem; font-weight: 400; opacity: .85; }
img { border-radius: 4px; }
.fine { font-size: .8125rem; color: var(--soft); }
.brief { display: flex; align-items: center; gap: .75rem; flex-wrap: wrap; padding: .6rem .9rem; }
.brief .mark { width: 1.6rem; height: 1.6rem; }
.brief .title { font-size: 1rem; }
.brief .status { margin-inline-start: auto; }
@media (prefers-reduced-motion: no-preference) {
  [data-tone="wait"] .mark { animation: breathe 1.4s ease-in-out infinite alternate; }
  @keyframes breathe { to { opacity: .45; } }
}
@media (forced-colors: active) { .mark { border: 1px solid; } }
`;
