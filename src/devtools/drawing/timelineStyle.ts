/**
 * The rules of the style sheet of a drawn timeline. A page may show the picture on a background that does not
 * follow the reader's colour scheme, so each colour of texts and lines is legible on its own
 * background (4.5 : 1) and on the other one (3 : 1). The colours are literal, because many SVG
 * renderers outside browsers do not know custom properties.
 */
export const timelineStyle = `
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; fill: currentColor }
  .title { font: 600 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif }
  .name { font-weight: 700 }
  .small { font-size: 10px }
  .value { font-size: 11px; fill: #1f2328 }
  .middle { text-anchor: middle }
  .ink { color: #59636e }
  .read { color: #1a7f37 }
  .upgradable { color: #9a6700 }
  .write { color: #cf222e }
  .error { color: #bf3989 }
  .hold, .solid, .badge { fill: currentColor }
  .wait, .line, .end, .stem, .grid { fill: none; stroke: currentColor }
  .wait, .line { stroke-width: 2 }
  .wait { stroke-dasharray: 4 3 }
  .end { stroke-width: 4; stroke-linecap: round }
  .grid { opacity: .2 }
  .box { fill: #ffffff; stroke: currentColor; stroke-width: 1.5 }
  .badge { stroke: #ffffff; stroke-width: 1.5 }
  .halo { fill: none; stroke: #ffffff; stroke-width: 6; stroke-linecap: round }
  .cross { fill: none; stroke: #1f2328; stroke-width: 2.5; stroke-linecap: round }
  .cutout { fill: none; stroke: #ffffff; stroke-width: 2; stroke-linecap: round }
  @media (prefers-color-scheme: dark) {
    .value { fill: #f0f6fc }
    .ink { color: #8b949e }
    .read { color: #2ea043 }
    .upgradable { color: #bb8009 }
    .write { color: #f85149 }
    .error { color: #db61a2 }
    .read .hold { fill: #238636 }
    .upgradable .hold { fill: #9e6a03 }
    .write .hold { fill: #da3633 }
    .box { fill: #0d1117 }
    .badge, .halo, .cutout { stroke: #0d1117 }
    .cross { stroke: #f0f6fc }
  }
`;
