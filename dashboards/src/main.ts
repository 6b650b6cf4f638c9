// Writes the dashboards as JSON into the folder that is named, in a language: en or zh.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DashboardBuilder, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Name } from './board';
import { adspect } from './dashboards/adspect';
import { exporter } from './dashboards/exporter';
import { getui } from './dashboards/getui';
import { overview } from './dashboards/overview';
import { polyv } from './dashboards/polyv';
import { quanshi } from './dashboards/quanshi';
import { sensorsdata } from './dashboards/sensorsdata';
import { trends } from './dashboards/trends';
import { unsaid } from './words';

const dashboards: Record<Name, () => DashboardBuilder> = {
  overview, trends, getui, polyv, adspect, sensorsdata, quanshi, exporter,
};

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node build/main.js FOLDER [en|zh]');
  process.exit(2);
}

/** Returns an id that a panel keeps when others come and go: links to a panel and its alerts name it. FNV-1a of kind and title. */
function idOf(title: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(title)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return 1 + (hash % 999_999);
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

/** Lays out panels from left to right, row by row, and returns the line below them. */
function place(panels: (Panel | RowPanel)[], top: number): number {
  let x = 0;
  let y = top;
  let bottom = top;
  for (const panel of panels) {
    const row = isRow(panel);
    panel.id = idOf(`${row ? 'row' : 'panel'} ${panel.title}`);
    const { w, h } = row ? { w: 24, h: 1 } : panel.gridPos!;
    if (x + w > 24) {
      x = 0;
      y = bottom;
    }
    panel.gridPos = { x, y, w, h };
    x += w;
    bottom = Math.max(bottom, y + h);
    if (row) place(panel.panels, y + 1);
  }
  return bottom;
}

mkdirSync(folder, { recursive: true });
for (const [name, make] of Object.entries(dashboards)) {
  const dashboard = make().build();
  place(dashboard.panels ?? [], 0);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(dashboard, null, 2)}\n`);
}

const superfluous = unsaid();
if (superfluous.length > 0) {
  console.error(`no dashboard has these texts of dictionary.ts: ${superfluous.join(' | ')}`);
  process.exit(1);
}
