import { ofKind, type State } from './state';
import { namespaceOf } from './objects';

/** Somewhere that pods must get to, by what they were started with. */
export interface Need {
  /** The variable that says so. */
  readonly variable: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  /** An address outside the cluster, a Service of it, or pods of another namespace. */
  readonly to:
    | { readonly outside: string }
    | { readonly service: string; readonly namespace: string }
    | { readonly namespace: string; readonly labels: { readonly [key: string]: string } };
}

/** The variables that name a destination; the connection string of the database is not in git. */
const DESTINATIONS = ['REDIS_URL', 'SUPABASE_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'DATABASE_URL'];

const PORTS: { readonly [protocol: string]: number } = {
  'http:': 80,
  'https:': 443,
  'redis:': 6379,
  'rediss:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
};

/** What pods must reach, by their variables and nothing else. */
export function needsOf(
  state: State,
  namespace: string,
  env: { readonly [variable: string]: string },
): Need[] {
  const named = DESTINATIONS.flatMap((variable): Need[] => {
    const value = env[variable];
    if (value === undefined) return [];
    if (value === '') return variable === 'DATABASE_URL' ? [database(state, namespace)] : [];
    return destination(variable, value, namespace);
  });
  return named.length === 0 ? [] : [...dns(), ...named];
}

function dns(): Need[] {
  const to = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
  return (['UDP', 'TCP'] as const).map((protocol) => ({
    variable: 'names',
    protocol,
    port: 53,
    to,
  }));
}

/** A database is in the namespace if one was there when the pods started, and outside the cluster otherwise. */
function database(state: State, namespace: string): Need {
  const local = ofKind(state, 'Service').find(
    (service) =>
      namespaceOf(service) === namespace &&
      (service.spec?.ports ?? []).some(({ port }: { port: number }) => port === 5432),
  );
  const to =
    local === undefined ? { outside: 'the database' } : { service: local.metadata.name, namespace };
  return { variable: 'DATABASE_URL', protocol: 'TCP', port: 5432, to };
}

function destination(variable: string, value: string, namespace: string): Need[] {
  if (!URL.canParse(value)) return [];
  const { protocol, hostname, port } = new URL(value);
  const need = { variable, protocol: 'TCP' as const, port: Number(port || PORTS[protocol] || 0) };
  const [service = '', elsewhere = namespace, ...rest] = hostname.split('.');
  const isName = /^[a-z]/.test(hostname) && (rest.length === 0 || rest[0] === 'svc');
  if (!isName) return [{ ...need, to: { outside: hostname } }];
  // What another namespace runs is not in this rendering: any pod of it may be the one.
  return [
    elsewhere === namespace
      ? { ...need, to: { service, namespace } }
      : { ...need, to: { namespace: elsewhere, labels: {} } },
  ];
}

/** A need in words. */
export function inWords({ variable, port, protocol, to }: Need): string {
  const whom =
    'outside' in to
      ? to.outside
      : 'service' in to
        ? `the Service ${to.service}`
        : `pods of ${to.namespace}`;
  return `${variable}: ${whom}, port ${port} over ${protocol}`;
}
