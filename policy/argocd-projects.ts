import {
  isInEveryPreview,
  kindOf,
  OF_CONTROLLERS,
  OF_RELEASES,
  PREVIEW_NAMESPACES,
} from './argocd-kinds';
import { type Node, objectRule, type Rule } from './check';

const isOfPreviews = ({ name }: { readonly name: string }): boolean =>
  ['seda-preview', PREVIEW_NAMESPACES].includes(name);

/** The fence around an environment. */
export const projectRules: readonly Rule[] = [
  objectRule('a project has one repository', ['AppProject'], ({ spec }) => [
    (spec.sourceRepos.length !== 1 ||
      spec.sourceRepos.some((repository: string) => /[*!]/.test(repository))) &&
      `reads ${spec.sourceRepos.join(', ')}`,
  ]),
  objectRule('a project has one namespace of one cluster', ['AppProject'], ({ metadata, spec }) => {
    const [{ namespace = '*', server, name } = {} as Node] = spec.destinations;
    const number = isOfPreviews(metadata) ? /^seda-preview-\*$/ : /^[a-z0-9-]+$/;
    return [
      spec.destinations.length !== 1 && `has ${spec.destinations.length} destinations`,
      !number.test(namespace) && `may change ${namespace}`,
      /[*!]/.test(server ?? name ?? '*') && `may change any cluster`,
      spec.sourceNamespaces !== undefined && 'takes Applications from other namespaces',
    ];
  }),
  objectRule(
    'a project allows the kinds that are rendered or made of them, and no other',
    ['AppProject'],
    ({ metadata, spec }, objects) => {
      const namespace = spec.destinations[0]?.namespace?.replace('*', '1');
      const makesNamespace = metadata.name === PREVIEW_NAMESPACES;
      const inside = objects
        .filter((object) =>
          makesNamespace ? isInEveryPreview(object) : object.metadata.namespace === namespace,
        )
        .map(kindOf);
      // Nobody reviews what a preview applies.
      const outside = isOfPreviews(metadata) && !makesNamespace ? 0 : 1;
      const allowed: string[] = (spec.namespaceResourceWhitelist ?? []).map(
        ({ group, kind }: Node) => `${group}/${kind}`,
      );
      const cluster: Node[] = spec.clusterResourceWhitelist ?? [];
      return [
        spec.namespaceResourceWhitelist === undefined && 'allows every kind',
        ...[...new Set(inside)].map(
          (kind) => !allowed.includes(kind) && `does not allow ${kind}, which is rendered`,
        ),
        ...allowed.map(
          (kind) =>
            !inside.includes(kind) &&
            (makesNamespace || (!OF_RELEASES.includes(kind) && !(kind in OF_CONTROLLERS))) &&
            `allows ${kind}, which is not rendered`,
        ),
        ...Object.entries(OF_CONTROLLERS).map(
          ([kind, reason]) =>
            !makesNamespace && !allowed.includes(kind) && `does not allow ${kind}: ${reason}`,
        ),
        ...OF_RELEASES.map(
          (kind) =>
            !isOfPreviews(metadata) &&
            !allowed.includes(kind) &&
            `does not allow ${kind}, which a release may bring`,
        ),
        cluster.length !== outside && `allows ${cluster.length} kinds outside of namespaces`,
        ...cluster.map(
          ({ group, kind, name }) =>
            (group !== '' || kind !== 'Namespace' || name !== spec.destinations[0]?.namespace) &&
            `allows ${group}/${kind} ${name ?? '*'}`,
        ),
      ];
    },
  ),
  objectRule('what nobody rendered is reported', ['AppProject'], ({ spec }) => [
    spec.orphanedResources?.warn !== true && 'says nothing about objects that are left over',
  ]),
  objectRule('a sync that has begun may end', ['AppProject'], ({ spec }) =>
    (spec.syncWindows ?? []).map(
      ({ schedule, syncOverrun }: Node) =>
        syncOverrun !== true &&
        `stops between two waves when the window "${schedule}" opens or closes`,
    ),
  ),
];
