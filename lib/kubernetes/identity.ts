import type { Manifest } from '../manifests';

/** The group of an API version; '' for the core of Kubernetes. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** What the API server tells objects apart by: kind, group, namespace and name. */
export function identityOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = groupOf(apiVersion);
  const name =
    metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return `${kind}${group === '' ? '' : `.${group}`} ${name}`;
}

/** For messages, e.g. `Deployment/seda-api-blue`. */
export function calledOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}
