"""The style of the page: light and dark, wide and narrow, and on paper.

In: nothing. Out: one style sheet. Text stands against its ground by 4.5 to 1 or more, and no
meaning hangs on a colour alone.
"""

from __future__ import annotations

_LIGHT = """
  --ground: #f6f7f9; --panel: #ffffff; --ink: #1a1f26; --dim: #57606a; --rule: #d5dae1;
  --model: #0a5dc2; --river: #a8480a; --prior: #6a737d; --alarm: #b3261e;
  --good: #116329; --caution: #7d4e00; --warning: #b3261e;
  --sa: #0a5dc2; --sb: #b35309; --sc: #117a3d; --sd: #8144c0; --se: #b3256b; --sf: #0f7480;
  --sg: #806600; --sh: #38445a; --sz: #7c8590;
"""

_DARK = """
  --ground: #0e1217; --panel: #161c24; --ink: #e7ebf0; --dim: #a3adb9; --rule: #303a46;
  --model: #6fb1ff; --river: #f2a25c; --prior: #a3adb9; --alarm: #ff8a80;
  --good: #56d079; --caution: #e6b655; --warning: #ff8a80;
  --sa: #6fb1ff; --sb: #f2a25c; --sc: #56d079; --sd: #c79bff; --se: #ff8ac0; --sf: #4fd1d9;
  --sg: #d8c04e; --sh: #d3dae4; --sz: #7f8a97;
"""

_TEXT = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.15; margin: 4px 0 16px;
  letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 8px; letter-spacing: -0.01em; }
h3 { font-size: 1rem; margin: 0 0 4px; }
p { margin: 0 0 12px; max-width: 72ch; overflow-wrap: anywhere; }
a { color: var(--model); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--model); outline-offset: 2px; }
.kicker { text-transform: uppercase; letter-spacing: 0.12em; font-size: 0.8rem; font-weight: 600;
  color: var(--dim); margin: 0; }
.lead { font-size: 1.1rem; } .verdict { font-weight: 650; }
details + p { margin-top: 14px; }
.dim { color: var(--dim); font-size: 0.875rem; }
.name { font-weight: 600; overflow-wrap: anywhere; }
code { font-family: ui-monospace, "SF Mono", "Liberation Mono", Menlo, Consolas, monospace;
  font-size: 0.92em; overflow-wrap: anywhere; }
td code { white-space: nowrap; } td.word code { white-space: normal; }
.rule { display: block; min-width: 20em; overflow-wrap: break-word; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
"""

_PARTS = """
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px;
  margin: 24px 0; }
.tile { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px;
  padding: 14px 16px; }
.tile h2 { font-size: 0.875rem; font-weight: 600; margin: 0; letter-spacing: 0; }
.tile .value { font-size: 2rem; font-weight: 650; line-height: 1.2; margin: 2px 0 4px;
  font-variant-numeric: tabular-nums; }
.tile .dim { margin: 0; line-height: 1.35; }
section { margin-top: 44px; scroll-margin-top: 12px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 28px; padding: 10px 0;
  border-block: 1px solid var(--rule); }
nav a { text-decoration: none; padding: 2px 0; }
nav a:hover { text-decoration: underline; }
.findings { list-style: none; margin: 0; padding: 0; background: var(--panel);
  border: 1px solid var(--rule); border-radius: 10px; }
.findings li { display: flex; gap: 8px; padding: 10px 16px; }
.findings li + li { border-top: 1px solid var(--rule); }
.findings span:last-child { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.sign { flex: none; width: 1.5em; height: 1.5em; line-height: 1.5em; text-align: center;
  border-radius: 50%; font-weight: 700; color: var(--panel); background: currentColor; }
.warning .sign { background: var(--warning); } .caution .sign { background: var(--caution); }
.good .sign { background: var(--good); }
.level { flex: none; width: 5em; font-weight: 600; }
.warning .level { color: var(--warning); } .caution .level { color: var(--caution); }
.good .level { color: var(--good); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr));
  gap: 20px; margin: 16px 0; align-items: start; }
figure { margin: 0; padding: 14px 16px; background: var(--panel); border: 1px solid var(--rule);
  border-radius: 10px; min-width: 0; }
.run .plots { grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); }
.plots > figure:only-child { max-width: 600px; }
.beside { min-width: 0; padding: 14px 0; }
figcaption { font-weight: 600; margin-bottom: 6px; overflow-wrap: anywhere; }
figure > svg { display: block; width: 100%; height: auto; max-width: 560px; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--model); width: fit-content; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums;
  min-width: 100%; }
caption { text-align: left; color: var(--dim); padding-bottom: 6px; }
th, td { padding: 6px 14px 6px 0; text-align: right; vertical-align: top; white-space: nowrap;
  border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 2px; }
thead th { font-weight: 600; color: var(--dim); vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 400; }
th[scope=row], .word { text-align: left; }
td.word { white-space: normal; min-width: 8em; }
tbody + tbody { border-top: 2px solid var(--rule); }
.badge { white-space: nowrap; font-weight: 600; }
.badge.large { color: var(--warning); } .badge.moderate { color: var(--caution); }
.badge.stable { color: var(--good); }
dl { display: grid; grid-template-columns: minmax(8em, max-content) 1fr; gap: 6px 24px;
  margin: 12px 0; }
dt { font-weight: 600; }
dd { margin: 0; max-width: 72ch; overflow-wrap: anywhere; min-width: 0; }
pre { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px;
  padding: 12px 16px; overflow-x: auto; font-size: 0.875rem; }
"""

_PLOTS = """
svg text { font-size: 12px; fill: var(--ink); unicode-bidi: isolate; }
svg text.dim { fill: var(--dim); font-size: 12px; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--dim); stroke-width: 1; }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .line.model { stroke: var(--model); stroke-width: 2.5; }
svg .line.running { stroke: var(--model); stroke-width: 1.5; stroke-dasharray: 1 4; }
svg .line.river { stroke: var(--river); stroke-width: 1.75; stroke-dasharray: 8 3; }
svg .line.prior, svg .line.all { stroke: var(--prior); stroke-width: 1.5; stroke-dasharray: 4 4; }
svg .mark.alarm { stroke: var(--alarm); stroke-width: 1.5; stroke-dasharray: 2 3; }
svg .band.model { fill: var(--model); opacity: 0.16; }
svg .dot.model { fill: var(--model); stroke: var(--panel); stroke-width: 1; }
svg .dot.few { fill: var(--panel); stroke: var(--dim); stroke-width: 1.5; }
svg .reach { stroke-width: 2; stroke-linecap: round; }
svg .reach.model { stroke: var(--model); } svg .reach.few { stroke: var(--dim); }
svg.bar { width: 110px; height: 13px; display: block; margin-top: 4px; }
svg .bar.large { fill: var(--warning); } svg .bar.moderate { fill: var(--caution); }
svg .bar.stable { fill: var(--good); }
svg .part { stroke: var(--panel); stroke-width: 0.75; }
svg .track { fill: var(--rule); opacity: 0.5; }
svg .threshold { stroke: var(--dim); stroke-width: 1; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; font-size: 0.8125rem;
  color: var(--dim); }
.key { display: inline-block; width: 24px; height: 0; vertical-align: middle;
  border-top: 3px solid var(--model); }
.key.running { border-top: 2px dotted var(--model); }
.key.river { border-top: 2px dashed var(--river); }
.key.prior, .key.all { border-top: 2px dashed var(--prior); }
.key.alarm { border-top: 2px dotted var(--alarm); }
.key.dot { width: 9px; height: 9px; border: 0; border-radius: 50%; background: var(--model); }
"""

SERIES = ("sa", "sb", "sc", "sd", "se", "sf", "sg", "sh", "sz")
"""Colours of bars that are told apart; the last is grey."""

_SERIES = "".join(
    f"svg .part.{one} {{ fill: var(--{one}); }}\n"
    f".key.{one} {{ width: 12px; height: 12px; border: 0; border-radius: 2px;"
    f" background: var(--{one}); }}\n"
    for one in SERIES
)

_NARROW = """
@media (max-width: 560px) {
  main { padding: 20px 14px 48px; }
  .findings li { flex-wrap: wrap; padding: 10px 12px; }
  .findings span:last-child { flex-basis: 100%; }
  dl { grid-template-columns: 1fr; gap: 2px; } dd { margin-bottom: 8px; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
  figure { padding: 12px 10px; }
  .run svg text, .run svg text.dim { font-size: 14px; }
}
"""

_PAPER = """
@media print {
  body { font-size: 10.5pt; background: #fff; }
  main { max-width: none; padding: 0; }
  nav, .findings a { display: none; }
  section { margin-top: 24px; }
  figure, .tile, tr, .findings li { break-inside: avoid; }
  h2, h3, figcaption { break-after: avoid; }
  .plots, .run .plots { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; } table { font-size: 8pt; }
  th, td { padding-right: 6px; }
  details:not([open]) { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

STYLE = (
    f":root {{ color-scheme: light dark;{_LIGHT}}}"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{{_DARK}}} }}"
    f"{_TEXT}{_PARTS}{_PLOTS}{_SERIES}{_NARROW}{_PAPER}"
)
"""Everything a page is dressed with; colours are of the screen's preference, light on paper."""
