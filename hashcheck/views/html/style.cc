#include "hashcheck/views/html/page.h"

namespace etcdf::hashcheck {

// Nothing is told by colour alone: verdicts have words, bars have labels, the heat map has heights.
const std::string_view kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2128; --faint: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --bad: #a4161a; --bad-paper: #fdeceb; --good: #176a34; --good-paper: #e8f5ec;
  --unsure: #7a4d00; --unsure-paper: #fff4d6; --shade: 88%; --vivid: 70%;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e6eaef; --faint: #9aa5b1; --line: #3a424c; --panel: #1d232a;
    --bad: #ff8d85; --bad-paper: #3b1a1b; --good: #76d693; --good-paper: #15301f;
    --unsure: #f2c265; --unsure-paper: #33270f; --shade: 26%; --vivid: 42%;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1rem; max-width: 80rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Liberation Sans", sans-serif; overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1rem; font-weight: 600; color: var(--faint); }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p, ul, figure { margin: .5rem 0; }
ul { padding-left: 1.25rem; }
code { font: .875em/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
.note { color: var(--faint); font-size: .875rem; }
.verdict {
  margin: .75rem 0; padding: .75rem 1rem; border-left: .5rem solid; border-radius: .25rem;
  font-size: 1.25rem; line-height: 1.4;
}
.diverged { color: var(--bad); background: var(--bad-paper); }
.consistent { color: var(--good); background: var(--good-paper); }
.undecidable { color: var(--unsure); background: var(--unsure-paper); }

.box { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; }
caption { padding: .25rem 0; text-align: left; color: var(--faint); font-size: .875rem; }
th, td { padding: .25rem .6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { background: var(--panel); font-size: .8125rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.members th, .members td { white-space: nowrap; overflow-wrap: normal; }
.members tbody { font-size: .875rem; }
em { padding: 0 .375rem; border: 1px solid; border-radius: .25rem; color: var(--bad); font-style: normal; font-size: .8125em; }
tr.alone > * { background: var(--bad-paper); font-weight: 600; }
tr.alone > :first-child { border-left: .375rem solid var(--bad); }
.sides { width: 100%; table-layout: fixed; }
.sides thead th:first-child { width: 9rem; }
.sides tbody th { overflow-wrap: normal; font-size: .875rem; }
.sides tr.unlike > * { background: var(--unsure-paper); }
.sides tr.unlike > th::before { content: "\2260\a0"; }

.strip { display: grid; grid-template-columns: minmax(2.5rem, auto); margin: .375rem 0; }
.cells { display: grid; gap: 1px; height: 1.75rem; align-items: end; background: var(--panel); }
.cells i, .key i { display: block; background: var(--good); height: 20%; opacity: .55; }
.cells .none, .key .none { height: 0; }
.cells .renumbered, .key .renumbered { height: 45%; background: var(--unsure); opacity: .8; }
.cells .different, .key .different { height: 100%; background: var(--bad); opacity: 1; }
.ends { display: flex; justify-content: space-between; color: var(--faint); font-size: .8125rem; }
.key { display: inline-flex; align-items: end; width: .625rem; height: 1rem; margin-right: .375rem; }
.key i { width: 100%; }
.choice { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; }

.log { width: 100%; }
.log th, .log td { white-space: nowrap; overflow-wrap: normal; font-size: .8125rem; }
.log thead th:first-child { width: 9rem; }
.log thead th { font-weight: normal; font-variant-numeric: tabular-nums; }
.log .run { border: 2px solid var(--ink); background: hsl(var(--hue) var(--vivid) var(--shade)); }
.log .open { border-style: dashed; }
.log .over { border: 2px dotted var(--faint); color: var(--faint); text-decoration: line-through; }
.log .gap {
  background: repeating-linear-gradient(45deg, var(--bad-paper) 0 6px, var(--paper) 6px 12px);
}
.log .none { color: var(--faint); }
.term0 { --hue: 212; } .term1 { --hue: 35; } .term2 { --hue: 140; }
.term3 { --hue: 285; } .term4 { --hue: 0; } .term5 { --hue: 180; }

@media (max-width: 40rem) {
  body { padding: .75rem; }
  .verdict { font-size: 1.125rem; }
  .sides thead th:first-child { width: 5.75rem; }
  .sides tbody th { font-size: .75rem; }
  .sides th, .sides td { padding: .25rem .375rem; }
}
@media print {
  :root {
    --paper: #fff; --ink: #000; --faint: #444; --line: #999; --panel: #f4f4f4; --bad: #a4161a;
    --bad-paper: #fdeceb; --good: #176a34; --good-paper: #e8f5ec; --unsure: #7a4d00;
    --unsure-paper: #fff4d6; --shade: 88%; --vivid: 70%; color-scheme: light;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  .box { overflow: visible; }
  .members th, .members td { padding: .125rem .25rem; font-size: 7.5pt; }
  tr, figure, .strip { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
)css";

}  // namespace etcdf::hashcheck
