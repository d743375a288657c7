import { App, ApiObject, Chart } from 'cdk8s';
import {
  addWaves,
  type ApiRevision,
  type BlueGreenState,
  INGRESS_NGINX_NAMESPACE,
  manifestFiles,
  SedaApi,
  SedaIngress,
} from '../../lib';
import { fileText, objectsIn, type Tree } from './tree';

/** A consumer's own chart: two pairs whose names look like roles, and a rolling API, in the folder `shop`. */
export interface Shop {
  readonly link?: Pick<BlueGreenState, 'active' | 'blue' | 'green' | 'expandedIn'>;
  readonly team?: Pick<BlueGreenState, 'active' | 'blue' | 'green' | 'expandedIn'>;
  readonly cart?: ApiRevision;
}

/** A revision of the shop: each version is an image with a digest of its own. */
export function revision(
  name: string,
  version: string,
  release: number,
  change: Partial<ApiRevision> = {},
): ApiRevision {
  const digest = version.replace(/\D/g, '').padEnd(64, 'b');
  return {
    image: `registry.example.com/${name}:${version}@sha256:${digest}`,
    release,
    replicas: 2,
    config: { LOG_LEVEL: 'info' },
    resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } },
    ...change,
  };
}

const link = {
  green: revision('link-preview', '1.0.0', 1, { migration: 'none' }),
  blue: revision('link-preview', '2.0.0', 2, { migration: 'none' }),
};
const team = {
  blue: revision('team-blue', '3.0.0', 7, { migration: 'none' }),
  green: revision('team-blue', '3.1.0', 8, { migration: 'none' }),
};
const cart = revision('cart', '7.0.0', 1, { migration: 'none' });

export const stagedShop: Shop = {
  link: { active: 'green', ...link },
  team: { active: 'blue', ...team },
  cart,
};
export const promotedShop: Shop = {
  link: { active: 'blue', ...link },
  team: { active: 'green', ...team },
  cart,
};
export const rollingShop: Shop = { cart };

const HEALTH = { readiness: '/ready' };
const DATABASE = { name: 'database', ports: [5432] };
const CONTROLLER = { kind: 'ingress-nginx', className: 'nginx' } as const;

const rendered = new Map<string, Tree>();

/** The files of a shop, below `shop/`. */
export function renderShop(shop: Shop): Tree {
  const key = JSON.stringify(shop);
  let known = rendered.get(key);
  if (known === undefined) rendered.set(key, (known = make(shop)));
  return new Map(known);
}

function make({ link, team, cart }: Shop): Tree {
  const app = new App();
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const api = (name: string, host: string, workload: ConstructorParameters<typeof SedaApi>[2]) => {
    const { service } = new SedaApi(chart, name, workload);
    new SedaIngress(chart, `${name}-ingress`, {
      name,
      host,
      service,
      controller: CONTROLLER,
      paths: ['/'],
      tls: { secretName: `${name}-tls`, issuer: 'letsencrypt-prod', certificate: 'annotation' },
    });
  };
  const common = {
    health: HEALTH,
    egress: [DATABASE],
    clientNamespaces: [INGRESS_NGINX_NAMESPACE],
  };
  if (link)
    api('link-preview', 'links.example.com', {
      ...common,
      name: 'link-preview',
      secret: { name: 'link-secrets', env: { DATABASE_URL: 'database-url' } },
      migration: {},
      workload: { strategy: 'blue-green', ...link },
    });
  if (team)
    api('team-blue', 'team.example.com', {
      ...common,
      name: 'team-blue',
      defaultDeny: false,
      workload: { strategy: 'blue-green', ...team },
    });
  if (cart)
    api('cart', 'cart.example.com', {
      ...common,
      name: 'cart',
      defaultDeny: link === undefined,
      workload: { strategy: 'rolling', revision: cart },
    });
  const template = (name: string) => ({
    metadata: { labels: { app: name } },
    spec: { containers: [{ name, image: `registry.example.com/${name}:1.0.0` }] },
  });
  new ApiObject(chart, 'report', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'team-blue-migrate-report' },
    spec: {
      schedule: '0 5 * * *',
      jobTemplate: {
        spec: {
          template: {
            ...template('report'),
            spec: { ...template('report').spec, restartPolicy: 'Never' },
          },
        },
      },
    },
  });
  new ApiObject(chart, 'worker', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'worker' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'worker' } },
      template: template('worker'),
    },
  });
  addWaves(chart);
  return new Map([...manifestFiles(app)].map(([file, text]) => [`shop/${file}`, text]));
}

const everything = (tree: Tree): object[] =>
  [...tree.keys()].flatMap((file) => objectsIn(tree, file));

/** How other projects lay their files out. */
export const SHOP_LAYOUTS: { readonly [layout: string]: (tree: Tree) => Tree } = {
  '': (tree) => tree,
  ' in one file': (tree) => new Map([['shop.k8s.yaml', fileText(everything(tree))]]),
  ' in .yml': (tree) =>
    new Map([...tree].map(([file, text]) => [file.replace('.k8s.yaml', '.yml'), text])),
  ' as a List': (tree) =>
    new Map([
      ['shop/all.yaml', fileText([{ apiVersion: 'v1', kind: 'List', items: everything(tree) }])],
    ]),
  ' as JSON': (tree) =>
    new Map([
      [
        'shop/all.json',
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: everything(tree) }, null, 2),
      ],
    ]),
};
