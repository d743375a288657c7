/** Folder of `dist/` with what Argo CD is told. */
export const ARGOCD_FOLDER = 'argocd';

/** Folder of `dist/` with the Compose files, of which Kubernetes knows nothing: kubectl takes every YAML of a folder for an object. */
export const COMPOSE_FOLDER = 'compose';

/** Folders of `dist/` that are no environment, and what is in them. */
export const RESERVED_FOLDERS: ReadonlyMap<string, string> = new Map([
  [ARGOCD_FOLDER, 'what Argo CD is told'],
  [COMPOSE_FOLDER, 'what Docker Compose is told'],
]);

/** Name of the file in which an environment's record is kept. */
export function releaseFile({ name }: { readonly name: string }): string {
  return `${name}.release.yaml`;
}

/** Labels of everything that an environment renders, by which it is found in a cluster. */
export const OWN_LABELS: Readonly<Record<string, string>> = {
  'app.kubernetes.io/part-of': 'seda-fm',
  'app.kubernetes.io/managed-by': 'cdk8s',
};
