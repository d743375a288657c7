import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/**
 * Ends a proxy together with this process, which holds the other end of its standard input. It listens on a socket in a
 * folder, as the loopback device of a node with a network of its own is another one.
 */
const proxy = `"$0" proxy --unix-socket="$1/socket" & proxy=$!
cat > /dev/null
kill $proxy
rm -rf "$1"`;

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
  const folder = mkdtempSync(join(tmpdir(), 'seda-e2e-operators-'));
  const child = spawn('sh', ['-c', proxy, access.kubectl, folder], {
    env: access.env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const socket = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => resolve(join(folder, 'socket')));
    child.on('error', reject);
    child.on('close', () => reject(new Error('kubectl proxy ended')));
  });
  socket.catch(() => {});

  const play = async (): Promise<void> => {
    while (!stopped) {
      try {
        const path = await socket;
        for (const resource of RESOURCES) await reconcile(access, path, resource, namespaces);
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

/** Asks an API server through the socket of a proxy. */
function ask(socketPath: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host: 'localhost' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
      response.on('error', reject);
    });
    asked.on('error', reject).end();
  });
}

async function reconcile(
  access: Access,
  socket: string,
  resource: (typeof RESOURCES)[number],
  namespaces: readonly string[],
): Promise<void> {
  const { status: code, text } = await ask(socket, `/apis/${resource}`);
  // Its CRD is not there, or not yet.
  if (code === 404) return;
  if (code !== 200) throw new Error(`${resource}: ${code} ${text}`);
  const list = JSON.parse(text) as { apiVersion: string; kind: string; items: Item[] };
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
