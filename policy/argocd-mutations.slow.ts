import type { Manifest } from '../lib/manifests';
import { argocdRules } from './argocd';
import { everything } from './argocd-everything';
import { waveRules } from './argocd-waves';
import type { Node, Rule } from './check';

const rules: readonly Rule[] = [...argocdRules, ...waveRules];

function report(objects: readonly Manifest[]): string[] {
  return rules.flatMap(({ name, check }) =>
    check(objects).map(({ object, problem }) => `${name}: ${object} ${problem}`),
  );
}

/** Objects that may be spoilt, by kind, name and namespace. */
class All {
  readonly objects: Node[] = structuredClone(everything) as Node[];

  get(kind: string, name: string | RegExp, namespace?: string): Node {
    const found = this.objects.find(
      (object) =>
        object.kind === kind &&
        object.metadata.name.match(name)?.[0] === object.metadata.name &&
        (namespace ?? object.metadata.namespace) === object.metadata.namespace,
    );
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return found;
  }

  get application(): Node {
    return this.get('Application', 'seda-production');
  }

  get project(): Node {
    return this.get('AppProject', 'seda-production');
  }

  get previews(): Node {
    return this.get('ApplicationSet', 'seda-preview', 'argocd');
  }

  get namespaces(): Node {
    return this.get('ApplicationSet', 'seda-preview-namespace', 'argocd');
  }

  in(kind: string, name: string | RegExp): Node {
    return this.get(kind, name, 'seda-prod');
  }

  /** Whatever its name. */
  inPreview(kind: string): Node {
    return this.get(kind, /.*/, 'seda-preview-1');
  }

  option(option: string): void {
    this.application.spec.syncPolicy.syncOptions.push(option);
  }
}

const WAVE = 'argocd.argoproj.io/sync-wave';
const wave = (object: Node, to: string) => (object.metadata.annotations[WAVE] = to);

/** The rule that says it, and what makes it say so. */
type Mutation = readonly [rule: string, what: string, spoil: (all: All) => unknown];

const WAITS = 'a sync applies everything, and waits for it wave by wave';
const ALLOWS = 'a project allows the kinds that are rendered or made of them, and no other';
const REVIEWED = 'the namespace of a preview is made of what was reviewed';
const OWN_SECRETS = 'a preview asks for its own secrets, and nobody else does';
const OWN_HOST = 'a preview has its own host, and nobody else has';
const mutations: readonly Mutation[] = [
  [WAITS, 'ApplyOutOfSyncOnly', (all) => all.option('ApplyOutOfSyncOnly=true')],
  [WAITS, 'PruneLast', (all) => all.option('PruneLast=true')],
  [WAITS, 'Replace', (all) => all.option('Replace=true')],
  [
    WAITS,
    'Replace of one object',
    (all) =>
      (all.in('Job', /seda-api-migrate-.*/).metadata.annotations[
        'argocd.argoproj.io/sync-options'
      ] = 'Force=true,Replace=true'),
  ],
  [WAITS, 'RespectIgnoreDifferences', (all) => all.option('RespectIgnoreDifferences=true')],
  [WAITS, 'CreateNamespace', (all) => all.option('CreateNamespace=true')],
  [
    WAITS,
    'an option of the previews',
    (all) => all.previews.spec.template.spec.syncPolicy.syncOptions.push('Validate=false'),
  ],
  [
    'git alone says how many pods there are',
    '/spec/replicas ignored',
    (all) =>
      (all.application.spec.ignoreDifferences = [
        { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
      ]),
  ],
  [
    'the API server says what differs',
    'apply on the client',
    (all) => all.application.spec.syncPolicy.syncOptions.shift(),
  ],
  [
    'the API server says what differs',
    'the difference of the client',
    (all) => delete all.application.metadata.annotations,
  ],
  [
    'a failed sync ends, and the next one takes the newest commit',
    'no limit',
    (all) => delete all.application.spec.syncPolicy.retry.limit,
  ],
  [
    'a failed sync ends, and the next one takes the newest commit',
    'retries for ever',
    (all) => (all.application.spec.syncPolicy.retry.limit = -1),
  ],
  [
    'a failed sync ends, and the next one takes the newest commit',
    'the old commit again',
    (all) => (all.application.spec.syncPolicy.retry.refresh = false),
  ],
  [
    'a failed sync ends, and the next one takes the newest commit',
    'no longest wait',
    (all) => delete all.application.spec.syncPolicy.retry.backoff,
  ],
  [
    'git is applied by itself, unless somebody has to fill something in',
    'placeholders are applied',
    (all) => (all.application.spec.syncPolicy.automated.enabled = true),
  ],
  [
    'git is applied by itself, unless somebody has to fill something in',
    'nothing waits any more',
    (all) =>
      all.objects.forEach(({ metadata }) => delete metadata.annotations?.['seda.fm/placeholder']),
  ],
  [
    'git is applied by itself, unless somebody has to fill something in',
    'automation is not said',
    (all) => delete all.application.spec.syncPolicy.automated.enabled,
  ],
  [
    'git is applied by itself, unless somebody has to fill something in',
    'no prune',
    (all) => (all.application.spec.syncPolicy.automated.prune = false),
  ],
  [
    'git is applied by itself, unless somebody has to fill something in',
    'no self-heal',
    (all) => delete all.application.spec.syncPolicy.automated.selfHeal,
  ],
  [
    'git is applied by itself, unless somebody has to fill something in',
    'an empty folder',
    (all) => (all.application.spec.syncPolicy.automated.allowEmpty = true),
  ],
  [
    'only manifests are read, from one folder of one environment',
    'no include',
    (all) => delete all.application.spec.source.directory,
  ],
  [
    'only manifests are read, from one folder of one environment',
    'every YAML',
    (all) => (all.application.spec.source.directory.include = '*.yaml'),
  ],
  [
    'only manifests are read, from one folder of one environment',
    'the folder of another',
    (all) => (all.application.spec.source.path = 'dist/qa'),
  ],
  [
    'only manifests are read, from one folder of one environment',
    'the whole of dist',
    (all) => (all.application.spec.source.path = 'dist'),
  ],
  [
    'only manifests are read, from one folder of one environment',
    'a renderer',
    (all) => (all.application.spec.source.kustomize = {}),
  ],
  [
    'an environment outlives its Application, and a preview does not',
    'a finalizer',
    (all) => (all.application.metadata.finalizers = ['resources-finalizer.argocd.argoproj.io']),
  ],
  [
    'an environment outlives its Application, and a preview does not',
    'a cascade of the client',
    (all) => all.application.spec.syncPolicy.syncOptions.pop(),
  ],
  [
    'an environment outlives its Application, and a preview does not',
    'a preview that stays',
    (all) => delete all.previews.spec.template.metadata.finalizers,
  ],
  [
    'no two Applications hold one object',
    'shared objects',
    (all) => all.application.spec.syncPolicy.syncOptions.splice(1, 1),
  ],
  [
    'nothing is a hook, which a self-heal skips and a retry runs again',
    'a hook',
    (all) =>
      (all.in('Job', /seda-api-migrate-.*/).metadata.annotations['argocd.argoproj.io/hook'] =
        'PreSync'),
  ],
  [
    'nothing is a hook, which a self-heal skips and a retry runs again',
    'a hook of Helm',
    (all) =>
      (all.in('ConfigMap', /seda-api-blue-config-.*/).metadata.annotations['helm.sh/hook'] =
        'pre-install'),
  ],
  [
    'nothing is a hook, which a self-heal skips and a retry runs again',
    'a generated name',
    (all) => (all.in('ConfigMap', /seda-api-blue-config-.*/).metadata.generateName = 'seda-'),
  ],
  [
    'nothing is a hook, which a self-heal skips and a retry runs again',
    'an approval in a Job',
    (all) => (all.in('Job', /seda-api-gate-blue-.*/).spec.suspend = true),
  ],
  [
    'what controllers make is not in git',
    'a Pod',
    (all) =>
      all.objects.push({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'x', namespace: 'seda-prod', annotations: { [WAVE]: '0' } },
        spec: { containers: [] },
      }),
  ],
  [
    'what controllers make is not in git',
    'a ReplicaSet',
    (all) =>
      all.objects.push({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: 'x', namespace: 'seda-prod', annotations: { [WAVE]: '0' } },
        spec: { selector: {}, template: { spec: { containers: [] } } },
      }),
  ],
  [
    'a sync never deletes the namespace',
    'a Namespace like any other',
    (all) =>
      delete all.get('Namespace', 'seda-prod').metadata.annotations[
        'argocd.argoproj.io/sync-options'
      ],
  ],
  [
    'its project is there and admits what it needs',
    'the default project',
    (all) => {
      all.get('AppProject', 'seda-qa').metadata.name = 'seda-other';
    },
  ],
  [
    'its project is there and admits what it needs',
    'another repository',
    (all) => (all.application.spec.source.repoURL = 'https://github.com/seda-fm/seda-api.git'),
  ],
  [
    'a project has one repository',
    'every repository',
    (all) => all.project.spec.sourceRepos.push('*'),
  ],
  [
    'a project has one namespace of one cluster',
    'two namespaces',
    (all) =>
      all.project.spec.destinations.push({
        server: 'https://kubernetes.default.svc',
        namespace: 'seda-qa',
      }),
  ],
  [
    'a project has one namespace of one cluster',
    'every cluster',
    (all) => (all.project.spec.destinations[0].server = '*'),
  ],
  [
    'a project has one namespace of one cluster',
    'Applications of others',
    (all) => (all.project.spec.sourceNamespaces = ['seda-*']),
  ],
  [
    ALLOWS,
    'every kind',
    (all) => all.project.spec.namespaceResourceWhitelist.push({ group: '*', kind: '*' }),
  ],
  [ALLOWS, 'no list', (all) => delete all.project.spec.namespaceResourceWhitelist],
  [
    ALLOWS,
    'a kind that nobody renders',
    (all) =>
      all.project.spec.namespaceResourceWhitelist.push({
        group: 'rbac.authorization.k8s.io',
        kind: 'Role',
      }),
  ],
  [
    ALLOWS,
    'a Secret',
    (all) => all.project.spec.namespaceResourceWhitelist.push({ group: '', kind: 'Secret' }),
  ],
  [ALLOWS, 'a kind is missing', (all) => all.project.spec.namespaceResourceWhitelist.shift()],
  [
    ALLOWS,
    'a kind of later releases is missing',
    (all) =>
      all.project.spec.namespaceResourceWhitelist.splice(
        all.project.spec.namespaceResourceWhitelist.findIndex(
          ({ kind }: Node) => kind === 'HorizontalPodAutoscaler',
        ),
        1,
      ),
  ],
  ...['Pod', 'ReplicaSet'].map((kind): Mutation => [
    ALLOWS,
    `nobody sees a ${kind}`,
    (all) =>
      (all.project.spec.namespaceResourceWhitelist =
        all.project.spec.namespaceResourceWhitelist.filter((one: Node) => one.kind !== kind)),
  ]),
  [
    ALLOWS,
    'something else that controllers make',
    (all) =>
      all.project.spec.namespaceResourceWhitelist.push({
        group: 'apps',
        kind: 'ControllerRevision',
      }),
  ],
  [
    ALLOWS,
    'a Pod of another group',
    (all) => all.project.spec.namespaceResourceWhitelist.push({ group: 'apps', kind: 'Pod' }),
  ],
  [ALLOWS, 'every Namespace', (all) => delete all.project.spec.clusterResourceWhitelist[0].name],
  [
    ALLOWS,
    'rights in the cluster',
    (all) =>
      all.project.spec.clusterResourceWhitelist.push({
        group: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
      }),
  ],
  [
    'what nobody rendered is reported',
    'no word of it',
    (all) => delete all.project.spec.orphanedResources,
  ],
  [
    'a sync that has begun may end',
    'a window that stops it',
    (all) =>
      (all.project.spec.syncWindows = [
        { kind: 'deny', schedule: '0 16 * * FRI', duration: '64h' },
      ]),
  ],
  [
    'a pull request decides its number, and nothing else',
    'the name of its branch',
    (all) => (all.previews.spec.template.metadata.labels = { branch: '{{ .branch }}' }),
  ],
  [
    'a pull request decides its number, and nothing else',
    'a missing value as text',
    (all) => delete all.previews.spec.goTemplateOptions,
  ],
  [
    'a preview is asked for by a label',
    'every pull request',
    (all) => delete all.previews.spec.generators[0].pullRequest.github.labels,
  ],
  [
    'a preview comes and goes within minutes',
    'half an hour',
    (all) => delete all.previews.spec.generators[0].pullRequest.requeueAfterSeconds,
  ],
  [
    'a preview comes and goes within minutes',
    'previews that stay',
    (all) => (all.previews.spec.syncPolicy.preserveResourcesOnDeletion = true),
  ],
  [
    REVIEWED,
    'a Namespace on the branch',
    (all) =>
      all.objects.push({
        ...structuredClone(all.get('Namespace', 'seda-qa')),
        metadata: {
          name: 'seda-preview-1',
          labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
          annotations: { [WAVE]: '-30', 'argocd.argoproj.io/sync-options': 'Prune=false' },
        },
      }),
  ],
  [
    REVIEWED,
    'one of the Application of the branch',
    (all) => (all.previews.spec.template.spec.syncPolicy.managedNamespaceMetadata = {}),
  ],
  [
    REVIEWED,
    'one of another branch',
    (all) => (all.namespaces.spec.template.spec.source.targetRevision = 'preview/{{.number}}'),
  ],
  [
    REVIEWED,
    'one without Pod Security',
    (all) =>
      delete all.namespaces.spec.template.spec.syncPolicy.managedNamespaceMetadata.labels[
        'pod-security.kubernetes.io/enforce'
      ],
  ],
  [
    REVIEWED,
    'one that stays',
    (all) =>
      delete all.namespaces.spec.template.spec.syncPolicy.managedNamespaceMetadata.annotations,
  ],
  [REVIEWED, 'none', (all) => all.namespaces.spec.template.spec.syncPolicy.syncOptions.pop()],
  [
    ALLOWS,
    'a Namespace to the branches of previews',
    (all) =>
      all.get('AppProject', 'seda-preview', 'argocd').spec.clusterResourceWhitelist.push({
        group: '',
        kind: 'Namespace',
        name: 'seda-preview-*',
      }),
  ],
  [
    ALLOWS,
    'pods to what makes namespaces',
    (all) =>
      all
        .get('AppProject', 'seda-preview-namespace', 'argocd')
        .spec.namespaceResourceWhitelist.push({ group: '', kind: 'Pod' }),
  ],
  [
    OWN_SECRETS,
    'the store of the others',
    (all) => (all.inPreview('ExternalSecret').spec.secretStoreRef.name = 'seda-secret-store'),
  ],
  [
    OWN_SECRETS,
    'a store for one key',
    (all) =>
      (all.inPreview('ExternalSecret').spec.data[0].sourceRef = {
        storeRef: { kind: 'ClusterSecretStore', name: 'seda-secret-store' },
      }),
  ],
  [
    OWN_SECRETS,
    'a secret of production',
    (all) =>
      (all.inPreview('ExternalSecret').spec.data[0].remoteRef.key =
        'seda/production/supabase-service-key'),
  ],
  [
    OWN_SECRETS,
    'whatever there is',
    (all) => (all.inPreview('ExternalSecret').spec.dataFrom = [{ find: { path: 'seda' } }]),
  ],
  [
    OWN_SECRETS,
    'production with the store of previews',
    (all) =>
      (all.in('ExternalSecret', /.*/).spec.secretStoreRef.name = 'seda-preview-secret-store'),
  ],
  [
    OWN_HOST,
    'the host of production',
    (all) => (all.inPreview('Ingress').spec.rules[0].host = 'api.seda.fm'),
  ],
  [OWN_HOST, 'every host', (all) => delete all.inPreview('Ingress').spec.rules[0].host],
  [
    OWN_HOST,
    'production with the host of a preview',
    (all) => (all.in('Ingress', 'seda-api-ingress').spec.rules[0].host = 'api-pr-7.seda.fm'),
  ],
  [
    'traffic moves after the pods and their gate',
    'the switch without a wave',
    (all) => wave(all.in('Service', 'seda-api'), '0'),
  ],
  [
    'traffic moves after the pods and their gate',
    'no gate',
    (all) => all.objects.splice(all.objects.indexOf(all.in('Job', /seda-api-gate-blue-.*/)), 1),
  ],
  [
    'a share moves after the pods and their gate',
    'a route that shares requests, without a wave',
    (all) => {
      all.project.spec.namespaceResourceWhitelist.push({
        group: 'gateway.networking.k8s.io',
        kind: 'HTTPRoute',
      });
      all.objects.push({
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'x', namespace: 'seda-prod', annotations: { [WAVE]: '0' } },
        spec: {
          hostnames: ['api.seda.fm'],
          rules: [
            {
              backendRefs: [
                { name: 'seda-api-blue', port: 80, weight: 100 },
                { name: 'seda-api-green', port: 80, weight: 0 },
              ],
            },
          ],
        },
      });
    },
  ],
  [
    'the gate waits for the pods',
    'the gate beside the pods',
    (all) => wave(all.in('Job', /seda-api-gate-blue-.*/), '0'),
  ],
  [
    'traffic never leads to an empty colour, which Argo CD takes for healthy',
    'no pods',
    (all) => (all.in('Deployment', 'seda-api-blue').spec.replicas = 0),
  ],
  [
    'the colour that serves nobody is never waited for',
    'the other colour beside the switch',
    (all) => wave(all.in('Deployment', 'seda-api-green'), '20'),
  ],
  [
    'what is healthy late is in the last wave',
    'the Ingress before the switch',
    (all) => wave(all.in('Ingress', 'seda-api-ingress'), '10'),
  ],
  [
    'what is healthy late is in the last wave',
    'an autoscaler before the gate',
    (all) =>
      all.objects.push({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'x', namespace: 'seda-prod', annotations: { [WAVE]: '-10' } },
        spec: { scaleTargetRef: { name: 'x' } },
      }),
  ],
  [
    'an autoscaler alone says how many pods there are',
    'replicas beside it',
    (all) =>
      all.objects.push({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'x', namespace: 'seda-prod', annotations: { [WAVE]: '30' } },
        spec: { scaleTargetRef: { name: 'seda-api-blue' } },
      }),
  ],
  [
    'a migration is done before pods need it',
    'beside the pods',
    (all) => wave(all.in('Job', /seda-api-migrate-.*/), '0'),
  ],
];

test.each(mutations)('"%s" catches %s, and no other rule does', (rule, _, spoil) => {
  const all = new All();
  spoil(all);
  const found = report(all.objects as Manifest[]);
  expect(found).not.toEqual([]);
  expect(found.filter((line) => !line.startsWith(`${rule}: `))).toEqual([]);
});

test('every rule has a bad case', () => {
  const covered = new Set(mutations.map(([rule]) => rule));
  expect(rules.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
});
