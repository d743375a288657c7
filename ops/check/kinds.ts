import { groupOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import { applicationOf } from './applications';
import { type Finding, finding } from './rule';

interface Allowed {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

/** Objects of an environment that its AppProject does not let Argo CD apply: with one of them the whole sync fails. */
export function forbiddenObjects(
  environment: string,
  { objects }: Rendering,
  argocd: Rendering | undefined,
): Finding[] {
  const application = argocd && applicationOf(argocd, environment);
  const project = argocd
    ?.ofKind('AppProject')
    .find(({ metadata }) => metadata.name === application?.spec?.project);
  if (project === undefined) return [];
  const { namespaceResourceWhitelist, clusterResourceWhitelist = [] } = (project.spec ?? {}) as {
    namespaceResourceWhitelist?: readonly Allowed[];
    clusterResourceWhitelist?: readonly Allowed[];
  };
  const isAllowed = (object: Manifest): boolean => {
    const list =
      object.metadata.namespace === undefined
        ? clusterResourceWhitelist
        : namespaceResourceWhitelist;
    // Where nothing is said, every kind that lives in a namespace is allowed.
    return list === undefined || list.some((one) => covers(one, object));
  };
  return objects
    .filter((object) => !isAllowed(object))
    .map((object) =>
      finding(
        object,
        `${project.metadata.name} does not let Argo CD apply this kind, so that no sync of ${environment} would succeed, a rollback neither`,
        `render dist/argocd with it: seda synth`,
      ),
    );
}

function covers(
  { group, kind, name = '*' }: Allowed,
  { apiVersion, kind: own, metadata }: Manifest,
): boolean {
  const fits = (pattern: string, value: string) => pattern === '*' || pattern === value;
  return fits(group, groupOf(apiVersion)) && fits(kind, own) && fits(name, metadata.name);
}
