import type { SedaEnvironment } from './environment';
import { qa } from './qa';

/** True for what `preview` makes. Its namespace is not its own to bring: nobody reviews the branch (lib/argocd-previews.ts). */
export function isPreview({ name }: Pick<SedaEnvironment, 'name'>): boolean {
  return /^preview-(\d+|\*)$/.test(name);
}

/**
 * The environment of one pull request of the API: like qa, whose Supabase project it shares, but small, and with
 * a database of its own that its migrations may change and that goes with its namespace. Who applies it, its size
 * and the version of its secrets are its own.
 *
 * @param pullRequest its number, or `*` for any of them
 * @param like the environment that it resembles
 */
export function preview(pullRequest: number | '*', like: SedaEnvironment = qa): SedaEnvironment {
  const {
    argocd: _argocd,
    autoscaling: _autoscaling,
    secretVersion: _secretVersion,
    // A host leads to one environment, and alerts of a preview would wake people.
    extraHosts: _extraHosts,
    alerts: _alerts,
    prober: _prober,
    ...same
  } = like;
  return {
    ...same,
    name: `preview-${pullRequest}`,
    namespace: `seda-preview-${pullRequest}`,
    domain: `api-pr-${pullRequest}.seda.fm`,
    workload: `seda-api-pr-${pullRequest}`,
    database: { kind: 'local' },
    // Certificates that come and go with pull requests would use up the weekly limit that production shares.
    tls: like.tls.kind === 'none' ? like.tls : { ...like.tls, issuer: 'letsencrypt-staging' },
    // A store of its own: what runs on a branch that nobody reviews must not even ask for other credentials.
    secrets: { store: 'seda-preview-secret-store', path: 'seda/preview' },
    // Alerts of a preview would wake people.
    monitoring: 'console',
    replicas: 1,
    resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '384Mi' } },
  };
}
