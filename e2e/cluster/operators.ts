import { spawn } from 'node:child_process';
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

/** What the operators look at. */
const RESOURCES = [
  'external-secrets.io/v1/externalsecrets',
  'cert-manager.io/v1/certificates',
] as const;

/** Ends a proxy together with this process, which holds the other end of its standard input. */
const proxy = `"$0" proxy --port=0 & proxy=$!
cat > /dev/null
kill $proxy`;

/**
 * Plays External Secrets and cert-manager, whose controllers are not in the cluster: makes the Secrets that
 * ExternalSecrets and Certificates ask for, with dummy values, and reports them Ready.
 */
export function playOperators(access: Access, namespaces: string[], interval = 500): Operators {
  let stopped = false;
  let wake = (): void => {};
  let failure: unknown;
  let worked = false;

  // A question through a proxy that stays costs a hundredth of what a kubectl of its own costs.
  const child = spawn('sh', ['-c', proxy, access.kubectl], {
    env: access.env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const address = new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const found = /127\.0\.0\.1:\d+/.exec(said);
      if (found) resolve(`http://${found[0]}`);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error('kubectl proxy ended')));
  });
  address.catch(() => {});

  const play = async (): Promise<void> => {
    while (!stopped) {
      try {
        const url = await address;
        for (const resource of RESOURCES) await reconcile(access, url, resource, namespaces);
        worked = true;
      } catch (error) {
        // A server that is down for a test: the next round is soon.
        failure = error;
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
      child.stdin.end();
      if (!worked && failure !== undefined) throw failure;
    },
  };
}

async function reconcile(
  access: Access,
  url: string,
  resource: (typeof RESOURCES)[number],
  namespaces: readonly string[],
): Promise<void> {
  const answer = await fetch(`${url}/apis/${resource}`);
  // Its CRD is not there, or not yet.
  if (answer.status === 404) return;
  if (!answer.ok) throw new Error(`${resource}: ${answer.status} ${await answer.text()}`);
  const list = (await answer.json()) as { apiVersion: string; kind: string; items: Item[] };
  // Items of a list do not say what they are.
  const kind = list.kind.replace(/List$/, '');
  const items = list.items.map((item) => ({ ...item, apiVersion: list.apiVersion, kind }));
  const open = items.filter(
    ({ metadata, status }) =>
      namespaces.includes(metadata.namespace) &&
      !status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  // One in a namespace that is being deleted must not keep the others waiting.
  const failed = (await Promise.allSettled(open.map((item) => makeReady(access, item)))).find(
    (result) => result.status === 'rejected',
  );
  if (failed) throw failed.reason;
}

async function makeReady(access: Access, item: Item): Promise<void> {
  const { apiVersion, kind, metadata } = item;
  const apply = ['apply', '--server-side', '--force-conflicts', '--filename=-'];
  await kubectl(
    access,
    [...apply, '--field-manager=seda-e2e-operators'],
    JSON.stringify(secretOf(item)),
  );
  await kubectl(access, [
    'patch',
    `${kind.toLowerCase()}s.${apiVersion.split('/')[0]}`,
    metadata.name,
    `--namespace=${metadata.namespace}`,
    '--subresource=status',
    '--type=merge',
    '--patch',
    JSON.stringify({ status: statusOf(item) }),
  ]);
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
