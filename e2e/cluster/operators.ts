import { type Access, kubectl } from './kubectl';

interface Item {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; uid: string; generation?: number };
  spec: {
    data?: { secretKey: string }[];
    target?: { name?: string; template?: { type?: string; data?: Record<string, string> } };
    secretName?: string;
  };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Operators at play. */
export interface Operators {
  /** Stops them and waits for what is under way; throws the last error when nothing worked. */
  stop(): Promise<void>;
}

/**
 * Plays External Secrets and cert-manager, whose controllers are not in the cluster: makes the Secrets that
 * ExternalSecrets and Certificates ask for, with dummy values, and reports them Ready.
 */
export function playOperators(access: Access, namespaces: string[], interval = 1000): Operators {
  let stopped = false;
  let wake = (): void => {};
  let failure: unknown;
  let worked = false;

  const play = async (): Promise<void> => {
    while (!stopped) {
      for (const namespace of namespaces) {
        try {
          await reconcile(access, namespace);
          worked = true;
        } catch (error) {
          // A namespace that is not there yet, a server that is down for a test: the next round is soon.
          failure = error;
        }
      }
      if (!stopped) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, interval);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
    }
  };

  const playing = play();
  return {
    async stop() {
      stopped = true;
      wake();
      await playing;
      if (!worked && failure !== undefined) throw failure;
    },
  };
}

async function reconcile(access: Access, namespace: string): Promise<void> {
  const kinds = 'externalsecrets.external-secrets.io,certificates.cert-manager.io';
  const { items } = JSON.parse(
    await kubectl(access, ['get', kinds, '--namespace', namespace, '-o', 'json']),
  ) as { items: Item[] };
  for (const item of items) {
    if (item.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
      continue;
    await kubectl(
      access,
      [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--field-manager',
        'seda-e2e-operators',
        '-f',
        '-',
      ],
      JSON.stringify(secretOf(item)),
    );
    const resource = `${item.kind.toLowerCase()}s.${item.apiVersion.split('/')[0]}`;
    const patch = JSON.stringify({ status: statusOf(item) });
    await kubectl(access, [
      'patch',
      resource,
      item.metadata.name,
      '--namespace',
      namespace,
      '--subresource',
      'status',
      '--type',
      'merge',
      '--patch',
      patch,
    ]);
  }
}

/** The operators own what they make, so it goes together with what asked for it. */
function secretOf({ apiVersion, kind, metadata, spec }: Item): object {
  const certificate = kind === 'Certificate';
  const keys = certificate
    ? ['tls.crt', 'tls.key', 'ca.crt']
    : [
        ...(spec.data ?? []).map(({ secretKey }) => secretKey),
        ...Object.keys(spec.target?.template?.data ?? {}),
      ];
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: certificate ? spec.secretName : (spec.target?.name ?? metadata.name),
      namespace: metadata.namespace,
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid }],
    },
    type: certificate ? 'kubernetes.io/tls' : (spec.target?.template?.type ?? 'Opaque'),
    stringData: Object.fromEntries(keys.map((key) => [key, 'dummy'])),
  };
}

function statusOf({ kind, metadata }: Item): object {
  const now = new Date().toISOString();
  const condition = { type: 'Ready', status: 'True', lastTransitionTime: now };
  return kind === 'Certificate'
    ? {
        conditions: [
          {
            ...condition,
            reason: 'Ready',
            message: 'Certificate is up to date and has not expired',
            observedGeneration: metadata.generation,
          },
        ],
      }
    : {
        conditions: [{ ...condition, reason: 'SecretSynced', message: 'secret synced' }],
        refreshTime: now,
      };
}
