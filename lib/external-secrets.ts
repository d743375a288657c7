import { Construct } from 'constructs';
import {
  ExternalSecret,
  ExternalSecretSpecSecretStoreRefKind,
  ExternalSecretSpecTargetCreationPolicy,
  ExternalSecretSpecTargetDeletionPolicy,
} from '../imports/external-secrets.io';
import { setOwner } from './bundle';
import { checkName, fault } from './checks';
import { recommendedLabels } from './labels';
import { secretName } from './pod-props';

/** Where the External Secrets Operator finds the values. */
export interface SecretStore {
  /** Name of the ClusterSecretStore that the platform provides. */
  readonly name: string;
  /** Path in the store before the key, e.g. `seda/production`. */
  readonly keyPrefix: string;
  /**
   * How often the operator reads the store again.
   * @default 1h
   */
  readonly refreshInterval?: string;
}

/** What one kind of pods reads. */
export interface SecretRead {
  readonly version: number | undefined;
  readonly keys: readonly string[];
}

export interface ExternalSecretsProps {
  readonly name: string;
  /** Name of the Secret without its version. */
  readonly secret: string;
  readonly store: SecretStore;
  /** The versions that pods read, each with the keys that they read of it; a version of `undefined` is the Secret's plain name. */
  readonly reads: readonly SecretRead[];
}

/** One ExternalSecret for each version of a Secret in use. It names values and never holds one. */
export class ExternalSecrets extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ExternalSecretsProps,
  ) {
    super(scope, id);
    this.node.addValidation({ validate: () => storeFaults(props.store) });
    setOwner(this, 'readers');
    for (const version of new Set(props.reads.map(({ version }) => version)))
      this.externalSecret(version);
  }

  private externalSecret(version: number | undefined): void {
    const { secret, store, reads } = this.props;
    const name = secretName(secret, version);
    const keys = reads.filter((read) => read.version === version).flatMap((read) => read.keys);
    const path = version === undefined ? store.keyPrefix : `${store.keyPrefix}/v${version}`;
    new ExternalSecret(this, version === undefined ? 'latest' : `v${version}`, {
      metadata: {
        name,
        labels: recommendedLabels({ name: this.props.name, instance: name, component: 'secret' }),
      },
      spec: {
        refreshInterval: store.refreshInterval ?? '1h',
        secretStoreRef: {
          name: store.name,
          kind: ExternalSecretSpecSecretStoreRefKind.CLUSTER_SECRET_STORE,
        },
        target: {
          name,
          creationPolicy: ExternalSecretSpecTargetCreationPolicy.OWNER,
          // Pods that run must survive the removal of the reference.
          deletionPolicy: ExternalSecretSpecTargetDeletionPolicy.RETAIN,
          // A version is what it is for ever; only the unversioned Secret follows the store.
          ...(version === undefined ? {} : { immutable: true }),
        },
        data: [...new Set(keys)].map((key) => ({
          secretKey: key,
          remoteRef: { key: `${path}/${key}` },
        })),
      },
    });
  }
}

function storeFaults(store: SecretStore): string[] {
  const faults = checkName('store.name', store.name, 253);
  if (
    !/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(store.keyPrefix) ||
    store.keyPrefix.split('/').some((segment) => /^\.{1,2}$/.test(segment))
  ) {
    faults.push(
      fault(
        'store.keyPrefix',
        'is not a path',
        store.keyPrefix,
        'segments joined by "/"',
        'write it like seda/production',
      ),
    );
  }
  if (
    store.refreshInterval !== undefined &&
    (!/^(\d+(\.\d+)?(h|m|s))+$/.test(store.refreshInterval) || !/[1-9]/.test(store.refreshInterval))
  ) {
    faults.push(
      fault(
        'store.refreshInterval',
        'is not a duration',
        store.refreshInterval,
        'hours, minutes and seconds such as 1h30m',
        'correct it',
      ),
    );
  }
  return faults;
}
