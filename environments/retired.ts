import type { SedaEnvironment } from './environment';

/** One line as long as environments have an ingress controller that nobody maintains, for whoever renders them. */
export function retiredNotes(environments: readonly SedaEnvironment[]): string[] {
  const behind = environments
    .filter(({ ingress }) => ingress?.kind === 'ingress-nginx')
    .map(({ name }) => name);
  return behind.length === 0
    ? []
    : [
        `note: ingress-nginx is retired since March 2026, without security fixes: ${behind.join(', ')}; docs/gateway.md says how to leave it`,
      ];
}
