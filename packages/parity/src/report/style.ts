// Contrast is at least 4.5 to 1 in both schemes.
/** The style sheet of every report: one column on a phone, side by side on a desk, plain on paper. */
export const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1d21;--soft:#5a6068;--line:#d9dce1;--panel:#f5f6f8;--good:#116b35;--bad:#b3201b;--note:#8a5300;--bar:#3465a4}
@media (prefers-color-scheme:dark){:root{--paper:#15171b;--ink:#e8eaed;--soft:#a5acb6;--line:#363b43;--panel:#1e2126;--good:#63d08d;--bad:#ff8d83;--note:#f0b95a;--bar:#7fa8e0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.25rem;max-width:72rem;font:16px/1.5 system-ui,sans-serif;background:var(--paper);color:var(--ink)}
h1{font-size:1.05rem;margin:0;color:var(--soft);font-weight:600}
h2{font-size:1.2rem;margin:2.25rem 0 .75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
.verdict{font-size:1.45rem;line-height:1.3;font-weight:650;margin:.35rem 0 1rem;padding-left:.8rem;border-left:.35rem solid var(--soft);text-wrap:pretty}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}.verdict.note{border-color:var(--note)}
p{margin:.5rem 0;max-width:65ch}
.soft,figcaption,caption{color:var(--soft);font-size:.9rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.4rem 1.25rem;margin:.75rem 0}
dl div{min-width:0}dt{color:var(--soft);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.75rem 0;border:1px solid var(--line);border-radius:.4rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.5rem .7rem}
th,td{text-align:left;padding:.4rem .7rem;border-top:1px solid var(--line);vertical-align:top}
thead th{background:var(--panel);white-space:nowrap}
tbody th{font-weight:600}td{white-space:nowrap}td .wide,td .remark{white-space:normal;overflow-wrap:anywhere}td .wide{min-width:14rem}td .remark{min-width:9rem}
.badge{font-weight:600;white-space:nowrap}.badge.good{color:var(--good)}.badge.bad{color:var(--bad)}.badge.note{color:var(--note)}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));gap:1rem;align-items:start}
figure{margin:0;min-width:0;max-width:36rem;--tallest:70vh}
figure img{display:block;width:min(100%,calc(var(--tallest)*var(--ratio)));height:auto;border-radius:.4rem;outline:1px solid var(--line);outline-offset:-1px;background:repeating-conic-gradient(#8883 0 25%,#0000 0 50%) 0 0/16px 16px}
figure.pixels img{image-rendering:pixelated}
figcaption{margin-top:.35rem}
svg{display:block;width:100%;height:auto;max-width:36rem}svg text{fill:var(--soft);font:11px system-ui,sans-serif}
svg .bar{fill:var(--bar)}svg .axis{stroke:var(--line)}svg .hit{fill:var(--bad)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}
details{margin:.75rem 0}summary{cursor:pointer;color:var(--soft)}
pre{overflow-x:auto;background:var(--panel);padding:.8rem;border-radius:.4rem;font-size:.8rem}
code{overflow-wrap:anywhere}
footer{margin-top:2.5rem;color:var(--soft);font-size:.85rem}
@media (max-width:30rem){body{padding:1rem}.verdict{font-size:1.2rem}th,td{padding:.35rem .55rem}}
@media print{:root{color-scheme:light;--bar:#3465a4;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#eee;--good:#116b35;--bad:#b3201b;--note:#8a5300}body{max-width:none;padding:0;font-size:11pt}figure,tr,.chart{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}table{font-size:8pt}th,td{padding:.25rem .35rem}thead th,td{white-space:normal}td .wide,td .remark{min-width:0}figure{--tallest:9cm}pre{white-space:pre-wrap;overflow-wrap:anywhere}details::details-content{content-visibility:visible;display:block;height:auto}}
`
