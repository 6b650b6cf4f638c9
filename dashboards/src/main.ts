// Writes the dashboards as JSON into the folder that is named.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Name } from './board';
import { adspect } from './dashboards/adspect';
import { exporter } from './dashboards/exporter';
import { getui } from './dashboards/getui';
import { overview } from './dashboards/overview';
import { polyv } from './dashboards/polyv';
import { quanshi } from './dashboards/quanshi';
import { sensorsdata } from './dashboards/sensorsdata';

const dashboards: Record<Name, () => DashboardBuilder> = { overview, getui, polyv, adspect, sensorsdata, quanshi, exporter };

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node build/main.js FOLDER');
  process.exit(2);
}
/** The SDK numbers every row 0; Grafana numbers panels itself where they have no id. */
const withoutIds = (key: string, value: unknown) => (key === 'id' && typeof value === 'number' ? undefined : value);

for (const [name, make] of Object.entries(dashboards)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(make().build(), withoutIds, 2)}\n`);
}
