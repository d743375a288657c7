import type { Manifest } from '../lib/manifests';
import { anchorOf } from './links';

/** An alert as a PrometheusRule has it. */
export interface Alert {
  readonly alert: string;
  readonly annotations: { readonly runbook_url?: string };
}

/** The alerts among objects. */
export function alertsOf(objects: readonly Manifest[]): Alert[] {
  return objects
    .filter(({ kind }) => kind === 'PrometheusRule')
    .flatMap(({ spec }) => spec.groups.flatMap((group: { rules: Partial<Alert>[] }) => group.rules))
    .filter((rule) => rule.alert !== undefined);
}

/** An alert may have a runbook of its own somewhere else, and must have one. */
function isOnPage({ annotations }: Alert): boolean {
  return (
    annotations.runbook_url === undefined || annotations.runbook_url.includes('/docs/alerts.md')
  );
}

/** What is wrong with the page of alerts. */
export function alertFaults(page: string, all: readonly Alert[]): string[] {
  const alerts = all.filter(isOnPage);
  const headings = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1]!);
  const names = new Set(alerts.map(({ alert }) => alert));
  return [
    ...new Set([
      ...[...names]
        .filter((name) => !headings.includes(name))
        .map((name) => `${name} has no heading`),
      ...headings
        .filter((heading, index) => headings.indexOf(heading) !== index)
        .map((heading) => `${heading} is there twice`),
      ...headings
        .filter((heading) => /^([A-Z][a-z]+){2,}$/.test(heading) && !names.has(heading))
        .map((heading) => `${heading} is no alert`),
      ...alerts
        .filter(
          ({ alert, annotations }) =>
            !annotations.runbook_url?.endsWith(`/docs/alerts.md#${anchorOf(alert)}`),
        )
        .map(({ alert }) => `${alert} links elsewhere`),
    ]),
  ];
}
