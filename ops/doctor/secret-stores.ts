import { kubectlCommand } from '../cluster/kubectl-command';
import type { Kubectl } from '../cluster/kubectl';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import type { Finding, Place } from './finding';

/** Names of the ClusterSecretStores that an environment asks. */
export function clusterStores(rendering: Rendering): string[] {
  const names = rendering
    .ofKind('ExternalSecret')
    .map(({ spec }) => spec?.secretStoreRef)
    .filter((store) => store?.kind === 'ClusterSecretStore')
    .map(({ name }): string => name);
  return [...new Set(names)];
}

/** Stands for the previews, whose branches nobody reviews. */
const PREVIEW = 'seda-preview-1';

interface Condition {
  readonly namespaces?: readonly string[];
  readonly namespaceRegexes?: readonly string[];
}

/** A store that more namespaces may ask than those of environments: an ExternalSecret there reads the secrets of this one. */
export function storeFindings(stores: readonly Manifest[], place: Place): Finding[] {
  return stores.flatMap(({ metadata, spec }): Finding[] => {
    const conditions: readonly Condition[] = spec?.conditions ?? [];
    if (conditions.length > 0 && !conditions.some(admitsPreviews)) return [];
    return [
      {
        severity: 'warning',
        object: `ClusterSecretStore/${metadata.name}`,
        found:
          conditions.length > 0
            ? 'its conditions admit the namespaces of previews'
            : 'has no conditions, so every namespace may ask it',
        cause:
          'whoever may make an ExternalSecret there, such as the branch of a preview that nobody reviews, reads the secrets of this environment',
        remedy: `let spec.conditions name the namespaces of the environments alone (docs/argocd.md): ${kubectlCommand(place, `edit clustersecretstore ${metadata.name}`)}`,
      },
    ];
  });
}

/** A selector of labels is not looked at: which labels a namespace has is known in the cluster alone. */
function admitsPreviews({ namespaces = [], namespaceRegexes = [] }: Condition): boolean {
  return (
    namespaces.includes(PREVIEW) ||
    namespaceRegexes.some((regex) => new RegExp(regex).test(PREVIEW))
  );
}

/** The stores as they are; none where they may not be seen, which is the usual right of who works in one namespace. */
export async function readStores(kubectl: Kubectl, names: readonly string[]): Promise<Manifest[]> {
  const answers = await Promise.all(
    names.map((name) =>
      kubectl
        .run(`cannot read the ClusterSecretStore ${name}`, [
          ...['get', 'clustersecretstores.external-secrets.io', name],
          ...['--ignore-not-found', '--output=json'],
        ])
        .catch(() => ''),
    ),
  );
  return answers.flatMap((answer) =>
    answer.trim() === '' ? [] : (JSON.parse(answer) as Manifest),
  );
}
