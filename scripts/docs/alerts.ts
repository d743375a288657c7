import * as path from 'node:path';
import { environments } from '../../environments';
import { renderAll } from '../../environments/render';
import { parseAllDocuments } from 'yaml';

/** A rule as Prometheus Operator has it. */
interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly runbook_url?: string };
}

/** The page of every alert of every environment, from what is rendered. */
export function alertsPage(root: string): string {
  const rows = new Map<string, { readonly rule: Rule; readonly environments: string[] }>();
  const files = renderAll(environments, path.join(root, 'environments'));
  for (const { name } of environments)
    for (const rule of rulesOf(name, files)) {
      const key = [rule.alert, rule.labels?.severity, rule.for].join();
      const row = rows.get(key) ?? { rule, environments: [] };
      rows.set(key, row);
      if (!row.environments.includes(name)) row.environments.push(name);
    }
  const lines = [...rows.values()].map(({ rule, environments: names }) => {
    const { alert, annotations, labels } = rule;
    const summary = (annotations?.summary ?? '').replace(/\{\{\s*\$labels\.(\w+)\s*\}\}/g, '*$1*');
    const heading = alert!.toLowerCase();
    return `| [${alert}](../alerts.md#${heading}) | ${labels?.severity ?? ''} | ${rule.for ?? '0s'} | ${names.join(', ')} | ${summary} |`;
  });
  return (
    [
      '# Alerts by environment',
      'Every alert that is rendered, how long its condition must hold before it fires, and where. The name leads to what to do.',
      '| alert | severity | for | environments | what it says |',
    ].join('\n\n') + `\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`
  );
}

function rulesOf(environment: string, files: ReadonlyMap<string, string>): Rule[] {
  return [...files]
    .filter(([file]) => file.startsWith(`${environment}/`))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS()))
    .filter((object) => object?.kind === 'PrometheusRule')
    .flatMap(({ spec }) => spec.groups.flatMap(({ rules }: { rules: Rule[] }) => rules))
    .filter(({ alert }) => alert !== undefined);
}
