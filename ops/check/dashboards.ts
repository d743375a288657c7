import type { Manifest } from '../../lib/manifests';
import { canonicalText } from '../rendering/canonical';
import type { Rendering } from '../rendering/rendering';
import { type Finding, finding } from './rule';

/** A query of a panel, as Grafana keeps it. */
interface Target {
  readonly expr?: unknown;
  readonly hide?: boolean;
  readonly datasource?: { readonly type?: string };
}

/** A part of a dashboard; a row holds those that it hides. */
export interface Panel {
  readonly type?: string;
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
  readonly datasource?: { readonly type?: string };
  readonly [field: string]: unknown;
}

/** One dashboard of a ConfigMap. */
export interface Dashboard {
  readonly object: Manifest;
  readonly file: string;
  /** By which Grafana knows it; of two with one uid it shows one. The name of its file where it has none. */
  readonly uid: string;
  /** All that is the same for each panel, above all the source of the data. */
  readonly frame: string;
  readonly panels: readonly Panel[];
}

/** Kinds of panels that draw what a query yields. */
const DRAWING = [
  ...['timeseries', 'graph', 'stat', 'gauge', 'bargauge', 'table', 'heatmap', 'histogram'],
  ...['barchart', 'piechart', 'state-timeline', 'status-history'],
];

/** Grafana's sidecar loads it. */
export function isDashboard({ kind, metadata }: Manifest): boolean {
  return kind === 'ConfigMap' && metadata.labels?.grafana_dashboard !== undefined;
}

/**
 * The dashboards of a ConfigMap.
 *
 * @throws Error for a text that is no dashboard
 */
export function dashboardsIn(object: Manifest): Dashboard[] {
  return Object.entries((object.data ?? {}) as Record<string, string>).map(([file, text]) => {
    const { panels, ...rest } = JSON.parse(text) as { panels?: readonly Panel[]; uid?: string };
    // How it is called, how often it is drawn and for which time is for people to choose.
    const {
      title: _,
      description: __,
      tags: ___,
      refresh: ____,
      time: _____,
      ...frame
    } = rest as Record<string, unknown>;
    return {
      object,
      file,
      uid: rest.uid ?? file,
      frame: canonicalText(frame),
      panels: (panels ?? []).flatMap((panel) => [panel, ...(panel.panels ?? [])]),
    };
  });
}

/** PromQL that a panel draws; empty where it draws nothing. */
export function queriesOf({ type = '', targets = [], datasource }: Panel): string[] {
  return targets
    .filter(({ hide, expr }) => hide !== true && typeof expr === 'string' && expr.trim() !== '')
    .filter((target) => (target.datasource ?? datasource)?.type !== 'loki')
    .flatMap(({ expr }) => (DRAWING.includes(type) ? String(expr) : []));
}

/** What people who are paged would see no more. */
export function dashboardsLost(base: Rendering, next: Rendering): Finding[] {
  const after = dashboardsOf(next);
  return [
    ...next.objects.filter(isDashboard).flatMap(emptyIn),
    ...after
      .filter(({ uid }, index) => after.findIndex((one) => one.uid === uid) !== index)
      .map(({ object, file, uid }) =>
        finding(
          object,
          `${file} has the uid ${uid} of another dashboard, and Grafana shows one of them`,
          'give it a uid of its own',
        ),
      ),
    ...dashboardsOf(base).flatMap((dashboard) => lostOf(dashboard, after)),
  ];
}

function lostOf({ object, uid, frame, panels }: Dashboard, after: readonly Dashboard[]): Finding[] {
  const kept = after.find((one) => one.uid === uid);
  if (kept === undefined)
    return [
      finding(object, `the dashboard with the uid ${uid} is gone`, 'keep it, and its uid with it'),
    ];
  if (kept.frame !== frame)
    return [
      finding(
        kept.object,
        `the dashboard ${uid} would read its data otherwise`,
        'keep all of it but title, description, tags, times and panels',
      ),
    ];
  const now = kept.panels.map(drawn);
  return panels
    .filter((panel) => queriesOf(panel).length > 0 && !now.includes(drawn(panel)))
    .map((panel) =>
      finding(
        kept.object,
        `the panel ${JSON.stringify(panel.title)} of the dashboard ${uid} is gone, or draws something else`,
        'keep it, and put another one beside it',
      ),
    );
}

/** A panel without its place, and what people call it. */
function drawn({ id: _, gridPos: __, title: ___, description: ____, ...panel }: Panel): string {
  return canonicalText(panel);
}

/** The dashboards of an environment; a text that is none is passed over. */
export function dashboardsOf(rendering: Rendering): Dashboard[] {
  return rendering.objects.filter(isDashboard).flatMap((object) => {
    try {
      return dashboardsIn(object);
    } catch {
      // Said of the object itself.
      return [];
    }
  });
}

function emptyIn(object: Manifest): Finding[] {
  const none = (file: string) =>
    finding(object, `${file} is no dashboard with panels that show anything`, 'render it again');
  try {
    return dashboardsIn(object)
      .filter(({ panels }) => panels.every((panel) => queriesOf(panel).length === 0))
      .map(({ file }) => none(file));
  } catch {
    return [none(Object.keys((object.data ?? {}) as object).join(', '))];
  }
}
