import { ofKind, type Unsafe } from './transition';
import { adds, copies, edits, editsContainer, removes, sets } from './tree';

const SECRETS = 'production/ExternalSecret/seda-secrets';
const CONFIG = 'production/ConfigMap/seda-api-blue-config-*';
const FILE = 'production/10-config.k8s.yaml';

const secret = (kind: string, apiVersion: string, spec: object, name = 'seda-secrets') => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'seda-prod' },
  ...spec,
});

export const SECRET_NAMES = ofKind<Unsafe>('what pods read has another name or maker', [
  {
    name: 'a second ExternalSecret writes the same Secret',
    breaks: 2,
    from: 'promoted',
    why: 'both write it by turns, and a pod that starts gets values of staging',
    change: copies(SECRETS, FILE, (object) => {
      object.metadata.name = 'seda-staging';
      for (const { remoteRef } of object.spec.data)
        remoteRef.key = remoteRef.key.replace('high-availability', 'staging');
    }),
  },
  {
    name: 'the ExternalSecret is renamed and writes the same Secret',
    breaks: 10,
    from: 'promoted',
    why: 'the old one is pruned and its Secret with it, which it owns',
    change: sets(SECRETS, 'metadata name', 'seda'),
  },
  {
    name: 'the ExternalSecret writes another Secret',
    breaks: 2,
    from: 'promoted',
    why: 'nobody keeps the Secret that the pods read, and one that is evicted does not start',
    change: sets(SECRETS, 'spec target name', 'seda-secret'),
  },
  {
    name: 'the ExternalSecret is gone',
    breaks: 2,
    from: 'promoted',
    why: 'the Secret goes with its owner; a pod that starts stays in CreateContainerConfigError',
    change: removes(SECRETS),
  },
  {
    name: 'the ExternalSecret is in another namespace',
    breaks: 2,
    from: 'promoted',
    why: 'pods read the Secret of their own namespace',
    change: sets(SECRETS, 'metadata namespace', 'seda-sandbox'),
  },
  {
    name: 'the path of the database is that of staging',
    breaks: 7,
    from: 'promoted',
    why: 'a serving pod that restarts writes into the database of staging',
    change: sets(SECRETS, 'spec data 0 remoteRef key', 'seda/qa/staging/database-url'),
  },
  {
    name: 'an older version of a value is pinned',
    breaks: 7,
    from: 'promoted',
    why: 'a serving pod that restarts has a password that does not count any more',
    change: sets(SECRETS, 'spec data 0 remoteRef version', '1'),
  },
  {
    name: 'a key of the Secret goes',
    breaks: 2,
    from: 'promoted',
    why: 'a pod that starts lacks JWT_SECRET and stays in CreateContainerConfigError',
    change: sets(SECRETS, 'spec data 2', undefined),
  },
  {
    name: 'a key of the Secret is called otherwise',
    breaks: 2,
    from: 'promoted',
    why: 'a pod that starts finds no key jwt-secret',
    change: sets(SECRETS, 'spec data 2 secretKey', 'jwt'),
  },
  {
    name: 'two keys are exchanged',
    breaks: 7,
    from: 'promoted',
    why: 'tokens are signed with the key of the administrators',
    change: edits(SECRETS, ({ spec: { data } }) => {
      [data[2].secretKey, data[3].secretKey] = [data[3].secretKey, data[2].secretKey];
    }),
  },
  {
    name: 'another store',
    breaks: 7,
    from: 'promoted',
    why: 'the store of previews has other values, and everybody may write them',
    change: sets(SECRETS, 'spec secretStoreRef name', 'seda-preview-secret-store'),
  },
  {
    name: 'a store of the namespace, which there is none of',
    breaks: 2,
    from: 'promoted',
    why: 'SecretSyncedError: values are never renewed, and the wave before the pods waits',
    change: sets(SECRETS, 'spec secretStoreRef kind', 'SecretStore'),
  },
  {
    name: 'the Secret goes when the store is empty',
    breaks: 14,
    from: 'promoted',
    why: 'a hole in the store deletes what serving pods read',
    change: sets(SECRETS, 'spec target deletionPolicy', 'Delete'),
  },
  {
    name: 'nobody makes the Secret',
    breaks: 2,
    from: 'promoted',
    why: 'Merge writes into a Secret that somebody else must make, and nobody does',
    change: sets(SECRETS, 'spec target creationPolicy', 'Merge'),
  },
  {
    name: 'a template writes other keys',
    breaks: 2,
    from: 'promoted',
    why: 'with a template only its keys exist, and pods read four others',
    change: sets(SECRETS, 'spec target template', { data: { url: '{{ .database }}' } }),
  },
  {
    name: 'a whole folder of the store is written over the keys',
    breaks: 7,
    from: 'promoted',
    why: 'dataFrom may have the same keys with other values',
    change: sets(SECRETS, 'spec dataFrom', [{ extract: { key: 'seda/qa/staging' } }]),
  },
  {
    name: 'a Secret with its value in git',
    breaks: 2,
    from: 'promoted',
    why: 'two makers, and the password is in the history of git for ever',
    change: adds(
      FILE,
      secret('Secret', 'v1', { stringData: { 'database-url': 'postgres://u:p@db/seda' } }),
    ),
  },
  {
    name: 'a SealedSecret makes the same Secret',
    breaks: 2,
    from: 'promoted',
    why: 'the controller refuses or writes over a Secret that another one owns',
    change: adds(
      FILE,
      secret('SealedSecret', 'bitnami.com/v1alpha1', {
        spec: { encryptedData: { 'database-url': 'AgBy' } },
      }),
    ),
  },
  {
    name: 'a Certificate writes the Secret of the pods',
    breaks: 2,
    from: 'promoted',
    why: 'cert-manager puts its keys into it',
    change: copies('production/Certificate/seda-api-tls', FILE, (object) => {
      object.metadata.name = 'internal';
      object.spec.secretName = 'seda-secrets';
    }),
  },
  {
    name: 'a ClusterExternalSecret makes the same Secret',
    breaks: 2,
    from: 'promoted',
    why: 'a second maker, in every namespace that it selects',
    change: adds(
      FILE,
      secret('ClusterExternalSecret', 'external-secrets.io/v1', {
        spec: {
          externalSecretName: 'seda-secrets',
          namespaceSelectors: [{ matchLabels: { 'app.kubernetes.io/part-of': 'seda-fm' } }],
          externalSecretSpec: {
            secretStoreRef: { kind: 'ClusterSecretStore', name: 'seda-secret-store' },
            dataFrom: [{ extract: { key: 'seda/qa' } }],
          },
        },
      }),
    ),
  },
  {
    name: 'the version of the secrets that serves goes',
    breaks: 10,
    from: 'rotation retired',
    why: 'the Secret goes with its owner; a pod that starts stays in CreateContainerConfigError',
    change: removes('production/ExternalSecret/seda-secrets-v2'),
  },
  {
    name: 'the new version of the secrets writes over the old one',
    breaks: 2,
    from: 'rotation staged',
    why: 'the serving pods get the new values when they restart, before anybody looked at them',
    change: sets('production/ExternalSecret/seda-secrets-v2', 'spec target name', 'seda-secrets'),
  },
  {
    name: 'the ConfigMap of the serving pods is gone',
    breaks: 2,
    from: 'promoted',
    why: 'a pod that starts stays in CreateContainerConfigError',
    change: removes(CONFIG),
  },
  {
    name: 'the ConfigMap of the serving pods is renamed',
    breaks: 10,
    from: 'promoted',
    why: 'a pod that starts stays in CreateContainerConfigError',
    change: sets(CONFIG, 'metadata name', 'seda-api-blue-config'),
  },
  {
    name: 'the ConfigMap of the serving pods changes in place',
    breaks: 11,
    from: 'promoted',
    why: 'immutable data are refused, and the sync with them',
    change: sets(CONFIG, 'data DATABASE_POOL_SIZE', '100'),
  },
  {
    name: 'the ConfigMap of the serving pods may change from now on',
    breaks: 11,
    from: 'promoted',
    why: 'immutable never goes back: the API server refuses it, and the sync with it',
    change: sets(CONFIG, 'immutable', undefined),
  },
  {
    name: 'the ServiceAccount is gone',
    breaks: 10,
    from: 'retired',
    why: 'no pod can be made any more: the next eviction takes one away for good',
    change: removes('production/ServiceAccount/seda-api'),
  },
  {
    name: 'the identity in the cloud is another one',
    breaks: 7,
    from: 'rich: promoted',
    why: 'the running pods lose their rights in the cloud at once',
    change: sets(
      'production/ServiceAccount/seda-api',
      'metadata annotations iam.gke.io/gcp-service-account',
      'nobody@example.com',
    ),
  },
  {
    name: 'the serving pods read a ConfigMap that nobody makes',
    breaks: 2,
    from: 'serving',
    why: 'a new ReplicaSet whose pods never start, and the sync hangs',
    change: editsContainer('production/Deployment/seda-api-green', (container) => {
      container.envFrom.push({ configMapRef: { name: 'flags' } });
    }),
  },
]);
