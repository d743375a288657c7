import { ofKind, type Unsafe, unsafeFrom } from './transition';
import { adds, type Change, edits, sets, type Thing } from './tree';
import { decides, rerenders, stages } from './world';

const INGRESS = 'production/Ingress/seda-api-ingress';
const RULES = 'production/PrometheusRule/seda-api';
const CERTIFICATE = 'production/Certificate/seda-api-tls';
const MORE = 'production/60-more.k8s.yaml';
const NGINX = 'nginx.ingress.kubernetes.io/';

const found = unsafeFrom('promoted');

const limit = (name: string, value: string) =>
  sets(INGRESS, `metadata annotations ${NGINX}${name}`, value);

export const LIMITS = ofKind<Unsafe>('a limit that refuses users', [
  found('one request a second', 9, 'every page of the app needs more', limit('limit-rps', '1')),
  found(
    'no burst',
    9,
    'a page asks for a dozen things at once',
    limit('limit-burst-multiplier', '1'),
  ),
  found('uploads of 1 kB', 9, 'every upload is answered with 413', limit('proxy-body-size', '1k')),
  found(
    'one connection',
    9,
    'an office behind one address is refused',
    limit('limit-connections', '1'),
  ),
  found('ten requests a minute', 9, 'every page of the app needs more', limit('limit-rpm', '10')),
  found(
    'a client may be silent for an hour',
    14,
    'few clients hold every worker',
    limit('proxy-read-timeout', '3600'),
  ),
  found(
    'a key that few clients can use',
    9,
    'the handshake fails for everybody who does not know Ed25519',
    sets(CERTIFICATE, 'spec privateKey', { algorithm: 'Ed25519', rotationPolicy: 'Always' }),
  ),
  found(
    'a certificate that is renewed all the time',
    9,
    'the issuer refuses it after a week, and it ends',
    sets(CERTIFICATE, 'spec renewBefore', '2159h'),
  ),
  found(
    'values of Secrets that are read once',
    14,
    'a rotation never reaches the cluster',
    everySecret('0'),
  ),
  found(
    'values of Secrets that are read a thousand times a second',
    14,
    'the store refuses all of its clients',
    everySecret('1ms'),
  ),
  found(
    'a role in a cloud for the pods',
    14,
    'they may do what nobody sees here',
    sets(
      'production/ServiceAccount/seda-api',
      'metadata annotations eks.amazonaws.com/role-arn',
      'arn:aws:iam::123456789012:role/admin',
    ),
  ),
  found(
    'a Service that takes the name of the host',
    9,
    'external-dns leads api.seda.fm elsewhere',
    adds(MORE, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'more',
        namespace: 'seda-prod',
        annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'api.seda.fm' },
      },
      spec: { type: 'ExternalName', externalName: 'evil.example.com' },
    }),
  ),
]);

function everySecret(interval: string): Change {
  return (tree) => {
    for (const [file, text] of [...tree])
      if (file.startsWith('production/'))
        tree.set(file, text.replaceAll(/refreshInterval: .*/g, `refreshInterval: "${interval}"`));
  };
}

const more = (apiVersion: string, kind: string, spec: Thing): Change =>
  adds(MORE, { apiVersion, kind, metadata: { name: 'more', namespace: 'seda-prod' }, spec });

export const FORBIDDEN = ofKind<Unsafe>('what Argo CD or Prometheus refuse', [
  found(
    'a PodMonitor, which the AppProject does not allow',
    6,
    'every sync fails, a rollback too',
    more('monitoring.coreos.com/v1', 'PodMonitor', {
      selector: { matchLabels: { app: 'more' } },
      podMetricsEndpoints: [{ port: 'http' }],
    }),
  ),
  found(
    'a Probe, which the AppProject does not allow',
    6,
    'every sync fails, a rollback too',
    more('monitoring.coreos.com/v1', 'Probe', { prober: { url: 'prober:9115' } }),
  ),
  found(
    'a claim, which the AppProject does not allow',
    6,
    'every sync fails, a rollback too',
    more('v1', 'PersistentVolumeClaim', {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    }),
  ),
  found(
    'a StatefulSet, which the AppProject does not allow',
    6,
    'every sync fails, a rollback too',
    more('apps/v1', 'StatefulSet', {
      replicas: 0,
      serviceName: 'more',
      selector: { matchLabels: { app: 'more' } },
      template: { metadata: { labels: { app: 'more' } }, spec: { containers: [] } },
    }),
  ),
  found(
    'an unknown function in an alert',
    14,
    'all alerts are gone',
    says('{{ humanise $value }}'),
  ),
  found('an unknown variable in an alert', 14, 'all alerts are gone', says('{{ $lables.pod }}')),
  found('an end without a beginning', 14, 'all alerts are gone', says('{{ end }}')),
  found('an if without an end', 14, 'all alerts are gone', says('{{ if $value }}high')),
  found('a pipe to nowhere', 14, 'all alerts are gone', says('{{ $value | }}')),
  found('a range that is none', 14, 'all alerts are gone', asks('rate(up) > 0')),
  found('a function that Prometheus lacks', 14, 'all alerts are gone', asks('ratio(up) > 0')),
  found('a comparison of two numbers', 14, 'all alerts are gone', asks('1 > 2')),
  found('a series of a time', 14, 'all alerts are gone', asks('up[5m]')),
  {
    name: 'the database of sandbox',
    breaks: 6,
    from: 'next arrived',
    why: 'tests write into what users see',
    change: rerenders(
      decides('production', { supabase: { kind: 'project', projectRef: 'sandboxsandboxsandbo' } }),
      stages('production', '1.6.0'),
    ),
  },
]);

/** One more alert, with a text. */
function says(description: string): Change {
  return edits(RULES, ({ spec: { groups } }: Thing) => {
    groups.push({
      name: 'more',
      rules: [{ alert: 'More', expr: 'up == 0', annotations: { description } }],
    });
  });
}

/** One more alert, with an expression. */
function asks(expr: string): Change {
  return edits(RULES, ({ spec: { groups } }: Thing) => {
    groups.push({ name: 'more', rules: [{ alert: 'More', expr }] });
  });
}
