import { environments } from '../environments';
import { PREVIEWS, renderArgoCd } from '../environments/argocd';
import { renderEnvironment, renderPreview } from '../environments/render';
import type { Manifest } from '../lib/manifests';
import { firstDay, image, states } from '../test/fixtures';
import { everything, on, told } from './argocd-everything';
import { DANGEROUS } from './argocd-applications';
import { calledOf } from '../lib/kubernetes/identity';
import type { Node } from './check';
import { committed, filesBelow, objectsIn, read } from './dist';
import { argocdFaults } from './faults';
import { schemaFaults } from '../ops/check/schema';

describe('dist/', () => {
  const resources = [
    ...objectsIn('argocd'),
    ...read(renderArgoCd([], { ...PREVIEWS, enabled: true }).files),
  ].filter(
    (object, index, all) => all.findIndex((one) => calledOf(one) === calledOf(object)) === index,
  );

  test('tells Argo CD of every cluster environment, each with a project of its own', () => {
    const names = environments.filter(({ argocd }) => argocd).map(({ name }) => name);
    expect(resources.map(calledOf).sort()).toEqual(
      [
        ...names.flatMap((name) => [`AppProject/seda-${name}`, `Application/seda-${name}`]),
        'AppProject/seda-preview',
        'AppProject/seda-preview-namespace',
        'ApplicationSet/seda-preview',
        'ApplicationSet/seda-preview-namespace',
        'ResourceQuota/preview',
      ].sort(),
    );
  });

  test('holds every rule, previews included', () => {
    expect(argocdFaults([...resources, ...committed.flatMap(({ objects }) => objects)])).toEqual(
      [],
    );
  });
});

describe('every rule holds', () => {
  test('on the first day, for all environments and previews together', () => {
    expect(argocdFaults(everything)).toEqual([]);
  });

  test.each(states.map((state) => [state.state, state] as const))(
    '%s',
    (_, { environment, release }) => {
      const { objects } = renderEnvironment(environment, release);
      const { files, faults } = renderArgoCd([{ environment, objects }], { ...on, enabled: false });
      expect(faults).toEqual([]);
      expect(argocdFaults([...read(files), ...objects])).toEqual([]);
    },
  );

  test.each(
    states
      .filter(({ environment: { rollout } }) => rollout === 'rolling')
      .map((state) => [state.state, state] as const),
  )('a preview like %s', (_, { environment }) => {
    const previews = read(renderArgoCd([], { ...on, like: environment }).files);
    const objects = read(renderPreview(1, image('pr-1'), environment));
    expect(argocdFaults([...previews, ...objects])).toEqual([]);
  });
});

describe('what Argo CD lets a branch of a preview apply', () => {
  /** As Argo CD decides it: validateSyncPermissions in controller/sync.go, and AppProject.IsGroupKindNamePermitted. */
  const permits = (project: string, { apiVersion, kind, metadata }: Manifest): boolean => {
    const { spec } = told.find(
      ({ kind: of, metadata: { name } }) => of === 'AppProject' && name === project,
    )!;
    const matches = (pattern = '*', text: string) =>
      new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const isOfKind = (one: Node) => matches(one.group, group!) && matches(one.kind, kind);
    return metadata.namespace === undefined
      ? spec.clusterResourceWhitelist.some(
          (one: Node) => isOfKind(one) && matches(one.name, metadata.name),
        )
      : spec.namespaceResourceWhitelist.some(isOfKind) &&
          spec.destinations.some(({ namespace }: Node) => matches(namespace, metadata.namespace!));
  };
  const object = (
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Manifest => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const OWN = 'seda-preview-1';

  test('is everything that is rendered for it', () => {
    const rendered = read(renderPreview(1, image('pr-1'), firstDay.qa));
    expect(rendered.length).toBeGreaterThan(10);
    expect(rendered.filter((one) => !permits('seda-preview', one)).map(calledOf)).toEqual([]);
  });

  test.each([
    object('v1', 'Namespace', OWN),
    object('v1', 'Namespace', 'seda-prod'),
    object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'x'),
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'x', OWN),
    object('external-secrets.io/v1', 'ClusterSecretStore', 'x'),
    object('external-secrets.io/v1', 'SecretStore', 'x', OWN),
    object('external-secrets.io/v1', 'ClusterExternalSecret', 'x'),
    object('external-secrets.io/v1alpha1', 'PushSecret', 'x', OWN),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'x'),
    object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'x'),
    object('v1', 'PersistentVolume', 'x'),
    object('v1', 'Secret', 'seda-secrets', OWN),
    object('v1', 'ResourceQuota', 'preview', OWN),
    object('argoproj.io/v1alpha1', 'AppProject', 'x', 'argocd'),
    object('argoproj.io/v1alpha1', 'Application', 'x', OWN),
    object('apps/v1', 'Deployment', 'seda-api-blue', 'seda-prod'),
    object('external-secrets.io/v1', 'ExternalSecret', 'x', 'seda-prod'),
    object('networking.k8s.io/v1', 'Ingress', 'x', 'argocd'),
  ])('is not $kind $metadata.name in $metadata.namespace', (bad) => {
    expect(permits('seda-preview', bad)).toBe(false);
  });

  test('is never what makes its namespace, which may make that alone', () => {
    const may = (...args: Parameters<typeof object>) =>
      permits('seda-preview-namespace', object(...args));
    expect(may('v1', 'Namespace', OWN)).toBe(true);
    expect(may('v1', 'ResourceQuota', 'preview', OWN)).toBe(true);
    expect(may('v1', 'Namespace', 'seda-prod')).toBe(false);
    expect(may('apps/v1', 'Deployment', 'x', OWN)).toBe(false);
    expect(may('v1', 'ResourceQuota', 'preview', 'seda-prod')).toBe(false);
  });
});

describe('docs/argocd.md', () => {
  const page = filesBelow('docs').get('docs/argocd.md')!;
  const resources = [...objectsIn('argocd'), ...told];
  const applications = told.filter(({ kind }) => kind === 'Application');

  test('says what every option is for, and why others are not set', () => {
    const options = [
      ...applications.flatMap(({ spec }) => spec.syncPolicy.syncOptions),
      ...Object.keys(DANGEROUS),
      'ServerSideDiff=true',
      'Prune=false',
      'ignoreDifferences',
    ];
    const unnamed = options
      .map((option: string) => option.split('=')[0]!)
      .filter((option) => !page.includes(option));
    expect(unnamed).toEqual([]);
  });

  test('names files and Applications that exist', () => {
    const names = [
      ...page.matchAll(
        /dist\/argocd\/([a-z]+)\.k8s\.yaml|argocd app \S+ seda-(\S+)|application seda-(\S+)/g,
      ),
    ].map(([, file, app, application]) => file ?? app ?? application);
    expect(names).toContain('production');
    expect(
      names.filter((name) => !resources.some(({ metadata }) => metadata.name === `seda-${name}`)),
    ).toEqual([]);
  });
});

describe('schemas', () => {
  // To compile that of an ApplicationSet takes a second.
  const some = told.filter(({ kind }) => kind !== 'ApplicationSet' || globalThis.SEDA_EVERY_STATE);

  test.each(some.map((object) => [calledOf(object), object] as const))(
    '%s is what its schema allows',
    (_, object) => {
      expect(schemaFaults(object)).toEqual([]);
    },
  );

  test.each<[string, (application: Node) => unknown, string]>([
    [
      'a field that is not there',
      ({ spec }) => (spec.syncPolicy.retry.refreshed = true),
      'spec.syncPolicy.retry.refreshed is not a field of argoproj.io/v1alpha1 Application',
    ],
    [
      'a value of the wrong kind',
      ({ spec }) => (spec.syncPolicy.retry.limit = '2'),
      'spec.syncPolicy.retry.limit must be integer',
    ],
    ['a field that is missing', ({ spec }) => delete spec.project, 'spec.project is missing'],
    [
      'a text instead of a list',
      ({ spec }) => (spec.syncPolicy.syncOptions = 'Replace=true'),
      'spec.syncPolicy.syncOptions must be array',
    ],
  ])('a schema finds %s', (_, spoil, fault) => {
    const application: Node = structuredClone(
      told.find(
        ({ kind, metadata }) => kind === 'Application' && metadata.name === 'seda-production',
      )!,
    );
    spoil(application);
    expect(schemaFaults(application as Manifest)).toEqual([fault]);
  });
});
