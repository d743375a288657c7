import { hostnamesOf } from '../lib/kubernetes/routes';
import type { Manifest } from '../lib/manifests';
import { CREATE_NAMESPACE, PREVIEW_NAMESPACES } from './argocd-kinds';
import { type Node, objectRule, type Rule } from './check';

/** What the platform gives to previews, and to nobody else. */
const STORE = 'seda-preview-secret-store';
const SECRETS = 'seda/preview/';

/** Previews of pull requests, whose authors may be anybody. */
export const previewRules: readonly Rule[] = [
  objectRule(
    'a pull request decides its number, and nothing else',
    ['ApplicationSet'],
    (object) => [
      (object.spec.goTemplate !== true ||
        !object.spec.goTemplateOptions?.includes('missingkey=error')) &&
        'renders a missing value as text',
      ...templated(object).map((expression) => expression !== '.number' && `renders ${expression}`),
      /[{*]/.test(object.spec.template.spec.project) && 'lets a pull request choose its project',
    ],
  ),
  objectRule('a preview is asked for by a label', ['ApplicationSet'], ({ spec }) =>
    spec.generators.map(
      ({ pullRequest }: Node) => !pullRequest?.github?.labels?.length && 'runs what anybody sends',
    ),
  ),
  objectRule('a preview comes and goes within minutes', ['ApplicationSet'], ({ spec }) => [
    ...spec.generators.map(
      ({ pullRequest }: Node) =>
        !(pullRequest?.requeueAfterSeconds <= 600) && 'looks at the pull requests twice an hour',
    ),
    (spec.syncPolicy?.applicationsSync !== 'sync' ||
      spec.syncPolicy?.preserveResourcesOnDeletion !== false) &&
      'keeps previews of pull requests that are closed',
  ]),
  objectRule(
    'the namespace of a preview is made of what was reviewed',
    ['ApplicationSet', 'Namespace'],
    ({ kind, metadata, spec }) => {
      if (kind === 'Namespace')
        return [
          previewOf(metadata.name) !== undefined && 'comes from a branch that nobody reviews',
        ];
      const { source, syncPolicy } = spec.template.spec;
      const { labels = {}, annotations = {} } = syncPolicy.managedNamespaceMetadata ?? {};
      const makes = syncPolicy.syncOptions.includes(CREATE_NAMESPACE);
      if (metadata.name !== PREVIEW_NAMESPACES)
        return [
          (makes || syncPolicy.managedNamespaceMetadata !== undefined) &&
            'makes a namespace, which its project would have to allow to the branch as well',
        ];
      return [
        !makes && 'makes no namespace',
        source.targetRevision !== 'main' && `reads ${source.targetRevision}`,
        labels['pod-security.kubernetes.io/enforce'] !== 'restricted' &&
          'makes a namespace without Pod Security',
        annotations['argocd.argoproj.io/tracking-id'] === undefined &&
          'leaves the namespace behind',
      ];
    },
  ),
  objectRule(
    'a preview asks for its own secrets, and nobody else does',
    ['ExternalSecret'],
    ({ metadata, spec }) => {
      const own = previewOf(metadata.namespace) !== undefined;
      const stores: Node[] = [
        spec.secretStoreRef,
        ...(spec.data ?? []).flatMap(({ sourceRef }: Node) => sourceRef ?? []),
      ];
      return [
        ...stores.map(
          (store) =>
            (own
              ? store?.kind !== 'ClusterSecretStore' || store.name !== STORE
              : store?.name === STORE) && `asks ${store?.kind} ${store?.name}`,
        ),
        ...(spec.data ?? []).map(
          ({ remoteRef }: Node) =>
            remoteRef.key.startsWith(SECRETS) !== own && `asks for ${remoteRef.key}`,
        ),
        own && spec.dataFrom !== undefined && 'takes whatever a store or a generator has',
      ];
    },
  ),
  objectRule('a preview has its own host, and nobody else has', ['Ingress', 'HTTPRoute'], (way) => {
    const number = previewOf(way.metadata.namespace);
    return hostsOf(way).map(
      (host) =>
        (number === undefined ? /^api-pr-\d+\./.test(host) : host !== `api-pr-${number}.seda.fm`) &&
        `answers for ${host}`,
    );
  }),
];

/** The number of the pull request whose namespace it is. */
function previewOf(namespace: string | undefined): string | undefined {
  return /^seda-preview-(\d+)$/.exec(namespace ?? '')?.[1];
}

function hostsOf(way: Manifest): readonly string[] {
  const { kind, spec } = way;
  if (kind === 'HTTPRoute') return hostnamesOf(way);
  return [
    ...(spec.rules ?? []).map(({ host }: Node) => host ?? '*'),
    ...(spec.tls ?? []).flatMap(({ hosts }: Node) => hosts ?? []),
  ];
}

/** Paths and values of a text that a pull request would decide beyond its number. */
function templated(object: Node): string[] {
  return [...JSON.stringify(object.spec.template).matchAll(/\{\{(.*?)\}\}/g)].map(
    ([, expression]) => expression!.trim(),
  );
}
